"""Who was invited gets an account with the address that the link went to, once."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.entrance.mailed_links import invitations
from accounts.models import Invitation, SecurityEvent, User
from accounts.models.event_kinds import Event
from tests.accounts.second_factors.authenticators import confirmed
from tests.accounts.third_parties.conftest import provider, register, running_provider  # noqa: F401
from tests.accounts.third_parties.scripted_provider import Browser as Traveller
from tests.accounts.third_parties.scripted_provider import ScriptedProvider
from tests.accounts.third_parties.test_profile import dump_database
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

CAROL = "carol@example.com"
Callback = Callable[..., Any]


@pytest.fixture(autouse=True)
def by_invitation_only(settings: Any) -> None:
    settings.SIGN_UP = "invited"


@pytest.fixture
def link(alice: User, django_capture_on_commit_callbacks: Callback) -> str:
    return invited(alice, CAROL, django_capture_on_commit_callbacks)


def invited(by: User, email: str, commit: Callback, groups: Any = ()) -> str:
    with commit(execute=True):
        invitations.invite(email, by=by, groups=groups)
    return mailed_link()


def mailed_link() -> str:
    found = re.search(
        r"http://testserver(/accounts/invitation/\?token=\S+)", str(mail.outbox[-1].body)
    )
    assert found
    return found[1]


def opened(link: str) -> Browser:
    browser = Browser()
    assert browser.get(link)["Location"] == "/accounts/invitation/"
    return browser


def sign_up(browser: Browser, **changes: str) -> Any:
    return browser.post(
        reverse("account_signup"), {"email": CAROL, "password1": PASSWORD, **changes}
    )


def owner(email: str) -> User:
    return EmailAddress.objects.get(email=email, verified=True).user


def test_the_link_leads_to_an_account_with_its_address_proven(link: str) -> None:
    browser = opened(link)
    assert CAROL in browser.get("/accounts/invitation/").content.decode()
    assert sign_up(browser)["Location"] == "/account/"
    person = owner(CAROL)
    assert browser.session["_auth_user_id"] == str(person.pk)
    invitation = Invitation.objects.get()
    assert (invitation.state, invitation.used_by) == ("accepted", person)
    assert SecurityEvent.objects.filter(user=person, kind=Event.INVITATION_USED).exists()
    assert len(mail.outbox) == 1  # no code


def test_the_address_is_that_of_the_link_whatever_is_sent(link: str) -> None:
    sign_up(opened(link), email="mallory@example.com")
    assert owner(CAROL)
    assert not User.objects.filter(email="mallory@example.com").exists()


def test_a_passkey_is_made_without_a_code(link: str) -> None:
    browser = opened(link)
    answer = browser.post(reverse("account_signup_by_passkey"), {})
    assert urlsplit(answer["Location"]).path == reverse("mfa_signup_webauthn")
    assert owner(CAROL)


def test_the_link_works_once_and_looking_at_it_uses_nothing_up(link: str) -> None:
    first, second = opened(link), opened(link)
    for _ in range(3):
        Browser().head(link)
    sign_up(first)
    assert sign_up(second).status_code == 403
    assert Browser().get(link).status_code == 404
    assert User.objects.filter(email=CAROL).count() == 1


@pytest.mark.parametrize("how", ["too old", "withdrawn", "sent again", "made up"])
def test_a_link_that_ended_says_so(link: str, how: str) -> None:
    browser, invitation = opened(link), Invitation.objects.get()
    if how == "too old":
        Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    elif how == "withdrawn":
        assert invitations.withdraw(invitation.pk)
        assert not invitations.send_again(invitation.pk)
    elif how == "sent again":
        assert invitations.send_again(invitation.pk)
    else:
        link, browser = link[:-5] + "AAAAA", Browser()
    answer = Browser().get(link)
    assert answer.status_code == 404
    assert "no longer works" in answer.content.decode()
    assert browser.get("/accounts/invitation/").status_code == 404
    assert sign_up(browser).status_code == 403
    assert not User.objects.filter(email=CAROL).exists()


def test_the_token_is_kept_nowhere_and_stays_in_no_address(link: str) -> None:
    token = link.partition("token=")[2]
    assert len(token) >= 43
    assert token not in dump_database()
    assert token not in opened(link).get("/accounts/invitation/").content.decode()


def test_an_invited_owner_of_an_account_signs_in_and_accepts(
    alice: User, bob: User, django_capture_on_commit_callbacks: Callback
) -> None:
    readers = Group.objects.create(name="Readers")
    link = invited(alice, bob.email, django_capture_on_commit_callbacks, [readers])
    assert "already have an account" in str(mail.outbox[-1].body)
    browser = opened(link)
    assert "already have an account" in browser.get("/accounts/invitation/").content.decode()
    assert "You already have an account" in sign_up(browser).content.decode()
    browser.force_login(bob)
    browser.post("/accounts/invitation/", {"action": "accept"})
    assert list(bob.groups.all()) == [readers]
    assert Invitation.objects.get().used_by == bob


def test_nobody_accepts_what_is_for_another_address(
    alice: User, bob: User, django_capture_on_commit_callbacks: Callback
) -> None:
    readers = Group.objects.create(name="Readers")
    browser = opened(invited(alice, CAROL, django_capture_on_commit_callbacks, [readers]))
    browser.force_login(bob)
    browser.post("/accounts/invitation/", {"action": "accept"})
    assert not bob.groups.exists()
    assert Invitation.objects.get().used_by is None


def test_a_newcomer_joins_the_groups(
    alice: User, django_capture_on_commit_callbacks: Callback
) -> None:
    readers = Group.objects.create(name="Readers")
    sign_up(opened(invited(alice, CAROL, django_capture_on_commit_callbacks, [readers])))
    assert list(owner(CAROL).groups.all()) == [readers]


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_an_open_site_takes_invitations_too_and_a_closed_one_none(
    settings: Any, link: str, mode: str
) -> None:
    settings.SIGN_UP = mode
    sign_up(opened(link))
    assert EmailAddress.objects.filter(email=CAROL, verified=True).exists() is (mode == "open")


def test_who_opened_a_link_that_is_not_theirs_can_forget_it(settings: Any, link: str) -> None:
    settings.SIGN_UP = "open"
    browser = opened(link)
    browser.post("/accounts/invitation/", {"action": "forget"})
    sign_up(browser, email="dave@example.com")
    assert User.objects.get(email="dave@example.com")
    assert Invitation.objects.get().state == "waiting"


# --- by way of a third party ---


@pytest.mark.parametrize("trusted", [True, False])
def test_a_third_party_vouches_for_another_address(
    link: str,
    provider: ScriptedProvider,  # noqa: F811
    register: Callable[..., SocialApp],  # noqa: F811
    trusted: bool,
) -> None:
    """The account gets that one alone: the link may be of whoever sent it to them."""
    register(trusted=trusted)
    provider.userinfo["email"] = "dave@example.com"
    browser = opened(link)
    Traveller(browser, provider).sign_in()
    if not trusted:
        browser.post("/accounts/confirm-email/", {"code": mailed_code()})
    person = owner("dave@example.com")
    assert not EmailAddress.objects.filter(email=CAROL).exists()
    assert Invitation.objects.get().used_by == person


def test_a_third_party_that_tells_the_invited_address_without_proof_needs_no_code(
    link: str,
    provider: ScriptedProvider,  # noqa: F811
    register: Callable[..., SocialApp],  # noqa: F811
) -> None:
    register(trusted=False)
    provider.userinfo["email"] = CAROL
    Traveller(opened(link), provider).sign_in()
    assert Invitation.objects.get().used_by == owner(CAROL)
    assert len(mail.outbox) == 1


def test_a_third_party_s_person_is_refused_when_the_invitation_is_gone_at_last(
    link: str,
    provider: ScriptedProvider,  # noqa: F811
    register: Callable[..., SocialApp],  # noqa: F811
) -> None:
    register(trusted=False)
    provider.userinfo["email"] = "dave@example.com"
    browser = opened(link)
    Traveller(browser, provider).sign_in()
    invitations.withdraw(Invitation.objects.get().pk)
    answer = browser.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert answer.status_code == 403
    assert not User.objects.filter(email="dave@example.com").exists()


# --- in Django admin ---


def test_an_admin_invites_several_sends_again_and_withdraws(
    alice: User, django_capture_on_commit_callbacks: Callback
) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    desk, pages = confirmed(alice), "/admin/accounts/invitation/"
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(
            f"{pages}add/", {"addresses": "Carol@EXAMPLE.com\ndave@example.com, carol@example.com"}
        )
    assert {row.email for row in Invitation.objects.all()} == {CAROL, "dave@example.com"}
    assert [letter.to for letter in mail.outbox] == [[CAROL], ["dave@example.com"]]
    assert Invitation.objects.get(email=CAROL).made_by == alice
    first = mailed_link()
    dave = Invitation.objects.get(email="dave@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(pages, {"action": "send_again", "_selected_action": [dave.pk]})
    assert mailed_link() != first
    desk.post(pages, {"action": "withdraw", "_selected_action": [dave.pk]})
    dave.refresh_from_db()
    assert dave.state == "withdrawn"
    for typed in ("dave", "Dave@example", "dave@EXAMPLE.com"):
        assert "withdrawn" in desk.get(pages, {"q": typed}).content.decode()
    assert desk.get(f"{pages}{dave.pk}/change/").status_code == 200


@pytest.mark.parametrize(
    "typed", ["", "no address", "\n".join(f"a{n}@example.com" for n in range(101))]
)
def test_what_is_no_list_of_addresses_invites_nobody(alice: User, typed: str) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    answer = confirmed(alice).post("/admin/accounts/invitation/add/", {"addresses": typed})
    assert answer.status_code == 200
    assert not Invitation.objects.exists()


def test_only_a_superuser_invites_into_groups(alice: User) -> None:
    readers = Group.objects.create(name="Readers")
    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.filter(codename__endswith="_invitation"))
    form = {"addresses": CAROL, "groups": [readers.pk]}
    confirmed(alice).post("/admin/accounts/invitation/add/", form)
    assert not Invitation.objects.get().groups.exists()
    alice.is_superuser = True
    alice.save()
    confirmed(alice).post("/admin/accounts/invitation/add/", form)
    assert list(Invitation.objects.get().groups.all()) == [readers]


def test_old_invitations_go(link: str) -> None:
    Invitation.objects.update(expires=timezone.now() - timedelta(days=31))
    call_command("cleartokens")
    assert not Invitation.objects.exists()
