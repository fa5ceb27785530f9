"""Proving once more who one is: everybody is asked, in a way that they have, and loses nothing."""

import re
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from tests.accounts.third_parties.conftest import browser as traveller  # noqa: F401
from tests.accounts.third_parties.conftest import provider, register, running_provider  # noqa: F401
from tests.accounts.third_parties.scripted_provider import Browser as Traveller
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

EMAIL = "/accounts/email/"
SECOND = "second@example.com"
BY_CODE = "/accounts/reauthenticate/code/"


def add_address(browser: Browser) -> HttpResponse:
    """Change something that takes proof."""
    return browser.post(EMAIL, {"action_add": "", "email": SECOND})


def was_added(browser: Browser) -> bool:
    """Whether the form that was sent before the proof has done its work after it."""
    pending = browser.session.get("account_email_verification_code") or {}
    return bool(pending.get("email") == SECOND)


@pytest.fixture
def without_password(alice: User) -> Browser:
    alice.set_unusable_password()
    alice.save()
    browser = Browser()
    browser.force_login(alice)
    return browser


def prove_there(traveller: Traveller, address: str) -> HttpResponse:  # noqa: F811
    """Go to the third party from the page at `address`, and come back."""
    location = traveller.client.post(address)["Location"]
    traveller.sent = dict(re.findall(r"[?&]([^=]+)=([^&]*)", location))
    return traveller.come_back(traveller.provider.approve(location))


# --- A password ---


