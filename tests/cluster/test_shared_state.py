"""What one node knows, the other knows at once."""

import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import jwt
import psycopg
import pytest
import requests

from accounts.upstream.mfa import format_hotp_value, hotp_value
from config.instance import HOST
from docs.wire import form_on
from tests.cluster.cast import BOB, TOTP_SECRET
from tests.cluster.clients import Browser, Door, Scene

CHALLENGE = "/accounts/2fa/authenticate/"


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(steps)) as pool:
        return [each.result() for each in [pool.submit(step) for step in steps]]


def statuses(answers: list[requests.Response]) -> list[int]:
    return sorted(each.status_code for each in answers)


def _agree_on(scene: Scene, cipher: str) -> None:
    """Connect to the proxy by TLS 1.2 with no cipher but this."""
    context = ssl.create_default_context(cafile=str(scene.cluster.proxy.certificate))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    host, port = urlsplit(scene.cluster.url).netloc.split(":")
    with (
        socket.create_connection((HOST, int(port)), timeout=9) as connection,
        context.wrap_socket(connection, server_hostname=host),
    ):
        pass


def test_the_proxy_takes_what_bcp_195_recommends(scene: Scene) -> None:
    """FAPI 2.0 demands it of TLS 1.2 (Security Profile section 5.2.2)."""
    _agree_on(scene, "ECDHE-ECDSA-AES128-GCM-SHA256")
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        _agree_on(scene, "ECDHE-ECDSA-AES128-SHA")


def test_the_proxy_says_who_asks_and_how(scene: Scene) -> None:
    """A wrong scheme would be a redirect; a forged address must not be counted for another's."""
    page = scene.proxy.send(
        "GET",
        "/accounts/login/",
        headers={"X-Forwarded-For": "198.51.100.9", "X_Forwarded_For": "a"},
    )
    assert page.status_code == 200
    assert "__Host-" in page.headers["Set-Cookie"]
    plain = requests.get(
        f"{scene.cluster.proxy.plain_url}/account/", allow_redirects=False, timeout=9
    )
    assert (plain.status_code, plain.headers["Location"]) == (301, f"{scene.cluster.url}/account/")
    assert scene.proxy.send("GET", "/readyz").status_code == 404


def test_both_nodes_take_part(scene: Scene) -> None:
    for _ in range(8):
        assert scene.proxy.send("GET", "/oauth/jwks/").status_code == 200
    log = scene.cluster.proxy.access_log.read_text()
    for node in scene.cluster.nodes:
        assert f"127.0.0.1:{node.instance.port}" in log
    assert "?" not in log, "codes travel in queries"


def test_a_session_holds_on_both_nodes_and_ends_on_both(scene: Scene) -> None:
    browser = scene.signed_in(scene.first)
    assert browser.is_signed_in(scene.second)
    page = browser.send(scene.second, "GET", "/accounts/logout/")
    form = form_on(page, to="/accounts/logout/")
    stolen = Browser(dict(browser.cookies))
    browser.send(scene.second, "POST", "/accounts/logout/", data=form.fields)
    assert not stolen.is_signed_in(scene.first)


def test_a_code_of_one_node_is_redeemed_on_the_other_and_once(scene: Scene) -> None:
    browser = scene.signed_in(scene.first)
    code = scene.app.code(scene.first, browser)
    answers = at_once(
        *(lambda door=door: scene.app.redeem(door, code) for door in (scene.first, scene.second))
    )
    assert statuses(answers) == [200, 400]


def test_one_of_two_refreshes_wins_and_the_other_gets_the_same(scene: Scene) -> None:
    tokens = scene.tokens(scene.first, scene.signed_in(scene.second))
    answers = at_once(
        *(
            lambda door=door: scene.app.refresh(door, tokens["refresh_token"])
            for door in (scene.first, scene.second)
        )
    )
    assert statuses(answers) == [200, 200]
    first, second = (each.json() for each in answers)
    assert first["refresh_token"] == second["refresh_token"]


def test_a_token_used_up_on_one_node_is_a_replay_on_the_other(scene: Scene) -> None:
    first = scene.tokens(scene.first, scene.signed_in(scene.first))
    second = scene.app.refresh(scene.second, first["refresh_token"]).json()
    third = scene.app.refresh(scene.first, second["refresh_token"]).json()
    assert scene.app.refresh(scene.second, first["refresh_token"]).status_code == 400
    assert not scene.app.is_active(scene.first, third["access_token"])


