"""Traffic on the cluster, and a ledger of all that was answered.

Every request is sent again until it is answered, as a client does that means it: what was answered
with 200 must be there afterwards, whatever was taken away meanwhile.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.cluster.clients import Browser, Door, Scene

PATIENCE = 60.0  # seconds; what a restart takes on a busy machine
_AWAY = {502, 503, 504}


@dataclass
class Ledger:
    """Hold what was answered, by all threads together."""

    issued: int = 0
    access_tokens: list[str] = field(default_factory=list)  # but those that a refresh has ended
    refresh_tokens: list[str] = field(default_factory=list)  # the newest of each chain
    retried: list[str] = field(default_factory=list)  # what had to be sent again, and why
    wrong: list[str] = field(default_factory=list)  # what no retry has cured


class Load:
    """Send requests in `threads` of their own for as long as the block runs."""

    def __init__(self, scene: Scene, threads: int = 3) -> None:
        self.ledger = Ledger()
        self._scene = scene
        self._ending = threading.Event()
        browser = scene.signed_in(scene.first)
        self._threads = [
            threading.Thread(target=Client(scene, self.ledger, browser.cookies, self._ending).run)
            for _ in range(threads)
        ]

    def __enter__(self) -> Ledger:
        for thread in self._threads:
            thread.start()
        self.wait_for(5)
        return self.ledger

    def __exit__(self, *_: object) -> None:
        try:
            self.wait_for(5)
        finally:
            self._ending.set()
            for thread in self._threads:
                thread.join()

    def wait_for(self, number: int) -> None:
        """Return once so many further access tokens were issued: traffic flows."""
        wait_for(self.ledger, number)


def wait_for(ledger: Ledger, number: int) -> None:
    enough, deadline = ledger.issued + number, time.monotonic() + PATIENCE
    while ledger.issued < enough and not ledger.wrong:
        assert time.monotonic() < deadline, f"nothing is answered any more: {ledger.retried[-3:]}"
        time.sleep(0.02)


class NotAnsweredError(Exception):
    """Report a request that no retry has cured."""


class Client:
    """Play an app and its person: get tokens by each grant, use them, and note them."""

    def __init__(
        self, scene: Scene, ledger: Ledger, cookies: dict[str, str], ending: threading.Event
    ) -> None:
        self._app, self._ledger, self._ending = scene.app, ledger, ending
        self._door = Door(scene.cluster)
        self._browser = Browser(dict(cookies))

    def run(self) -> None:
        try:
            tokens = self._begin_chain()
            while not self._ending.is_set():
                again = self._sure("client credentials", self._client_credentials).json()
                self._ledger.access_tokens.append(self._issued(again)["access_token"])
                tokens = self._refresh(tokens["refresh_token"])
                self._use(tokens["access_token"])
            self._ledger.access_tokens.append(tokens["access_token"])
            self._ledger.refresh_tokens.append(tokens["refresh_token"])
        except NotAnsweredError as problem:
            self._ledger.wrong.append(str(problem))

    def _begin_chain(self) -> dict[str, Any]:
        """Sign in at the app. A code whose answer is lost is not presented again: there is a new
        one for the asking, and the old one's tokens end."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = self._once("code", self._redeem_new)
            if found is not None and found.status_code == 200:
                return self._issued(found.json())
        raise NotAnsweredError("no code was redeemed")

    def _redeem_new(self) -> requests.Response:
        code = self._sure("authorization", self._authorize)
        return self._app.redeem(self._door, code)

    def _authorize(self) -> Any:
        return self._app.code(self._door, self._browser)

    def _client_credentials(self) -> requests.Response:
        return self._app.post(self._door, "token", grant_type="client_credentials")

    def _refresh(self, token: str) -> dict[str, Any]:
        found = self._sure("refresh", lambda: self._app.refresh(self._door, token))
        return self._issued(found.json())

    def _use(self, token: str) -> None:
        if not self._sure(
            "introspection", lambda: self._app.post(self._door, "introspect", token=token)
        ).json()["active"]:
            raise NotAnsweredError("a token that was just issued is not active")

    def _issued(self, answer: dict[str, Any]) -> dict[str, Any]:
        self._ledger.issued += 1
        return answer

    def _sure(self, what: str, send: Callable[[], Any]) -> Any:
        """Send until it is answered. Raises NotAnsweredError for any other answer than 200."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = self._once(what, send)
            if found is None:
                time.sleep(0.1)
            elif isinstance(found, requests.Response) and found.status_code != 200:
                raise NotAnsweredError(f"{what}: {found.status_code} {found.text[:300]}")
            else:
                return found
        raise NotAnsweredError(f"{what}: not answered in {PATIENCE:.0f} seconds")

    def _once(self, what: str, send: Callable[[], Any]) -> Any:
        """Send; return None where the site, or a part of it, was away."""
        try:
            found = send()
        except requests.HTTPError as error:  # no code: see App.code
            if error.response is None or error.response.status_code not in _AWAY:
                raise NotAnsweredError(f"{what}: {error}") from error
            found = error.response
        except requests.RequestException as error:
            self._ledger.retried.append(f"{what}: {type(error).__name__}")
            return None
        if isinstance(found, requests.Response) and found.status_code in _AWAY:
            self._ledger.retried.append(f"{what}: {found.status_code}")
            return None
        return found


def check(scene: Scene, ledger: Ledger) -> None:
    """Hold that what was answered is there: each access token, and each refresh token once."""
    assert ledger.wrong == []
    assert len(ledger.access_tokens) > 10
    lost = [token for token in ledger.access_tokens if not scene.app.is_active(scene.proxy, token)]
    assert lost == []
    assert ledger.refresh_tokens
    for token in ledger.refresh_tokens:
        second = scene.app.refresh(scene.proxy, token)
        assert second.status_code == 200, second.text
        third = scene.app.refresh(scene.proxy, second.json()["refresh_token"])
        assert third.status_code == 200, third.text
        assert scene.app.refresh(scene.proxy, token).status_code == 400
