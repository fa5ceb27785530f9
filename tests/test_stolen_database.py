"""Whoever steals the whole database can use nothing that is in it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import ConnectionToken, User
from accounts.oauth_server.models import RecordedRequest, Recording, SigningKey
from accounts.storage.sealed import unseal
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.accounts.third_parties.conftest import browser, provider, register, running_provider
from tests.accounts.third_parties.scripted_provider import CLIENT_SECRET, Browser
from tests.conftest import PASSWORD
from tests.upstream import TOTP, RecoveryCodes

__all__ = ["app", "browser", "provider", "register", "running_provider"]


TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def whole_database() -> Iterator[tuple[str, str]]:
    """Every column of every row of every table: its table and its content as text."""
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield from ((table, _text(value)) for value in row)


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)


def test_a_dump_after_a_complete_walk_holds_nothing_usable(browser: Browser, app: App) -> None:
    """Sign in by way of the third party, let an app in, refresh, retry, leave codes unredeemed."""
    Recording.objects.start(app.client, timedelta(hours=1))
    browser.sign_in()
    person = User.objects.get()
    connection_token = ConnectionToken.objects.get(connection=SocialAccount.objects.get())
    first = app.tokens_for(person)
    second = app.refresh(first["refresh_token"]).json()
    for_itself = app.post("/oauth/token/", {"grant_type": "client_credentials"}).json()
    _send_everything(app, first, second)
    person.set_password(PASSWORD)
    person.save()
    TOTP.activate(person, TOTP_SECRET)
    recovery_codes = RecoveryCodes.activate(person)
    secrets = {
        "secret of the authenticator app": TOTP_SECRET,
        "recovery code": recovery_codes.generate_codes()[0],
        "seed of the recovery codes": unseal(recovery_codes.instance.data["seed"], "a test"),
        "unredeemed code": app.code_for(person),
        "access token": second["access_token"],
        "refresh token": second["refresh_token"],
        "superseded refresh token": first["refresh_token"],
        "ID token": second["id_token"],
        "client's own token": for_itself["access_token"],
        "client secret": str(app.secret),
        "session cookie": browser.client.cookies[settings.SESSION_COOKIE_NAME].value,
        "third party's access token": connection_token.access_token,
        "third party's refresh token": connection_token.refresh_token,
        "secret at the third party": CLIENT_SECRET,
        "signing key": SigningKey.objects.current().private_jwk,
        "private exponent": '"d":',
        "password": PASSWORD,
        "encryption key": settings.ENCRYPTION_KEYS[0],
        "secret key": settings.SECRET_KEY,
    }
    assert all(secrets.values())

    found = [
        f"{name} in {table}"
        for table, text in whole_database()
        for name, secret in secrets.items()
        if secret in text
    ]
    assert found == []
    recorded = RecordedRequest.objects.values_list("endpoint", flat=True)
    assert set(recorded) == {"authorize", "decision", "token", "introspect", "revoke", "userinfo"}


def _send_everything(app: App, first: dict[str, Any], second: dict[str, Any]) -> None:
    """Have the recorder see each secret at each endpoint, also where it does not belong."""
    secrets = [str(app.secret), first["access_token"], second["refresh_token"], second["id_token"]]
    for secret in secrets:
        for name in ("token", "code", "scope", "state", secret):
            app.post("/oauth/introspect/", {"token": secret, name: secret})
        app.post("/oauth/token/", {"grant_type": secret, "code": secret})
        app.send(
            Client(), state=secret, login_hint=secret, redirect_uri=f"https://e.example/?a={secret}"
        )
    Client().get("/oauth/userinfo/", headers={"Authorization": f"Bearer {second['access_token']}"})
    app.post("/oauth/revoke/", {"token": first["access_token"]})


def test_the_search_itself_finds_what_is_there(alice: User) -> None:
    assert any("alice@example.com" in text for _, text in whole_database())
