"""Codes of an authenticator app, and recovery codes, as a second step."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser

from accounts.models import SecurityEvent, Session, User
from accounts.sessions.authentication import sign_in_of
from accounts.upstream import mfa
from tests.accounts.second_factors.conftest import SECRET, give_password
from tests.conftest import PASSWORD
from tests.metrics import Metrics
from tests.upstream import RecoveryCodes

pytestmark = pytest.mark.django_db

SECOND_STEP = "/accounts/2fa/authenticate/"


def code_of_app(*, steps_from_now: int = 0, secret: str = SECRET) -> str:
    step = int(time.time()) // 30 + steps_from_now
    return str(mfa.format_hotp_value(mfa.hotp_value(secret, step)))


def type_in(browser: Browser, code: str) -> Any:
    return browser.post(SECOND_STEP, {"code": code})


def is_signed_in(browser: Browser) -> bool:
    return bool(browser.get("/account/").status_code == 200)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_of_the_app_is_the_second_step(app: Authenticator, steps: int) -> None:
    browser = Browser()
    answer = give_password(browser, next="/account/activity/")
    assert answer["Location"].startswith(SECOND_STEP)
    assert not is_signed_in(browser)
    assert type_in(browser, code_of_app(steps_from_now=steps))["Location"] == "/account/activity/"
    assert is_signed_in(browser)


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_time_is_refused(app: Authenticator, steps: int) -> None:
    browser = Browser()
    give_password(browser)
    page = type_in(browser, code_of_app(steps_from_now=steps))
    assert "This code is wrong" in page.content.decode()
    assert not is_signed_in(browser)
    refused = SecurityEvent.objects.get(outcome="failed", kind="sign_in")
    assert (refused.kind, refused.details) == ("sign_in", {"code": "second_factor"})


def test_a_used_code_is_refused_for_as_long_as_it_would_be_good(
    app: Authenticator,
) -> None:
    code, before = code_of_app(), code_of_app(steps_from_now=-1)
    first, second = Browser(), Browser()
    give_password(first)
    type_in(first, code)
    cache.clear()  # allauth remembers a code there, and for one period only
    give_password(second)
    type_in(second, code)
    type_in(second, before)
    assert is_signed_in(first)
    assert not is_signed_in(second)


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_attempts_with_one_code_one_succeeds(app: Authenticator) -> None:
    browsers = [Browser() for _ in range(4)]
    for browser in browsers:
        give_password(browser)
    code = code_of_app()

    def attempt(browser: Browser) -> int:
        try:
            return int(type_in(browser, code).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(browsers)) as pool:
        assert sorted(pool.map(attempt, browsers)) == [200, 200, 200, 302]


def test_a_recovery_code_signs_in_once_and_is_counted(app: Authenticator, alice: User) -> None:
    codes = RecoveryCodes.activate(alice).generate_codes()
    for expected in (True, False):
        browser = Browser()
        give_password(browser)
        type_in(browser, codes[0])
        assert is_signed_in(browser) is expected
    browser = Browser()
    browser.force_login(alice)
    assert "9 of 10 left" in browser.get("/account/methods/").content.decode()
    assert SecurityEvent.objects.get(kind="recovery_code_used").details == {"left": 9}


def test_guesses_are_counted_by_person_and_told_when_to_come_back(
    app: Authenticator, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"second_factor": "3/15m"}
    for address in ("192.0.2.1", "192.0.2.2"):
        browser = Browser(REMOTE_ADDR=address)
        give_password(browser)
        answers = [type_in(browser, "000000") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_the_first_step_alone_opens_nothing(app: Authenticator) -> None:
    browser = Browser()
    give_password(browser)
    for path in ("/account/", "/accounts/2fa/recovery-codes/", "/account/methods/", "/admin/"):
        assert browser.get(path).status_code == 302
    assert not Session.objects.filter(user__isnull=False).exists()


def test_a_second_step_is_that_of_the_person_who_took_the_first(
    app: Authenticator, bob: User
) -> None:
    """Mallory knows Bob's password and app, and Alice's password alone."""
    bobs = RecoveryCodes.activate(bob).generate_codes()
    browser = Browser()
    give_password(browser)
    type_in(browser, bobs[0])
    assert not is_signed_in(browser)


def test_a_sign_in_that_waits_ends_when_the_password_changes(
    app: Authenticator, alice: User
) -> None:
    browser = Browser()
    give_password(browser)
    alice.set_password("another one entirely")
    alice.save()
    type_in(browser, code_of_app())
    assert not is_signed_in(browser)


def test_amr_and_acr_say_that_there_were_two(app: Authenticator) -> None:
    browser = Browser()
    give_password(browser)
    type_in(browser, code_of_app())
    request = browser.get("/account/").wsgi_request
    sign_in = sign_in_of(request)
    assert sign_in.amr == ("mfa", "otp", "pwd")
    assert "urn:latchkey:acr:two-factors" in sign_in.acrs


# --- Setting up and removing ---


def fresh(alice: User) -> Browser:
    browser = Browser()
    give_password(browser)
    return browser


def set_up(browser: Browser, *, onward: str = "") -> Any:
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    step = int(time.time()) // 30
    code = mfa.format_hotp_value(mfa.hotp_value(secret, step))
    data = {"code": code} | ({"next": onward} if onward else {})
    return browser.post("/accounts/2fa/totp/activate/", data), code


@pytest.mark.django_db(transaction=True)
def test_setting_up_the_app_shows_recovery_codes_once_and_uses_its_code_up(alice: User) -> None:
    browser = fresh(alice)
    answer, code = set_up(browser)
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    shown = browser.get(answer["Location"])
    assert shown["Cache-Control"] == "no-store"
    assert "data:text/plain;base64," in shown.content.decode()
    again = browser.get(answer["Location"]).content.decode()
    assert "data:text/plain" not in again
    assert "<li><code>" not in again

    other = Browser()
    give_password(other)
    type_in(other, code)
    assert not is_signed_in(other)
    kinds = set(SecurityEvent.objects.values_list("kind", flat=True))
    assert {"authenticator_app_added", "recovery_codes_made"} <= kinds


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/password/change/",
    ],
)
def test_a_stolen_session_alone_changes_nothing(alice: User, path: str) -> None:
    browser = Browser()
    browser.force_login(alice)
    answer = browser.get(path)
    if path == "/accounts/password/change/":
        assert "oldpassword" in answer.content.decode()
    else:
        assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_a_stolen_session_does_not_remove_the_app(app: Authenticator, alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    browser.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(pk=app.pk).exists()


def test_a_person_without_password_proves_it_by_a_code_first(alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    browser = Browser()
    browser.force_login(alice)
    for path in ("/accounts/2fa/totp/activate/", "/accounts/password/set/"):
        assert browser.get(path)["Location"].startswith("/accounts/reauthenticate/code/?next=")


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/generate/",
    ],
)
def test_a_password_alone_changes_no_second_factor(
    app: Authenticator, alice: User, path: str
) -> None:
    """A session from before there was one: Mallory has it, and the password, but not the app."""
    browser = Browser()
    browser.force_login(alice)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for answer in (browser.get(path), browser.post(path)):
        assert answer["Location"].startswith("/accounts/2fa/reauthenticate/?next=")
    assert list(Authenticator.objects.all()) == [app]


def test_the_site_names_itself_and_not_what_the_host_header_says(
    alice: User, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "evil.example"]
    browser = fresh(alice)
    page = browser.get("/accounts/2fa/totp/activate/", HTTP_HOST="evil.example")
    assert page.status_code == 200
    assert "evil.example" not in page.context["totp_url"]
    options = browser.get("/accounts/2fa/webauthn/add/", HTTP_HOST="evil.example")
    made = options.context["js_data"]["creation_options"]["publicKey"]
    assert made["rp"]["id"] == "testserver"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["authenticatorSelection"]["residentKey"] == "required"


def test_codes_are_counted_right_or_wrong(
    app: Authenticator, alice: User, metrics: Metrics
) -> None:
    codes = RecoveryCodes.activate(alice).generate_codes()
    for code in ("000000", code_of_app(), codes[0]):
        browser = Browser()
        give_password(browser)
        type_in(browser, code)

    assert metrics.series("latchkey_second_factors_total") == {
        ("totp", "failed"): 1,
        ("totp", "succeeded"): 1,
        ("recovery_codes", "succeeded"): 1,
    }
