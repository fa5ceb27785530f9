"""The authorization code flow with PKCE, from the person's browser to the API."""

from datetime import timedelta
from urllib.parse import urlencode

import jwt
import pytest
from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, AuthorizationCode, RefreshToken
from tests.accounts.oauth_server.app import App, answer_in, basic, error_in, me


@pytest.fixture
def browser(alice: User) -> Browser:
    """Alice's browser, in which she is signed in."""
    browser = Browser()
    browser.force_login(alice)
    return browser


def test_a_code_earns_tokens_that_open_the_api(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)

    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "openid profile email"
    assert tokens["access_token"].startswith("lk_at_")
    assert tokens["refresh_token"].startswith("lk_rt_")
    answer = me(tokens["access_token"])
    assert answer.status_code == 200
    assert answer.json()["sub"] == alice.sub
    assert answer.json()["email"] == "alice@example.com"


def test_the_answer_carries_state_and_issuer(app: App, browser: Browser) -> None:
    answer = answer_in(app.ask(browser))

    assert answer["state"] == "state-of-the-app"
    assert answer["iss"] == "http://testserver"


def test_tokens_are_kept_out_of_every_cache(app: App, alice: User) -> None:
    response = app.redeem(app.code_for(alice))

    assert response["Cache-Control"] == "no-store"


def test_the_id_token_says_who_signed_in_and_when(app: App, alice: User) -> None:
    nonce = "once" * 3_000  # Core bounds none
    tokens = app.tokens_for(alice, nonce=nonce)

    jwks = Browser().get("/oauth/jwks/").json()
    key = jwt.PyJWKSet.from_dict(jwks)[jwt.get_unverified_header(tokens["id_token"])["kid"]]
    claims = jwt.decode(
        tokens["id_token"],
        key,
        algorithms=["RS256"],
        audience=app.client.client_id,
        issuer="http://testserver",
    )
    assert claims["sub"] == alice.sub
    assert claims["nonce"] == nonce
    assert claims["auth_time"] <= claims["iat"]
    assert claims["at_hash"]


def test_without_openid_there_is_no_id_token(app: App, alice: User) -> None:
    assert "id_token" not in app.tokens_for(alice, scope="profile")


def test_a_public_app_proves_itself_by_its_verifier(native_app: App, alice: User) -> None:
    native_app.redirect_uri = "http://127.0.0.1:53123/callback"

    assert native_app.tokens_for(alice)["access_token"]


def test_a_person_who_is_not_signed_in_is_asked_to(app: App, db: None) -> None:
    response = app.send(Browser())

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/oauth/authorize/")


def test_a_request_may_be_posted(app: App, browser: Browser) -> None:
    response = browser.post("/oauth/authorize/", app.request())

    assert response.status_code == 303
    assert browser.get(response["Location"]).status_code == 200


def test_a_person_who_says_no_is_taken_back_to_the_app(app: App, browser: Browser) -> None:
    answer = answer_in(app.ask(browser, decision="deny"))

    assert answer["error"] == "access_denied"
    assert answer["state"] == "state-of-the-app"
    assert answer["iss"] == "http://testserver"
    assert AuthorizationCode.objects.count() == 0


def test_a_decision_needs_the_token_of_the_page(app: App, alice: User) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(alice)

    query = urlencode(app.request())
    response = strict.post(f"/oauth/authorize/decision/?{query}", {"decision": "allow"})

    assert response.status_code == 403
    assert AuthorizationCode.objects.count() == 0


def test_a_person_is_asked_once_for_the_same(app: App, browser: Browser) -> None:
    app.ask(browser)

    assert "code" in answer_in(app.send(browser))
    assert app.send(browser, scope="openid connections").status_code == 200


def test_prompt_consent_asks_again(app: App, browser: Browser) -> None:
    app.ask(browser)

    assert app.send(browser, prompt="consent").status_code == 200


def test_no_parameter_of_the_client_skips_consent(app: App, browser: Browser) -> None:
    assert app.send(browser, approval_prompt="auto").status_code == 200
    assert app.send(browser, prompt="none").status_code == 302
    assert answer_in(app.send(browser, prompt="none"))["error"] == "consent_required"


def test_an_app_on_the_device_is_asked_about_each_time(native_app: App, browser: Browser) -> None:
    native_app.ask(browser)

    assert native_app.send(browser).status_code == 200


