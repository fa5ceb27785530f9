"""Who and what admin's pages are about: everything that a site can have, and one of each role."""

from dataclasses import dataclass, field
from datetime import timedelta

from allauth.socialaccount.models import SocialApp
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import override_settings
from django.utils import timezone

from accounts.models import GroupProfile, Invitation, Membership, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import Client, ClientSecret, IDToken, SigningKey
from accounts.security_events.details import RequestRefusal
from accounts.security_events.record import record
from accounts.staff.roles import ROLES
from tests.accounts.admin.scene import fill, rows_of, rows_of_nobody
from tests.accounts.oauth_server.app import App
from tests.browser import cast as everybody
from tests.browser.cast import CALLBACK, Cast, protect, session_of

CHIEF = "chief"  # a superuser


@dataclass(frozen=True)
class AdminCast(Cast):
    """`staff` are those who look, by role; `rows` a row of each model by its label; `cookies` their
    sessions, made once, as that takes longer than a page does."""

    staff: dict[str, User] = field(default_factory=dict)
    rows: dict[str, Model] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def cookie_of(self, who: str) -> dict[str, str]:
        return self.cookies[who]


def assemble() -> AdminCast:
    """Make them all, in an empty database."""
    SigningKey.objects.current()
    cast = everybody.assemble()
    protect(cast.alice)
    cast.album.client_type = Client.CLIENT_CONFIDENTIAL
    cast.album.save()
    album = App(cast.album, ClientSecret.objects.issue(cast.album), CALLBACK)
    # As in tests: pictures are taken of a site that knows its one address.
    with override_settings(ALLOWED_HOSTS=["testserver"], SITE_URL="http://testserver"):
        fill(album, cast.alice)
    Invitation.objects.create(
        email="dora@example.com", digest="1" * 64, expires=timezone.now() + timedelta(days=7)
    )
    staff = {CHIEF: _staff(CHIEF, is_superuser=True)}
    staff |= {role: _with_role(role) for role in ROLES}
    rows = rows_of_nobody() | rows_of(cast.alice)
    rows |= {Client._meta.label: cast.album, SocialApp._meta.label: SocialApp.objects.first()}
    rows[IDToken._meta.label] = IDToken.objects.create(
        user=cast.alice, application=cast.album, expires=timezone.now(), scope="openid"
    )
    _trouble(cast)
    cookies = {who: session_of(person) for who, person in staff.items()}
    cookies["alice"] = session_of(cast.alice)
    return AdminCast(**vars(cast), staff=staff, rows=rows, cookies=cookies)


def _staff(name: str, **rights: bool) -> User:
    person = User.objects.create(
        email=f"{name}@example.com", name=name.title(), password="!", is_staff=True, **rights
    )
    protect(person)  # without a second factor nobody gets into admin
    return person


def _with_role(slug: str) -> User:
    """Put somebody into the group of the role, which a flushed database has lost."""
    role = ROLES[slug]
    group, is_new = Group.objects.get_or_create(name=role.name)
    if is_new:
        GroupProfile.objects.update_or_create(group=group, defaults={"slug": slug})
        allowed = [each.split(".")[1] for each in role.permissions]
        group.permissions.set(Permission.objects.filter(codename__in=allowed))
    person = _staff(slug)
    Membership.objects.create(user=person, group=group)
    return person


def _trouble(cast: Cast) -> None:
    """Let there be what the start page and the page of a client tell of."""
    uri = "https://album.example/call-back?next=photos"
    refused = RequestRefusal("authorize", "invalid_request", "Not registered.", "redirect_uri", uri)
    what = {"details": refused, "client": cast.album, "outcome": Outcome.FAILED}
    record(Event.REQUEST_REFUSED, actor=Actor.UNKNOWN, **what)
    ClientSecret.objects.update(expires=timezone.now() + timedelta(days=3))
