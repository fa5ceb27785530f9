"""Passkeys in a real browser, with Chromium's virtual authenticator."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail

from accounts.models import SecurityEvent, User
from tests.accounts.second_factors.authenticators import ADD
from tests.conftest import PASSWORD

ACTIVITY = re.compile(r"^[^?]*/account/activity/$")  # and not the page that leads there

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
    pytest.mark.servers,
]


def sign_in(page: Any) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/account/")


def add_passkey(page: Any, name: str = "My laptop") -> None:
    page.goto("/account/methods/")
    page.get_by_role("link", name="Add a passkey").click()
    page.wait_for_url(f"**{ADD}")  # with its script, which answers the button
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()


def forget(page: Any, *, offers_in_field: bool = False) -> None:
    """Be nobody again. The virtual device picks a passkey as soon as one is offered in the field
    for the address: for the button, the browser has to be one that does not offer any there."""
    page.context.clear_cookies()
    if not offers_in_field:
        page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")


def kinds() -> list[str]:
    return list(SecurityEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_passkey_is_added_and_signs_in_by_the_button(alice: User, page: Any) -> None:
    sign_in(page)
    add_passkey(page)
    assert page.locator(".codes li").count() == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert len(download.value.path().read_text().split()) == 10
    forget(page)

    page.goto("/accounts/login/?next=/account/activity/")
    page.get_by_role("button", name="Continue with a passkey").click()
    page.wait_for_url(ACTIVITY)

    assert "You signed in with a passkey" in page.inner_text("main")
    passkey = Authenticator.objects.get(type="webauthn")
    assert passkey.last_used_at
    stored = str(passkey.data)
    assert alice.email not in stored
    assert {"passkey_added", "recovery_codes_made"} <= set(kinds())


def test_the_browser_offers_the_passkey_in_the_field_for_the_address(
    alice: User, page: Any
) -> None:
    sign_in(page)
    add_passkey(page)
    forget(page, offers_in_field=True)
    page.goto("/accounts/login/?next=/account/activity/")
    page.wait_for_url(ACTIVITY)


def test_a_form_waits_for_the_offer_that_is_under_way(alice: User, page: Any) -> None:
    """Else two sessions are begun at once, and the browser may keep the one that nobody is in."""
    offers: list[Any] = []
    page.route("**/accounts/2fa/webauthn/login/**", lambda route: offers.append(route))
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    button = page.get_by_role("button", name="Sign in", exact=True)
    button.click(no_wait_after=True)
    button.click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert page.url.endswith("/accounts/login/")

    offers[0].continue_()
    page.wait_for_url("**/account/")
    assert kinds().count("sign_in") == 1


def test_a_passkey_is_renamed_and_removed(alice: User, page: Any) -> None:
    sign_in(page)
    add_passkey(page)
    page.goto("/account/methods/")
    page.get_by_role("link", name="Rename My laptop").click()
    page.get_by_label("Name").fill("Kitchen tablet")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Kitchen tablet").wait_for()
    page.get_by_role("link", name="Remove Kitchen tablet").click()
    page.get_by_role("button", name="Remove").click()
    page.wait_for_url("**/account/methods/")

    assert not Authenticator.objects.exists()
    assert {"passkey_renamed", "passkey_removed", "recovery_codes_removed"} <= set(kinds())


def test_a_passkey_confirms_that_it_is_the_same_person(
    alice: User, page: Any, settings: Any
) -> None:
    sign_in(page)
    add_passkey(page)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    passkey = Authenticator.objects.get(type="webauthn")
    page.goto(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    assert "Confirm it’s you" in page.inner_text("h1")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    page.goto("/accounts/2fa/webauthn/reauthenticate/?next=/account/activity/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(ACTIVITY)
    assert "sign_in_confirmed" in kinds()


def test_a_passkey_is_the_second_step_after_a_password(alice: User, page: Any) -> None:
    sign_in(page)
    add_passkey(page)
    forget(page)
    page.goto("/accounts/login/?next=/account/activity/")
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(ACTIVITY)


def test_a_newcomer_signs_up_with_a_passkey(db: None, page: Any) -> None:
    page.goto("/accounts/signup/?next=/account/activity/")
    page.get_by_role("link", name="Sign up with a passkey instead").click()
    page.get_by_label("E-mail address").fill("carol@example.com")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/confirm-email/**")
    code = re.search(r"^\s*([0-9A-Z]{3,}-?[0-9A-Z]{3,})\s*$", mail.outbox[-1].body, re.M)
    assert code
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.get_by_role("link", name="Continue").click()
    page.wait_for_url(ACTIVITY)

    carol = User.objects.get(email="carol@example.com")
    assert not carol.has_usable_password()


def test_a_passkey_of_an_account_that_is_gone_signs_nobody_in(alice: User, page: Any) -> None:
    sign_in(page)
    add_passkey(page)
    forget(page)
    Authenticator.objects.all().delete()
    page.goto("/accounts/login/?next=/account/activity/")
    page.get_by_role("button", name="Continue with a passkey").click()
    page.get_by_text("This passkey did not work").wait_for()
    assert "next=" in page.url
