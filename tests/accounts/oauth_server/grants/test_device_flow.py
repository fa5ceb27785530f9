"""The device authorization grant (RFC 8628): a device, a code, and a person elsewhere."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, Authorization, Client, DeviceGrant
from accounts.oauth_server.tokens import revocation
from tests.accounts.oauth_server.app import App, error_in, me, ticked
from tests.accounts.oauth_server.conftest import register

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def television(db: None) -> App:
    """A public app on a device without a keyboard."""
    return register(
        "Television",
        client_type=Client.CLIENT_PUBLIC,
        redirect_uris="https://tv.example/",
        grant_types=f"authorization_code {GRANT} refresh_token",
    )


@pytest.fixture
def sofa(alice: User) -> Browser:
    """Alice's phone, on which she is signed in."""
    browser = Browser()
    browser.force_login(alice)
    return browser


def start(app: App, **form: Any) -> dict[str, Any]:
    response = app.post("/oauth/device-authorization/", {"scope": "openid profile"} | form)
    assert response.status_code == 200, response.content
    return response.json()


def poll(app: App, device_code: str) -> HttpResponse:
    """Ask as a patient device does."""
    for grant in DeviceGrant.objects.exclude(last_polled=None):
        grant.last_polled -= timedelta(seconds=grant.interval)
        grant.save()
    return app.post("/oauth/token/", {"grant_type": GRANT, "device_code": device_code})


def decide(browser: Browser, user_code: str, decision: str = "allow") -> HttpResponse:
    page = browser.post("/oauth/device/", {"user_code": user_code}).content.decode()
    form = {"user_code": user_code, "decision": decision, "scope": ticked(page)}
    return browser.post("/oauth/device/decision/", form)


def test_a_device_gets_in_when_its_person_says_yes(television: App, sofa: Browser) -> None:
    device = start(television)
    assert error_in(poll(television, device["device_code"])) == (400, "authorization_pending")

    page = sofa.post("/oauth/device/", {"user_code": device["user_code"]}).content.decode()
    assert "Television" in page
    assert "See your name" in page
    decide(sofa, device["user_code"])

    tokens = poll(television, device["device_code"]).json()
    assert me(tokens["access_token"]).json()["name"] == "Alice"
    assert tokens["refresh_token"]
    assert tokens["id_token"]


def test_the_yes_is_noted_with_the_address_of_the_browser_that_gave_it(
    television: App, sofa: Browser
) -> None:
    sofa.defaults["REMOTE_ADDR"] = "198.51.100.7"
    decide(sofa, start(television)["user_code"])
    assert Authorization.objects.get().last_address == "198.51.100.7"


def test_what_the_device_is_told_is_complete(television: App) -> None:
    device = start(television)

    assert device["verification_uri"] == "http://testserver/oauth/device/"
    assert device["verification_uri_complete"].endswith(f"?user_code={device['user_code']}")
    assert device["expires_in"] == 600
    assert device["interval"] == 5
    assert len(device["user_code"]) == 9


def test_codes_are_stored_as_digests(television: App) -> None:
    device = start(television)
    (row,) = DeviceGrant.objects.values_list("device_code", "user_code")

    assert device["device_code"] not in row
    assert device["user_code"] not in row
    assert device["user_code"].replace("-", "") not in row


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " "), str.swapcase])
def test_a_code_may_be_typed_as_people_type(television: App, sofa: Browser, typed: Any) -> None:
    user_code = typed(start(television)["user_code"])

    assert sofa.post("/oauth/device/", {"user_code": user_code}).status_code == 200


def test_a_link_fills_the_code_in_and_decides_nothing(television: App, sofa: Browser) -> None:
    device = start(television)
    page = sofa.get("/oauth/device/", {"user_code": device["user_code"]})

    assert device["user_code"] in page.content.decode()
    assert sofa.get("/oauth/device/decision/").status_code == 405
    assert error_in(poll(television, device["device_code"])) == (400, "authorization_pending")


def test_a_person_who_is_not_signed_in_is_asked_to(db: None) -> None:
    response = Browser().get("/oauth/device/", {"user_code": "BCDF-GHJK"})

    assert response["Location"].startswith("/accounts/login/?next=/oauth/device/")


def test_a_no_reaches_the_device(television: App, sofa: Browser) -> None:
    device = start(television)
    decide(sofa, device["user_code"], "deny")

    assert error_in(poll(television, device["device_code"])) == (400, "access_denied")