def test_prompt_none_without_a_person_is_login_required(app: App, db: None) -> None:
    answer = answer_in(app.send(Browser(), prompt="none"))

    assert answer["error"] == "login_required"
    assert answer["iss"] == "http://testserver"


def test_a_replayed_code_ends_the_tokens_it_earned(app: App, alice: User) -> None:
    code = app.code_for(alice)
    tokens = app.redeem(code).json()

    assert error_in(app.redeem(code)) == (400, "invalid_grant")
    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_code_of_another_client_is_refused_and_stays_good(
    app: App, other_app: App, alice: User
) -> None:
    code = app.code_for(alice)

    other_app.verifier = app.verifier
    assert error_in(other_app.redeem(code)) == (400, "invalid_grant")
    assert app.redeem(code).status_code == 200
    assert error_in(other_app.redeem(code)) == (400, "invalid_grant")
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "x" * 64}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "https://app.example/elsewhere"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "lk_ac_guessed"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"code": "x" * 20_000}, "invalid_request"),
        ({"code": "\x00"}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"scope": ["a", "b"]}, "invalid_request"),
    ],
)
def test_a_tampered_redemption_is_refused(
    app: App, alice: User, change: dict[str, str | None], error: str
) -> None:
    code = app.code_for(alice)

    assert error_in(app.redeem(**{"code": code} | change)) == (400, error)
    assert AccessToken.objects.count() == 0


def test_a_code_does_not_outlive_its_minute(app: App, alice: User) -> None:
    code = app.code_for(alice)
    AuthorizationCode.objects.update(expires=timezone.now() - timedelta(seconds=1))

    assert timedelta(minutes=1) == settings.AUTHORIZATION_CODE_LIFETIME
    assert error_in(app.redeem(code)) == (400, "invalid_grant")


def test_a_deactivated_person_redeems_no_code(app: App, alice: User) -> None:
    code = app.code_for(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert error_in(app.redeem(code)) == (400, "invalid_grant")
    assert RefreshToken.objects.count() == 0


def test_a_code_sent_to_the_only_address_needs_none_at_redemption(app: App, alice: User) -> None:
    code = app.code_for(alice, redirect_uri=None, scope="profile")

    assert app.redeem(code, redirect_uri=None).status_code == 200


def test_json_where_a_form_is_due_is_told_so(app: App) -> None:
    response = Browser().post(
        "/oauth/token/",
        {"grant_type": "client_credentials"},
        content_type="application/json",
        headers=app.authorization,
    )

    assert error_in(response) == (400, "invalid_request")
    assert "form" in response.json()["error_description"]


def test_credentials_in_the_query_are_refused(app: App, alice: User) -> None:
    code = app.code_for(alice)
    response = app.post(f"/oauth/token/?code={code}", {"grant_type": "authorization_code"})

    assert error_in(response) == (400, "invalid_request")


def test_the_token_endpoint_takes_post_only(db: None) -> None:
    response = Browser().get("/oauth/token/")

    assert response.status_code == 405
    assert response["Allow"] == "POST"


@pytest.mark.parametrize("secret", ["wrong", "", "lk_cs_" + "0" * 49])
def test_a_wrong_secret_is_challenged_for_basic(app: App, secret: str) -> None:
    app.secret = secret
    response = app.post(
        "/oauth/token/",
        {"grant_type": "client_credentials"},
        **basic(app.client.client_id, secret),
    )

    assert error_in(response) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Basic ")


def test_an_unknown_client_gets_the_answer_of_a_wrong_secret(app: App) -> None:
    form = {"grant_type": "client_credentials"}
    wrong = app.post("/oauth/token/", form, **basic(app.client.client_id, "wrong"))
    unknown = app.post("/oauth/token/", form, **basic("nobody", "wrong"))
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content


def test_a_confidential_client_without_its_secret_is_refused(app: App, alice: User) -> None:
    code = app.code_for(alice)
    app.secret = None

    assert error_in(app.redeem(code)) == (401, "invalid_client")


def test_two_ways_of_authentication_at_once_are_refused(app: App) -> None:
    form = {"grant_type": "client_credentials", "client_secret": app.secret}

    assert error_in(app.post("/oauth/token/", form)) == (400, "invalid_request")


def test_a_switched_off_client_is_refused_with_all_it_holds(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    app.client.is_active = False
    app.client.save()

    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (401, "invalid_client")
