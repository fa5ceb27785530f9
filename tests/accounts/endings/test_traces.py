"""What other people's rows say of a person: nothing of the admin while they are here, and nothing
of them once they are deleted."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client as Browser
from django.test.utils import override_settings
from django.utils import timezone

from accounts.endings import deletion
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Authorization, PersonalToken, Registration
from accounts.security_events.details import Action, Address, AdminChange
from accounts.security_events.record import record
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app as photo_album
from tests.accounts.second_factors.authenticators import confirmed
from tests.accounts.third_parties.test_profile import dump_database

__all__ = ["photo_album"]

pytestmark = pytest.mark.django_db

NAME, EMAIL, SECOND = "Alicia Liddell", "alicia.liddell@example.org", "alicia@liddell.example"
OFFICE, BROWSER = "192.0.2.77", "Netscape of the admin/4.7"


@pytest.fixture
def alicia(alice: User) -> User:
    """Alice, by a name and addresses that nothing else has."""
    EmailAddress.objects.filter(user=alice).update(email=EMAIL)
    alice.name, alice.email = NAME, EMAIL
    alice.save()
    return alice


@pytest.fixture
def admin(bob: User) -> Browser:
    """The browser of Bob, an admin, in his office."""
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return confirmed(bob, Browser(REMOTE_ADDR=OFFICE, headers={"user-agent": BROWSER}))


def do_everything(admin: Browser, app: App, person: User) -> None:
    """Do to `person` all that an admin can, but to delete them."""
    app.tokens_for(person)
    SocialAccount.objects.create(user=person, provider="example", uid=EMAIL)
    moment = timezone.now()
    scopes = frozenset({"profile"})
    PersonalToken.objects.issue(person, name="Backup", scopes=scopes, expires=moment)
    page = f"/admin/accounts/user/{person.pk}/"
    first = EmailAddress.objects.get(user=person)
    form = {
        "email": EMAIL,
        "name": NAME,
        "is_active": "on",
        "nickname": "Al",
        "emailaddress_set-TOTAL_FORMS": 2,
        "emailaddress_set-INITIAL_FORMS": 1,
        "emailaddress_set-0-id": first.pk,
        "emailaddress_set-0-user": person.pk,
        "emailaddress_set-0-email": EMAIL,
        "emailaddress_set-0-verified": "on",
        "emailaddress_set-1-user": person.pk,
        "emailaddress_set-1-email": SECOND,
        "emailaddress_set-1-verified": "on",
    }
    assert admin.post(f"{page}change/", form).status_code == 302
    rows: list[Any] = [SocialAccount, PersonalToken, Authorization]
    for kind in rows:
        row = kind.objects.get(user=person)
        address = f"/admin/{kind._meta.label_lower.replace('.', '/')}/{row.pk}/delete/"
        assert admin.post(address, {"post": "yes"}).status_code == 302
    assert admin.post(f"{page}second-factors/reset/").status_code == 302


def name_elsewhere(mallory: User, app: App, person: User) -> None:
    """Let there be rows of others that name the person: old ones, and those of a client app."""
    record(Event.EMAIL_ADDED, actor=Actor.PERSON, user=mallory, details=Address(SECOND))
    Registration.objects.issue(app.client, None, {"contacts": [EMAIL, "ops@app.example"]})
    for model in (SocialAccount, Authorization):
        LogEntry.objects.create(
            user=mallory,
            object_id="9",
            action_flag=3,
            object_repr=f"It of {NAME}",
            content_type=ContentType.objects.get_for_model(model),
        )
    done = AdminChange(Action.DELETION, "socialaccount.socialaccount", "9", object=SECOND)
    record(Event.ADMIN_PERSON, actor=Actor.ADMIN, user=mallory, details=done)


def test_an_export_tells_nothing_of_the_admin(
    admin: Browser, photo_album: App, alicia: User
) -> None:
    do_everything(admin, photo_album, alicia)
    answer = signed_in(alicia).post("/account/export/")
    exported = b"".join(answer.streaming_content).decode()
    done = {
        each["kind"] for each in json.loads(exported)["security_events"] if each["actor"] == "admin"
    }
    assert {"changed_by_admin", "second_factors_reset", "app_removed"} <= done
    for trace in (OFFICE, BROWSER, "Netscape", "Bob", "bob@example.com"):
        assert trace not in exported, trace


def test_the_page_of_what_happened_tells_nothing_of_the_admin(
    admin: Browser, photo_album: App, alicia: User
) -> None:
    do_everything(admin, photo_album, alicia)
    page = signed_in(alicia).get("/account/activity/").content.decode()
    assert "An admin of this site" in page
    for trace in (OFFICE, "Netscape", "Bob", "bob@example.com"):
        assert trace not in page, trace


@pytest.mark.parametrize("by", ["themselves", "an admin", "an admin, of several"])
def test_nothing_in_the_whole_database_names_a_person_who_was_deleted(
    admin: Browser, photo_album: App, alicia: User, mallory: User, by: str
) -> None:
    do_everything(admin, photo_album, alicia)
    name_elsewhere(mallory, photo_album, alicia)
    assert NAME in dump_database()
    if by == "themselves":
        with override_settings(DELETION_COOLING_OFF_DAYS=0):
            deletion.close(alicia)
    elif by == "an admin":
        admin.post(f"/admin/accounts/user/{alicia.pk}/delete/", {"post": "yes"})
    else:
        chosen = {"action": "delete_selected", "_selected_action": [alicia.pk], "post": "yes"}
        admin.post("/admin/accounts/user/", chosen)
    assert not User.objects.filter(pk=alicia.pk).exists()
    admin.get("/admin/")  # which shows, and so forgets, the message that names them
    everything = dump_database()
    for trace in (NAME, EMAIL, SECOND):
        found = everything.find(trace)
        assert found < 0, everything[max(0, found - 300) : found + 100]
    told = Registration.objects.get().told
    assert told == {"contacts": ["ops@app.example"]}
    about = SecurityEvent.objects.filter(kind=Event.ADMIN_PERSON, details__object=alicia.sub)
    assert about.exists()
    assert LogEntry.objects.filter(object_repr=alicia.sub).exists()
    assert all(entry.get_change_message() is not None for entry in LogEntry.objects.all())


def test_what_an_admin_changed_stays_in_the_log_without_what_it_was(
    admin: Browser, photo_album: App, alicia: User
) -> None:
    do_everything(admin, photo_album, alicia)
    deletion.delete(alicia, actor=Actor.SITE)
    entry = LogEntry.objects.filter(action_flag=2, object_repr=alicia.sub).last()
    assert entry
    assert "Nickname" in entry.change_message
    assert json.loads(entry.change_message)[1]["added"] == {"name": "e-mail address", "object": "…"}


def test_nobody_else_loses_a_word(
    admin: Browser, photo_album: App, alicia: User, mallory: User
) -> None:
    admin.post(
        f"/admin/accounts/user/{mallory.pk}/change/",
        {"email": mallory.email, "name": "Mallory Malone", "is_active": "on"}
        | {"emailaddress_set-TOTAL_FORMS": 0, "emailaddress_set-INITIAL_FORMS": 0},
    )
    before = (LogEntry.objects.values().get(), SecurityEvent.objects.filter(user=mallory).count())
    event = SecurityEvent.objects.get(kind=Event.ADMIN_PERSON)
    deletion.delete(alicia, actor=Actor.SITE)
    now = (LogEntry.objects.values().get(), SecurityEvent.objects.filter(user=mallory).count())
    assert now == before
    assert SecurityEvent.objects.get(pk=event.pk).details == event.details


def test_a_deleted_admin_leaves_no_address_in_the_events_of_others(
    admin: Browser, photo_album: App, alicia: User, bob: User
) -> None:
    do_everything(admin, photo_album, alicia)
    hers = SecurityEvent.objects.filter(user=alicia)
    count, was_there = hers.count(), hers.filter(address=OFFICE).exists()
    assert was_there
    deletion.delete(bob, actor=Actor.SITE)
    assert hers.count() == count
    everything = dump_database()
    assert OFFICE not in everything
    assert BROWSER not in everything
    assert not LogEntry.objects.exists()


def test_rows_of_a_person_are_logged_without_their_name(
    admin: Browser, photo_album: App, alicia: User
) -> None:
    do_everything(admin, photo_album, alicia)
    names = LogEntry.objects.exclude(content_type__model="user").values_list(
        "object_repr", flat=True
    )
    assert len(names) == 3
    assert all(name.endswith(f" of {alicia.sub}") for name in names), names