def test_a_decision_is_made_once(television: App, sofa: Browser) -> None:
    device = start(television)
    decide(sofa, device["user_code"], "deny")
    decide(sofa, device["user_code"], "allow")

    assert error_in(poll(television, device["device_code"])) == (400, "access_denied")
    assert not Authorization.objects.exists()


def test_a_device_code_is_redeemed_once(television: App, sofa: Browser) -> None:
    device = start(television)
    decide(sofa, device["user_code"])

    assert poll(television, device["device_code"]).status_code == 200
    assert error_in(poll(television, device["device_code"])) == (400, "invalid_grant")
    assert AccessToken.objects.count() == 1


def test_a_device_that_asks_too_often_is_slowed_down(television: App) -> None:
    device = start(television)
    form = {"grant_type": GRANT, "device_code": device["device_code"]}

    assert error_in(television.post("/oauth/token/", form)) == (400, "authorization_pending")
    assert error_in(television.post("/oauth/token/", form)) == (400, "slow_down")
    assert DeviceGrant.objects.get().interval == 10


def test_codes_expire(television: App, sofa: Browser) -> None:
    device = start(television)
    DeviceGrant.objects.update(expires=timezone.now() - timedelta(seconds=1))

    assert sofa.post("/oauth/device/", {"user_code": device["user_code"]}).status_code == 400
    assert error_in(poll(television, device["device_code"])) == (400, "expired_token")


def test_a_device_code_of_another_client_is_refused(
    television: App, other_app: App, sofa: Browser
) -> None:
    device = start(television)
    decide(sofa, device["user_code"])
    other_app.client.grant_types += f" {GRANT}"
    other_app.client.save()

    assert error_in(poll(other_app, device["device_code"])) == (400, "invalid_grant")
    assert poll(television, device["device_code"]).status_code == 200


@pytest.mark.parametrize(
    ("device_code", "error"),
    [("", "invalid_request"), ("unknown", "invalid_grant"), ("lk_dc_" + "0" * 49, "invalid_grant")],
)
def test_a_wrong_device_code_is_refused(television: App, device_code: str, error: str) -> None:
    assert error_in(poll(television, device_code)) == (400, error)


def test_a_client_without_the_grant_cannot_begin(other_app: App) -> None:
    response = other_app.post("/oauth/device-authorization/", {})

    assert error_in(response) == (400, "unauthorized_client")


def test_a_device_asks_for_allowed_scopes_only(television: App) -> None:
    response = television.post("/oauth/device-authorization/", {"scope": "introspection"})

    assert error_in(response) == (400, "invalid_scope")


def test_removing_the_app_before_it_redeems_ends_its_code(television: App, sofa: Browser) -> None:
    device = start(television)
    decide(sofa, device["user_code"])
    revocation.revoke_authorizations(Authorization.objects.all())

    assert error_in(poll(television, device["device_code"])) == (400, "invalid_grant")


def test_a_deactivated_person_lets_no_device_in(
    television: App, sofa: Browser, alice: User
) -> None:
    device = start(television)
    decide(sofa, device["user_code"])
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert poll(television, device["device_code"]).status_code == 400
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    ("user_code", "said"),
    [
        ("", "Enter the code shown on your device."),
        ("\x00", "“Code” contains a character that cannot be saved."),
        *(
            (unknown, "This code is wrong or has expired")
            for unknown in ("BCDF-GHJK", "x" * 5000, "<script>")
        ),
    ],
)
def test_an_unknown_user_code_is_told_kindly(sofa: Browser, user_code: str, said: str) -> None:
    response = sofa.post("/oauth/device/", {"user_code": user_code})

    assert response.status_code == 400
    assert said in response.content.decode()
    assert "<script>" not in response.content.decode()


def test_a_decision_needs_the_token_of_the_page(television: App, alice: User) -> None:
    device = start(television)
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(alice)

    assert decide(strict, device["user_code"]).status_code == 403


def test_what_a_device_is_told_is_kept_by_nobody(television: App) -> None:
    response = television.post("/oauth/device-authorization/", {"scope": "openid"})

    assert response["Cache-Control"] == "no-store"
    assert error_in(poll(television, response.json()["device_code"])) == (
        400,
        "authorization_pending",
    )


@pytest.mark.parametrize("code", [None, "", "x", "x" * 300])
def test_a_device_without_a_good_code_is_told_so(television: App, code: str | None) -> None:
    """Stock answers: 500 and 404."""
    start(television)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    form |= {} if code is None else {"device_code": code}
    status, error = error_in(television.post("/oauth/token/", form))

    assert (status, error) == (400, "invalid_grant" if code else "invalid_request")
