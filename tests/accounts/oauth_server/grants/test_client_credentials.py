"""A client app that acts for itself."""

from typing import Any

from django.http import HttpResponse

from accounts.oauth_server.models import ClientSecret
from tests.accounts.oauth_server.app import App, error_in, me


def ask(app: App, **form: Any) -> HttpResponse:
    return app.post("/oauth/token/", {"grant_type": "client_credentials"} | form)


def test_a_client_gets_a_token_by_its_secret(app: App) -> None:
    tokens = ask(app).json()

    assert tokens["access_token"].startswith("lk_at_")
    assert "refresh_token" not in tokens


def test_asking_for_nothing_gives_the_stated_default(app: App) -> None:
    assert ask(app).json()["scope"] == "profile"


def test_a_scope_that_is_not_allowed_is_refused(app: App) -> None:
    assert error_in(ask(app, scope="introspection")) == (400, "invalid_scope")
    assert error_in(ask(app, scope="openid")) == (400, "invalid_scope")


def test_its_token_speaks_for_no_person(app: App) -> None:
    answer = me(ask(app).json()["access_token"])

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"


def test_a_client_without_the_grant_is_refused(other_app: App) -> None:
    assert error_in(ask(other_app)) == (400, "unauthorized_client")


def test_a_public_client_is_refused(native_app: App) -> None:
    assert error_in(ask(native_app)) == (400, "unauthorized_client")


def test_a_secret_may_travel_in_the_body(app: App) -> None:
    form = {"client_id": app.client.client_id, "client_secret": app.secret}
    app.secret = None

    assert ask(app, **form).status_code == 200


def test_two_secrets_work_at_once_until_one_is_removed(app: App) -> None:
    old, app.secret = app.secret, ClientSecret.objects.issue(app.client)

    assert ask(app).status_code == 200
    app.secret = old
    assert ask(app).status_code == 200
    ClientSecret.objects.filter(ends_with=str(old)[-4:]).first().delete()
    assert error_in(ask(app)) == (401, "invalid_client")