def test_a_token_revoked_on_one_node_opens_nothing_on_the_other(scene: Scene) -> None:
    tokens = scene.tokens(scene.first, scene.signed_in(scene.first))
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert scene.second.send("GET", "/api/v1/me", headers=bearer).status_code == 200
    assert scene.second.send("GET", "/oauth/userinfo/", headers=bearer).status_code == 200
    scene.app.post(scene.first, "revoke", token=tokens["access_token"])
    assert scene.second.send("GET", "/api/v1/me", headers=bearer).status_code == 401
    assert scene.second.send("GET", "/oauth/userinfo/", headers=bearer).status_code == 401
    assert not scene.app.is_active(scene.second, tokens["access_token"])


def test_tries_are_counted_for_both_nodes_together(scene: Scene) -> None:
    doors = [scene.door(node, "203.0.113.77") for node in (0, 1)]
    wrong = (scene.app.client_id, "wrong")

    def guess(door: Door) -> int:
        form = {"grant_type": "client_credentials"}
        return door.send("POST", "/oauth/token/", data=form, auth=wrong).status_code

    assert [guess(doors[turn % 2]) for turn in range(6)] == [401] * 6
    assert [guess(door) for door in doors] == [429, 429]


def code_of_app(*, steps_from_now: int = 0) -> str:
    step = int(time.time()) // 30 + steps_from_now
    return str(format_hotp_value(hotp_value(TOTP_SECRET, step)))


def type_in(scene: Scene, door: Door, email: str, code: str) -> bool:
    """Give somebody's password, then the `code`; return whether that signed them in."""
    browser = Browser()
    page = browser.sign_in(door, email, scene.password)
    assert CHALLENGE in page.headers["Location"]
    form = form_on(browser.send(door, "GET", page.headers["Location"]), to=CHALLENGE)
    browser.send(door, "POST", CHALLENGE, data=form.fields | {"code": code})
    return browser.is_signed_in(door)


def test_a_code_of_an_app_works_once_on_all_nodes(scene: Scene) -> None:
    code = code_of_app()
    doors = [scene.door(node, "203.0.113.78") for node in (0, 1)]
    assert sum(at_once(*(lambda door=door: type_in(scene, door, BOB, code) for door in doors))) == 1
    assert [type_in(scene, door, BOB, code) for door in doors] == [False, False]


def keys_of(door: Door) -> set[str]:
    return {key["kid"] for key in door.send("GET", "/oauth/jwks/").json()["keys"]}


def signed_by(scene: Scene, door: Door, browser: Browser) -> str:
    token = scene.tokens(door, browser)["id_token"]
    return str(jwt.get_unverified_header(token)["kid"])


def test_both_nodes_change_the_signing_key_at_the_same_moment(scene: Scene) -> None:
    browser = scene.signed_in(scene.first)
    old = signed_by(scene, scene.first, browser)
    before = keys_of(scene.first)
    scene.cluster.manage("rotate_signing_key", "--yes")
    (new,) = wait_for(scene, before)
    assert signed_by(scene, scene.first, browser) == signed_by(scene, scene.second, browser) == old
    # The six minutes for which it is announced pass.
    with psycopg.connect(
        scene.cluster.database.url.replace("postgres:", "postgresql:")
    ) as database:
        database.execute(
            "UPDATE oauth_server_signingkey SET signs_from = now() WHERE kid = %s", [new]
        )
    assert signed_by(scene, scene.first, browser) == signed_by(scene, scene.second, browser) == new
    assert {old, new} <= keys_of(scene.first) & keys_of(scene.second), "old tokens still verify"


def wait_for(scene: Scene, before: set[str]) -> set[str]:
    """Return the keys that both nodes publish beside those `before`, which takes a minute at most:
    the margin that is kept for it."""
    deadline = time.monotonic() + 60
    while not (new := keys_of(scene.first) & keys_of(scene.second) - before):
        assert time.monotonic() < deadline, "a node does not publish the new key"
        time.sleep(0.5)
    return new
