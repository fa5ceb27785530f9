"""For how long a client's tokens last, where an admin chose that for it."""

import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import AccessToken, Client, RefreshToken, SigningKey
from tests.accounts.oauth_server.admin.client.test_clients import ADD, fill_in
from tests.accounts.oauth_server.app import App, error_in, me

DAY = 24 * 60 * 60
REDIRECT = "--redirect-uri=https://app.example/callback"


@pytest.fixture
def brief(app: App) -> App:
    """An app whose tokens last shorter than others', but for its ID tokens."""
    client = app.client
    client.access_token_minutes, client.id_token_minutes = 5, 720
    client.refresh_token_idle_days, client.refresh_token_max_days = 2, 7
    client.save()
    return app


def seconds_left(exp: float) -> float:
    return exp - time.time()


def pass_days(days: int) -> None:
    """Let refresh tokens grow older, as nobody can make the clock run."""
    earlier = timedelta(days=days)
    RefreshToken.objects.update(
        expires=F("expires") - earlier, family_expires=F("family_expires") - earlier
    )


def test_all_that_is_issued_obeys_and_says_so(brief: App, alice: User) -> None:
    answer: dict[str, Any] = {}
    for _ in range(2):  # by a code, then by a refresh
        token = answer.get("refresh_token")
        answer = brief.refresh(token).json() if token else brief.tokens_for(alice, scope="openid")
        claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
        assert answer["expires_in"] == 300
        assert claims["exp"] - claims["iat"] == 12 * 60 * 60
        exp = brief.introspect(answer["access_token"])["exp"]
        assert seconds_left(exp) == pytest.approx(300, abs=30)
        exp = brief.introspect(answer["refresh_token"])["exp"]
        assert seconds_left(exp) == pytest.approx(2 * DAY, abs=60)


def test_an_app_that_acts_for_itself_obeys_too(brief: App) -> None:
    answer = brief.post("/oauth/token/", {"grant_type": "client_credentials"}).json()
    assert answer["expires_in"] == 300
    assert seconds_left(brief.introspect(answer["access_token"])["exp"]) < 301


def test_an_access_token_is_over_at_its_own_time(brief: App, alice: User) -> None:
    token = brief.tokens_for(alice)["access_token"]
    AccessToken.objects.update(expires=F("expires") - timedelta(minutes=6))

    assert me(token).status_code == 401
    assert brief.introspect(token) == {"active": False}


def test_an_unused_refresh_token_is_over_sooner_and_a_sign_in_however_much_it_is_used(
    brief: App, alice: User
) -> None:
    token = brief.tokens_for(alice)["refresh_token"]
    for _ in range(6):
        pass_days(1)
        token = brief.refresh(token).json()["refresh_token"]
    assert seconds_left(brief.introspect(token)["exp"]) == pytest.approx(DAY, abs=60)
    pass_days(1)
    assert error_in(brief.refresh(token)) == (400, "invalid_grant")

    idle = brief.tokens_for(alice)["refresh_token"]
    pass_days(2)
    assert error_in(brief.refresh(idle)) == (400, "invalid_grant")


def test_other_apps_have_the_sites(brief: App, other_app: App, alice: User) -> None:
    assert other_app.tokens_for(alice)["expires_in"] == 3600


def test_people_read_for_how_long_before_they_allow_it(brief: App, alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    assert "7 days after you last signed in" in brief.send(browser).content.decode()
    brief.client.grant_types = "authorization_code"
    brief.client.save()
    assert "5 minutes" in brief.send(browser).content.decode()


def test_a_key_is_published_until_the_longest_id_token_is_over(brief: App, alice: User) -> None:
    token = brief.tokens_for(alice)["id_token"]
    exp = jwt.decode(token, options={"verify_signature": False})["exp"]
    call_command("rotate_signing_key", "--yes")

    key = SigningKey.objects.get(kid=jwt.get_unverified_header(token)["kid"])
    assert key.published_until is not None
    assert key.published_until.timestamp() > exp


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"access_token_minutes": "0"}, "greater than or equal to 1"),
        ({"access_token_minutes": "1441"}, "less than or equal to 1440"),
        ({"id_token_minutes": "100000"}, "less than or equal to 1440"),
        ({"refresh_token_max_days": "4000"}, "less than or equal to 3650"),
        (
            {"refresh_token_idle_days": "8", "refresh_token_max_days": "7"},
            "ends after 7 days, however much",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(desk: Browser, change: dict[str, str], words: str) -> None:
    page = desk.post(ADD, fill_in(**change))
    assert words in page.content.decode()
    assert not Client.objects.exists()


def test_an_admin_chooses_in_django_admin_and_at_a_command_line(desk: Browser) -> None:
    desk.post(ADD, fill_in(id_token_minutes="30", refresh_token_idle_days="3"))
    in_admin = Client.objects.get()
    call_command(
        "register_client", "--name=Kettle", REDIRECT, "--id-token-minutes=30",
        "--refresh-token-idle-days=3",
    )  # fmt: skip
    for client in (in_admin, Client.objects.get(name="Kettle")):
        assert (client.id_token_minutes, client.refresh_token_idle_days) == (30, 3)
        assert client.access_token_minutes is client.refresh_token_max_days is None
    with pytest.raises(CommandError, match="1440"):
        call_command("register_client", "--name=Pot", REDIRECT, "--access-token-minutes=1441")


def test_a_client_that_changes_itself_loses_longer_ones_and_keeps_shorter_ones(
    db: None, settings: Any
) -> None:
    settings.REGISTRATION = "open"
    told: dict[str, Any] = {"redirect_uris": ["https://app.example/callback"]}
    answer = Browser().post("/oauth/register/", told, content_type="application/json").json()
    Client.objects.update(access_token_minutes=5, refresh_token_max_days=3650)

    told |= {"client_id": answer["client_id"], "client_name": "Another", "access_token_minutes": 9}
    address = answer["registration_client_uri"].removeprefix("http://testserver")
    token = {"Authorization": f"Bearer {answer['registration_access_token']}"}
    Browser().put(address, told, content_type="application/json", headers=token)
    client = Client.objects.get()
    assert client.name == "Another"
    assert (client.access_token_minutes, client.refresh_token_max_days) == (5, None)
