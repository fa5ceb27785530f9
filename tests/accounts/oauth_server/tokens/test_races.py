"""Many at once, against several server processes on the database of this test run."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
from django.conf import settings
from django.db import connection
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import AccessToken, Authorization, DeviceGrant, RefreshToken
from accounts.oauth_server.models.client import DEVICE_CODE
from accounts.oauth_server.tokens import revocation
from config.instance import Instance, free_ports, prepare, running
from tests.accounts.oauth_server.app import App

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

AT_ONCE = 20
ROUNDS = 10


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site over the tests' database, served by gunicorn's workers; yields its address."""
    (port,) = free_ports(1)
    same = {
        "DATABASE_URL": _database_url(),
        "ENCRYPTION_KEYS": settings.ENCRYPTION_KEYS[0],
        "SECRET_KEY": settings.SECRET_KEY,
    }
    site = Instance("Latchkey", port, tmp_path_factory.mktemp("races"), same)
    prepare(site)
    with running(site):
        yield site.url


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    host = f"{quote(database['HOST'], safe='')}:{database['PORT']}"
    return f"postgres://{database['USER']}:{database['PASSWORD']}@{host}/{database['NAME']}"


def at_once(server: str, app: App, forms: list[dict[str, str]]) -> list[requests.Response]:
    """Send all `forms` to the token endpoint at the same moment."""
    start = threading.Barrier(len(forms))
    answers: list[requests.Response] = []

    def send(form: dict[str, str]) -> None:
        with requests.Session() as session:
            start.wait()
            url = f"{server}/oauth/token/"
            answers.append(session.post(url, form, headers=app.authorization, timeout=30))

    threads = [threading.Thread(target=send, args=(form,)) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def outcomes(answers: list[requests.Response]) -> Counter[tuple[int, str]]:
    return Counter((answer.status_code, answer.json().get("error", "")) for answer in answers)


def test_a_code_is_redeemed_once_however_many_try(server: str, app: App, alice: User) -> None:
    for _ in range(ROUNDS):
        form = {
            "grant_type": "authorization_code",
            "code": app.code_for(alice),
            "redirect_uri": app.redirect_uri,
            "code_verifier": app.verifier,
        }
        answers = at_once(server, app, [form] * AT_ONCE)

        assert outcomes(answers) == {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
        # All but the first were replays: nothing that the code earned outlives them.
        assert AccessToken.objects.count() == 0
        assert not RefreshToken.objects.filter(revoked=None).exists()


def test_simultaneous_refreshes_agree_on_one_pair(server: str, app: App, alice: User) -> None:
    token = app.tokens_for(alice)["refresh_token"]
    for _ in range(ROUNDS):
        form = {"grant_type": "refresh_token", "refresh_token": token}
        answers = at_once(server, app, [form] * AT_ONCE)

        assert outcomes(answers) == {(200, ""): AT_ONCE}
        (answer,) = {answer.text for answer in answers}
        assert AccessToken.objects.count() == 1
        assert RefreshToken.objects.filter(revoked=None, superseded=None).count() == 1
        token = answers[0].json()["refresh_token"]
        assert token in answer


def test_a_device_code_is_redeemed_once(server: str, app: App, alice: User) -> None:
    app.client.grant_types += f" {DEVICE_CODE}"
    app.client.save()
    for _ in range(ROUNDS):
        device_code, user_code = DeviceGrant.objects.start(app.client, frozenset({"openid"}))
        _approve(alice, user_code)
        form = {"grant_type": DEVICE_CODE, "device_code": device_code}
        answers = at_once(server, app, [form] * AT_ONCE)

        assert outcomes(answers) == {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
        assert not DeviceGrant.objects.exists()
    assert AccessToken.objects.count() == ROUNDS


def _approve(person: User, user_code: str) -> None:
    browser = Browser()
    browser.force_login(person)
    form = {"user_code": user_code, "decision": "allow"}
    assert browser.post("/oauth/device/decision/", form).status_code == 200


def test_a_revocation_beside_refreshes_leaves_nothing(server: str, app: App, alice: User) -> None:
    for _ in range(ROUNDS):
        tokens = [app.tokens_for(alice)["refresh_token"] for _ in range(4)]
        forms = [{"grant_type": "refresh_token", "refresh_token": token} for token in tokens]
        removing = threading.Thread(target=_remove, args=(alice,))
        removing.start()
        answers = at_once(server, app, forms)
        removing.join()

        assert set(outcomes(answers)) <= {(200, ""), (400, "invalid_grant")}
        assert AccessToken.objects.count() == 0
        assert RefreshToken.objects.count() == 0


def _remove(person: Any) -> None:
    revocation.revoke_authorizations(Authorization.objects.filter(user=person))
    connection.close()