def test_a_form_sent_too_late_is_done_after_the_password(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    asked = add_address(browser)["Location"]
    assert asked.startswith("/accounts/reauthenticate/?next=")
    assert not was_added(browser)

    browser.post(asked, {"password": PASSWORD})
    assert was_added(browser)


def test_a_form_whose_address_has_a_query_is_done_after_the_password(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    asked = browser.post(f"{EMAIL}?from=here", {"action_add": "", "email": SECOND})["Location"]
    browser.post(asked, {"password": PASSWORD})
    assert was_added(browser)


def test_a_form_is_forgotten_by_who_only_opens_its_page_later(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    browser.post("/account/tokens/new/", {"name": "Old", "scopes": "openid", "lasts": "30"})
    asked = browser.get("/account/tokens/new/")["Location"]
    assert browser.post(asked, {"password": PASSWORD})["Location"] == "/account/tokens/new/"
    assert not alice.personal_tokens.exists()


def test_a_form_of_who_is_signed_out_is_not_sent_by_who_signs_in(alice: User) -> None:
    browser = Browser()
    address = "/accounts/2fa/recovery-codes/generate/"
    response = browser.post(address)
    assert response["Location"].startswith("/accounts/login/?next=")
    assert "account_reauthentication_state" not in browser.session


def test_no_password_is_kept_until_the_proof(without_password: Browser) -> None:
    typed = {"password1": "another good long password", "password2": "another good long password"}
    response = without_password.post("/accounts/password/set/", typed)
    assert response["Location"].startswith(BY_CODE)
    assert "another good" not in str(dict(without_password.session))


# What protects the account, and what would take from it.
SENSITIVE = [
    (EMAIL, {"action_add": "", "email": SECOND}),
    (EMAIL, {"action_remove": "", "email": "spare@example.com"}),
    (EMAIL, {"action_primary": "", "email": "spare@example.com"}),
    ("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD}),
    ("/accounts/3rdparty/", {"account": "{connection}"}),
    ("/accounts/2fa/webauthn/add/", {"name": "Mine"}),
    ("/accounts/2fa/webauthn/keys/{passkey}/edit/", {"name": "Mine"}),
    ("/accounts/2fa/webauthn/keys/{passkey}/remove/", {}),
    ("/accounts/2fa/totp/activate/", {"code": "123456"}),
    ("/accounts/2fa/recovery-codes/generate/", {}),
    ("/account/tokens/new/", {"name": "Mine", "scopes": "openid", "lasts": "30"}),
    ("/account/export/", {}),
    ("/account/delete/", {"email": "alice@example.com"}),
]
WAYS = ["password", "third party", "passkey", "code"]


def as_who_signs_in_by(way: str, alice: User, settings: Any) -> tuple[Browser, dict[str, int]]:
    """A browser whose person signed in long ago, in the one way that they have."""
    made: dict[str, int] = {"passkey": 1, "connection": 1}
    EmailAddress.objects.create(user=alice, email="spare@example.com", verified=True)
    if way != "password":
        alice.set_unusable_password()
        alice.save()
    if way == "third party":
        SocialApp.objects.create(provider="google", name="Google", client_id="x")
        made["connection"] = SocialAccount.objects.create(user=alice, provider="google").pk
    if way == "passkey":
        kind = Authenticator.Type.WEBAUTHN
        made["passkey"] = Authenticator.objects.create(
            user=alice, type=kind, data={"name": "Phone", "credential": {}}
        ).pk
    browser = Browser()
    browser.force_login(alice)
    return browser, made


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("address", "form"), SENSITIVE)
def test_whatever_protects_the_account_takes_fresh_proof(
    alice: User, settings: Any, way: str, address: str, form: dict[str, str]
) -> None:
    browser, made = as_who_signs_in_by(way, alice, settings)
    before = state_of(alice)
    filled = {name: value.format(**made) for name, value in form.items()}
    response = browser.post(address.format(**made), filled)
    if response.status_code == 302 and response["Location"] in {"/account/export/"}:
        response = browser.get(response["Location"])
    if address == "/accounts/3rdparty/" and way != "third party":
        assert response.status_code == 200  # there is none to remove
    else:
        assert re.match(r"/accounts/(2fa/(webauthn/)?)?reauthenticate/", response["Location"])
    assert state_of(alice) == before


ABOUT_TO = {
    EMAIL: "change your e-mail addresses",
    "/accounts/password/set/": "set a password",
    "/accounts/2fa/webauthn/add/": "add a passkey",
    "/accounts/2fa/totp/activate/": "set up an authenticator app",
    "/accounts/2fa/recovery-codes/generate/": "create new recovery codes",
    "/account/tokens/new/": "create a personal access token",
    "/account/export/": "download your data",
    "/account/delete/": "delete your account",
}


@pytest.mark.parametrize("way", ["password", "third party", "code"])
@pytest.mark.parametrize(("address", "said"), ABOUT_TO.items())
def test_the_page_says_what_it_is_for(
    alice: User, settings: Any, way: str, address: str, said: str
) -> None:
    browser, _ = as_who_signs_in_by(way, alice, settings)
    form = next((form for path, form in SENSITIVE if path == address), {})
    page = browser.post(address, form, follow=True)
    assert f"You are about to {said}." in page.content.decode()


def state_of(alice: User) -> tuple[Any, ...]:
    alice.refresh_from_db()
    return (
        *(alice.password, alice.email, alice.is_active, alice.personal_tokens.count()),
        *(alice.emailaddress_set.count(), SocialAccount.objects.count()),
        list(Authenticator.objects.values_list("type", "data")),
    )


def test_a_third_party_that_may_have_remembered_the_person_is_no_fresh_proof(
    traveller: Traveller,  # noqa: F811
) -> None:
    traveller.sign_in()
    response = traveller.client.get("/accounts/2fa/webauthn/add/")
    assert response["Location"].startswith("/accounts/reauthenticate/")


# --- A code by e-mail ---


def test_the_page_says_no_more_than_is_known_of_what_comes_next(without_password: Browser) -> None:
    for onward in ("", "?next=/account/", "?next=/nowhere/"):
        page = without_password.get(BY_CODE + onward).content.decode()
        assert "What you are about to do needs your confirmation." in page
        assert "You are about to" not in page


def test_who_has_no_password_is_asked_too(without_password: Browser) -> None:
    asked = add_address(without_password)["Location"]
    assert asked.startswith(BY_CODE)
    assert not was_added(without_password)
    assert not mail.outbox  # until they say so


def test_a_mailed_code_proves_it_and_nothing_is_lost(
    without_password: Browser, alice: User
) -> None:
    asked = add_address(without_password)["Location"]
    assert alice.email in without_password.get(asked).content.decode()
    assert without_password.post(asked, {"send": ""})["Location"] == asked
    assert mail.outbox[-1].to == [alice.email]
    code = without_password.session["accounts_reauthentication_code"]["code"]
    assert code in mail.outbox[-1].body

    without_password.post(asked, {"code": code})
    assert was_added(without_password)
    assert SecurityEvent.objects.filter(kind=Event.CONFIRMED, outcome="succeeded").exists()


def test_a_code_that_is_mistyped_three_times_is_gone(without_password: Browser) -> None:
    without_password.post(BY_CODE, {"send": ""})
    code = without_password.session["accounts_reauthentication_code"]["code"]
    pages = [without_password.post(BY_CODE, {"code": "WRONG"}) for _ in range(3)]
    assert "You have 2 attempts left." in pages[0].content.decode()
    assert "Too many wrong codes were entered" in pages[-1].content.decode()
    without_password.post(BY_CODE, {"code": code})  # asks for a new one
    assert add_address(without_password)["Location"].startswith(BY_CODE)


def test_a_code_of_somebody_else_or_of_another_session_proves_nothing(
    without_password: Browser, alice: User
) -> None:
    without_password.post(BY_CODE, {"send": ""})
    code = without_password.session["accounts_reauthentication_code"]["code"]
    thief = Browser()
    thief.force_login(alice)
    thief.post(BY_CODE, {"code": code})
    assert add_address(thief).status_code == 302
    assert not was_added(thief)


def test_a_code_that_is_too_old_proves_nothing(without_password: Browser, settings: Any) -> None:
    without_password.post(BY_CODE, {"send": ""})
    session = without_password.session
    state = session["accounts_reauthentication_code"]
    session["accounts_reauthentication_code"] = state | {"at": time.time() - 3600}
    session.save()
    without_password.post(BY_CODE, {"code": state["code"]})
    assert add_address(without_password)["Location"].startswith(BY_CODE)


def test_codes_are_mailed_as_rarely_as_others(without_password: Browser) -> None:
    answers = [without_password.post(BY_CODE, {"send": ""}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302] * 3 + [429]
    assert answers[-1]["Retry-After"]
    assert len(mail.outbox) == 3


def test_an_address_that_was_never_confirmed_gets_no_code(
    without_password: Browser, alice: User
) -> None:
    EmailAddress.objects.update(verified=False)
    assert without_password.get(BY_CODE).status_code == 403


# --- A third party ---


@pytest.fixture
def by_third_party(traveller: Traveller) -> str:  # noqa: F811
    """Where somebody who has only a third party is sent who changes something."""
    traveller.sign_in()
    return str(add_address(traveller.client)["Location"])


def test_who_has_only_a_third_party_is_sent_there_and_asked_anew(
    traveller: Traveller,  # noqa: F811
    by_third_party: str,
) -> None:
    page = traveller.client.get(by_third_party).content.decode()
    assert "Continue to Example ID" in page
    prove_there(traveller, by_third_party)
    assert traveller.sent["prompt"] == "login"
    assert traveller.sent["max_age"] == "0"


def test_the_same_account_there_proves_it_and_nothing_is_lost(
    traveller: Traveller,  # noqa: F811
    by_third_party: str,
) -> None:
    traveller.provider.claims = {"auth_time": int(time.time())}
    back = prove_there(traveller, by_third_party)
    assert not was_added(traveller.client)
    traveller.client.get(back["Location"])
    assert was_added(traveller.client)


def test_another_account_there_proves_nothing(
    traveller: Traveller,  # noqa: F811
    by_third_party: str,
) -> None:
    traveller.provider.claims = {"sub": "mallory"}
    traveller.provider.userinfo |= {"sub": "mallory", "email": "mallory@example.com"}
    page = prove_there(traveller, by_third_party)
    assert page.status_code == 403
    assert "That is a different account" in page.content.decode()
    assert add_address(traveller.client)["Location"] == by_third_party
    assert SocialAccount.objects.count() == User.objects.count() == 1


def test_a_third_party_that_did_not_ask_anew_proves_nothing(
    traveller: Traveller,  # noqa: F811
    by_third_party: str,
) -> None:
    traveller.provider.claims = {"auth_time": int(time.time()) - 3600}
    page = prove_there(traveller, by_third_party)
    assert page.status_code == 403
    assert "The site did not ask you to sign in" in page.content.decode()
    assert 'href="/accounts/reauthenticate/done/?next=' in page.content.decode()
    assert add_address(traveller.client)["Location"] == by_third_party


@pytest.mark.parametrize(
    "told",
    [
        *(None, True, False, 0, -1, 10**400, float("nan"), float("inf"), "", [], {}),
        *(str(int(time.time())), int(time.time()) + 3600, time.time() + 86400),
    ],
    ids=[
        *("nothing", "true", "false", "0", "-1", "huge", "nan", "infinite", "empty", "list", "{}"),
        *("text", "an hour ahead", "a day ahead"),
    ],
)
def test_a_third_party_that_does_not_say_that_it_asked_proves_nothing(
    traveller: Traveller,  # noqa: F811
    by_third_party: str,
    told: Any,
) -> None:
    traveller.provider.claims = {"auth_time": told}
    page = prove_there(traveller, by_third_party)
    words = page.content.decode()
    assert page.status_code == 403
    assert "The site did not confirm that it’s you" in words
    assert 'href="/accounts/reauthenticate/done/' not in words  # it would be the same again
    assert add_address(traveller.client)["Location"] == by_third_party


@pytest.mark.parametrize("told", [None, int(time.time()) - 3600], ids=["silent", "remembers"])
def test_the_page_that_says_so_leads_to_another_way_and_nothing_is_lost(
    traveller: Traveller,  # noqa: F811
    by_third_party: str,
    told: Any,
) -> None:
    traveller.provider.claims = {"auth_time": told}
    page = prove_there(traveller, by_third_party).content.decode()
    (other,) = re.findall(rf'href="({BY_CODE}[^"]+)"', page)
    traveller.client.post(other, {"send": ""})
    code = traveller.client.session["accounts_reauthentication_code"]["code"]
    traveller.client.post(other, {"code": code})
    assert was_added(traveller.client)


def test_a_third_party_that_cannot_show_that_it_asked_is_not_offered(
    without_password: Browser, alice: User
) -> None:
    for provider_id in ("google", "github"):
        SocialApp.objects.create(provider=provider_id, name=provider_id, client_id="x")
        connection = SocialAccount.objects.create(user=alice, provider=provider_id, uid="7")
        address = f"/accounts/reauthenticate/third-party/{connection.pk}/"
        asked = add_address(without_password)["Location"]
        assert asked.startswith(BY_CODE)
        assert address not in without_password.get(asked).content.decode()
        assert without_password.post(address)["Location"].startswith(BY_CODE)
    assert not was_added(without_password)


@pytest.mark.parametrize("asks", [True, False])
def test_a_sign_in_just_now_is_fresh_only_where_the_third_party_asked_for_it(
    traveller: Traveller,  # noqa: F811
    asks: bool,
) -> None:
    long_enough_ago = int(time.time()) - 60
    traveller.provider.claims = {"auth_time": int(time.time()) if asks else long_enough_ago}
    traveller.sign_in()
    page = traveller.client.get("/accounts/2fa/webauthn/add/")
    assert page.status_code == (200 if asks else 302)


def test_coming_back_without_proof_asks_again(
    traveller: Traveller,  # noqa: F811
    by_third_party: str,
) -> None:
    response = traveller.client.get("/accounts/reauthenticate/done/?next=/accounts/email/")
    assert response["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not was_added(traveller.client)


def test_nobody_proves_it_by_somebody_elses_connection(
    traveller: Traveller,  # noqa: F811
    by_third_party: str,
    bob: User,
) -> None:
    browser = Browser()
    browser.force_login(bob)
    response = browser.post(by_third_party)
    assert response["Location"].startswith("/accounts/reauthenticate/")
