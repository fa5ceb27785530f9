"""Forms that are sent off when their session has ended elsewhere, or without any cookie."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser

from accounts.models import Session, User
from tests.accounts.account_pages.proof import signed_in
from tests.test_bad_input import addresses, is_of_site

pytestmark = pytest.mark.django_db

NOT_THERE = {  # what Alice does not have, and a page that is left out for that
    *("/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/"),
    *("/accounts/2fa/webauthn/keys/1/edit/", "/accounts/2fa/webauthn/keys/1/remove/"),
    "/accounts/2fa/recovery-codes/download/",
}


@pytest.mark.usefixtures("unlimited_sign_in")
def test_a_form_that_comes_too_late_leads_to_the_entrance_and_then_to_a_page(alice: User) -> None:
    late = [address for address in dict.fromkeys(addresses()) if is_of_site(address)]
    led_back = 0
    for address in set(late) - NOT_THERE:
        answer = Browser().post(address, {})
        if not answer.get("Location", "").startswith("/accounts/login/?next="):
            continue
        (onward,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
        assert signed_in(alice).get(onward).status_code < 400, address
        led_back += 1
    assert led_back > 20


@pytest.fixture
def unlimited_sign_in(settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "1000000/d")


@pytest.mark.parametrize("address", ["/oauth/device/", "/oauth/device/decision/"])
def test_the_code_of_a_device_is_kept_while_its_person_signs_in_again(
    alice: User, address: str
) -> None:
    browser = signed_in(alice)
    Session.objects.all().delete()
    answer = browser.post(address, {"user_code": "BBBB-CCCC", "decision": "allow"})
    (onward,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
    assert answer["Location"].startswith("/accounts/login/")
    assert 'value="BBBB-CCCC"' in signed_in(alice).get(onward).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        *("/accounts/login/", "/accounts/signup/", "/accounts/login/code/", "/account/profile/"),
        *("/accounts/password/reset/", "/accounts/confirm-email/", "/accounts/2fa/authenticate/"),
        *("/accounts/login/code/confirm/", "/accounts/3rdparty/signup/", "/oauth/device/"),
    ],
)
def test_without_cookies_every_form_says_that_they_are_needed(db: None, address: str) -> None:
    answer = Browser(enforce_csrf_checks=True).post(address, {"email": "alice@example.com"})
    assert answer.status_code == 403
    assert "This site needs cookies" in answer.content.decode()
