"""Many at once, against several server processes on the database of this test run."""

import html
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from django.conf import settings
from django.db import connection
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    DeviceGrant,
    KeptAnswer,
    RefreshToken,
)
from accounts.oauth_server.models.client import DEVICE_CODE
from accounts.oauth_server.tokens import revocation
from accounts.site.problems import PROBLEMS
from config.instance import Instance, free_ports, prepare, running
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.test_dpop import proof

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

AT_ONCE = 20
ROUNDS = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("races")


@pytest.fixture(scope="module")
def server(django_db_setup: None, folder: Path) -> Iterator[str]:
    """The site over the tests' database, served by gunicorn's workers; yields its address."""
    (port,) = free_ports(1)
    same = {
        "DATABASE_URL": _database_url(),
        "ENCRYPTION_KEYS": settings.ENCRYPTION_KEYS[0],
        "SECRET_KEY": settings.SECRET_KEY,
    }
    site = Instance("Latchkey", port, folder, same)
    prepare(site)
    with running(site):
        yield site.url


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    host = f"{quote(database['HOST'], safe='')}:{database['PORT']}"
    return f"postgres://{database['USER']}:{database['PASSWORD']}@{host}/{database['NAME']}"


def at_once(
    server: str, app: App, forms: list[dict[str, str]], **headers: str
) -> list[requests.Response]:
    """Send all `forms` to the token endpoint at the same moment."""
    url = f"{server}/oauth/token/"
    return sent_at_once(url, forms, headers=app.authorization | headers)


def sent_at_once(url: str, forms: Sequence[Any], **options: Any) -> list[requests.Response]:
    start = threading.Barrier(len(forms))
    answers: list[requests.Response] = []

    def send(form: Any) -> None:
        with requests.Session() as session:
            start.wait()
            answers.append(session.post(url, form, timeout=30, **options))

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


def test_a_proof_of_possession_is_good_once_however_many_send_it(server: str, app: App) -> None:
    form = {"grant_type": "client_credentials"}
    for _ in range(ROUNDS):
        answers = at_once(server, app, [form] * AT_ONCE, **proof(htu=f"{server}/oauth/token/"))
        assert outcomes(answers) == {(200, ""): 1, (400, "invalid_dpop_proof"): AT_ONCE - 1}


def test_a_pushed_request_is_answered_once_however_many_decide(
    server: str, app: App, alice: User
) -> None:
    browser = Browser()
    browser.force_login(alice)
    cookies = {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value}
    for _ in range(ROUNDS // 2):
        pushed = app.post("/oauth/par/", app.request(prompt="consent")).json()["request_uri"]
        asked = {"client_id": app.client.client_id, "request_uri": pushed}
        page = requests.get(f"{server}/oauth/authorize/", asked, cookies=cookies, timeout=30)
        action = re.search(r'action="(/oauth/authorize/decision/[^"]*)"', page.text)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert action
        assert token
        form = {"decision": "allow", "csrfmiddlewaretoken": token[1], "scope": "email"}
        answers = sent_at_once(
            server + html.unescape(action[1]),
            [form] * AT_ONCE,
            cookies=cookies | page.cookies.get_dict(),
            headers={"Referer": page.url, "Origin": server},
            allow_redirects=False,
        )
        assert Counter(each.status_code for each in answers) == {302: 1, 400: AT_ONCE - 1}
        (sent,) = [each for each in answers if each.status_code == 302]
        assert "code=" in sent.headers["Location"]


def test_of_creations_with_one_key_one_person_is_made_and_mailed(
    server: str, folder: Path, app: App
) -> None:
    scope = {"scope": "site.users.write", "grant_type": "client_credentials"}
    app.client.scopes, app.client.grant_types = scope["scope"], scope["grant_type"]
    app.client.save()
    (tokens,) = at_once(server, app, [scope])
    headers = {
        "Authorization": f"Bearer {tokens.json()['access_token']}",
        "Content-Type": "application/json",
    }
    for number in range(ROUNDS // 2):
        headers["Idempotency-Key"] = email = f"carol{number}@example.com"
        body = json.dumps({"email": email, "name": "Carol"})
        answers = sent_at_once(f"{server}/api/v1/users", [body] * AT_ONCE, headers=headers)

        told = {(each.status_code, each.json().get("title", "")) for each in answers}
        assert told <= {(201, ""), (409, PROBLEMS["idempotency-key-in-flight"].title)}
        made = [each for each in answers if each.status_code == 201]
        assert len({(each.text, each.headers["Location"]) for each in made}) == 1
        assert sum("Idempotency-Replayed" not in each.headers for each in made) == 1
        assert User.objects.filter(email=email).count() == 1
    assert KeptAnswer.objects.count() == ROUNDS // 2
    mails = [file.read_text() for file in (folder / "mail").iterdir()]
    carols = re.findall(r"^To: (carol\d@example.com)$", "\n".join(mails), re.MULTILINE)
    assert sorted(carols) == [f"carol{number}@example.com" for number in range(ROUNDS // 2)]
