"""docs/operating.md: a backup as it says, made under load, and restored as it says.

What was answered before the backup began is there afterwards, and what was used is used.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client as Browser

from accounts.models import EncryptionKey, User
from accounts.oauth_server.models import SigningKey
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.conftest import app
from tests.accounts.second_factors.conftest import SECRET, give_password
from tests.accounts.second_factors.test_codes import SECOND_STEP, code_of_app, is_signed_in
from tests.docs.terminal import Terminal
from tests.documents import OPERATING
from tests.migrated import server
from tests.upstream import TOTP

__all__ = ["app"]

pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
]

ENOUGH, MORE = 3, 2  # answers of each kind before the backup, and while it is made
SECONDS = 60
PAUSE = 0.02  # seconds between two: SQLite's one writer at a time is to be had by all four


def block(command: str) -> str:
    """The lines of the document that have `command`."""
    (found,) = (block for block in OPERATING.blocks() if command in block)
    return found


@dataclass
class Traffic:
    """Apps and people who do things without end, and note what they were answered with 200."""

    app: App
    alice: User
    codes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)

    def redeem(self) -> None:
        code = self.app.code_for(self.alice)
        answer = self.app.redeem(code)
        assert answer.status_code == 200
        self.codes.append((code, answer.json()))

    def ask_for_own(self) -> None:
        answer = self.app.post("/oauth/token/", {"grant_type": "client_credentials"})
        assert answer.status_code == 200
        self.own.append(answer.json()["access_token"])

    def refresh(self) -> None:
        if not self.refreshed:
            self.refreshed.append(self.app.tokens_for(self.alice)["refresh_token"])
        answer = self.app.refresh(self.refreshed[-1])
        assert answer.status_code == 200
        self.refreshed.append(answer.json()["refresh_token"])

    def join(self) -> None:
        email = f"person-{len(self.people)}@example.com"
        form = {"email": email, "password1": "correct horse battery"}
        assert Browser().post("/accounts/signup/", form).status_code == 302
        self.people.append(email)

    @property
    def counts(self) -> list[int]:
        return [len(each) for each in (self.codes, self.own, self.refreshed, self.people)]

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Let all of it go on until the block ends. What fails in it fails the test."""
        over, failed = threading.Event(), self.failed

        def repeat(step: Callable[[], None]) -> None:
            try:
                while not over.wait(PAUSE):
                    step()
            except (AssertionError, Exception) as error:  # noqa: BLE001 (raised below)
                failed.append(error)
            finally:
                connection.close()

        steps = (self.redeem, self.ask_for_own, self.refresh, self.join)
        threads = [threading.Thread(target=repeat, args=[step]) for step in steps]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert failed == []

    def wait_for_more(self, at_least: int) -> None:
        goal = [count + at_least for count in self.counts]
        deadline = time.monotonic() + SECONDS
        while any(now < then for now, then in zip(self.counts, goal, strict=True)):
            assert self.failed == []
            assert time.monotonic() < deadline, self.counts
            time.sleep(0.05)

    def so_far(self) -> "Traffic":
        lists = (self.codes, self.own, self.refreshed, self.people)
        return Traffic(self.app, self.alice, *(list(each) for each in lists))


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Have everything here that asks the database ask that one."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    yield
    connection.close()
    connection.settings_dict["NAME"] = before


@pytest.fixture
def places(transactional_db: None, migrated: Any, tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """The database of a site, one to restore to, and what DATABASE_URL is up to either's name."""
    if connection.vendor == "sqlite":
        paths = [migrated(tmp_path / each) / "latchkey.sqlite3" for each in ("data", "other")]
        yield str(paths[0]), str(paths[1]), "sqlite:///"
        return
    own, restored = connection.settings_dict["NAME"], f"latchkey_restored_{os.getpid()}"
    with server() as admin:
        admin.execute(f"CREATE DATABASE {restored}")
        yield own, restored, os.environ["DATABASE_URL"].rpartition("/")[0] + "/"
        connection.close()
        admin.execute(f"DROP DATABASE {restored} WITH (FORCE)")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """In the project, with the settings of these tests, and a directory for backups."""
    (tmp_path / "backups").mkdir()
    own = {
        name: os.environ[name]
        for name in ("SECRET_KEY", "SITE_URL", "ENCRYPTION_KEYS", "DATA_DIR", "EMAIL_URL")
    }
    terminal = Terminal(configured.BASE_DIR, own | {"LOG_LEVEL": "WARNING"})
    yield terminal
    terminal.close()


def here(lines: str, url: str, backups: Path) -> str:
    """The lines of the document, with the places of this test."""
    lines = re.sub(r"postgres://[^']+", url, lines)
    lines = lines.replace("/var/backups/latchkey", str(backups))
    lines = re.sub(r"latchkey-\d+T\d+Z\.sqlite3", "latchkey-*.sqlite3", lines)
    return lines.replace("latchkey.dump", str(backups / "latchkey.dump"))


def test_what_was_answered_before_a_backup_is_there_after_it(
    places: tuple[str, str, str],
    terminal: Terminal,
    tmp_path: Path,
    settings: Any,
    request: pytest.FixtureRequest,
) -> None:
    settings.REFRESH_RETRY_WINDOW = timedelta(0)
    site, other, urls = places
    backups = tmp_path / "backups"
    is_sqlite = connection.vendor == "sqlite"
    backup, restore = (
        ("manage.py backup", "manage.py restore") if is_sqlite else ("pg_dump", "pg_restore")
    )
    keys = list(SigningKey.objects.all())
    with connected_to(site):
        EncryptionKey.objects.note()
        SigningKey.objects.bulk_create(keys, ignore_conflicts=True)
        alice: User = request.getfixturevalue("alice")
        bob: User = request.getfixturevalue("bob")
        traffic = Traffic(request.getfixturevalue("app"), alice)
        TOTP.activate(bob, SECRET)
        code_of_bob = code_of_app()
        browser = Browser()
        give_password(browser, "bob@example.com")
        browser.post(SECOND_STEP, {"code": code_of_bob})
        assert is_signed_in(browser)
        traffic.redeem()  # Alice has allowed the app by now: two at once would ask her twice
        with traffic.flowing():
            traffic.wait_for_more(ENOUGH)
            before = traffic.so_far()
            terminal.enter(f"export DATABASE_URL='{urls}{site}'")
            terminal.enter(here(block(backup), urls + site, backups))
            traffic.wait_for_more(MORE)
    (made,) = backups.iterdir()
    assert made.stat().st_mode & 0o077 == 0

    restoring, *ending = here(block(restore), urls + other, backups).splitlines()
    terminal.enter(f"export DATABASE_URL='{urls}{other}'")
    terminal.enter(restoring + (" --keep-tokens" if is_sqlite else ""))
    with connected_to(other):
        _is_all_there(before)
        give_password(second := Browser(), "bob@example.com")
        second.post(SECOND_STEP, {"code": code_of_bob})
        assert not is_signed_in(second), "a used code was good again"
        token, unused = before.codes[-1][1]["access_token"], traffic.codes[-1][1]["access_token"]
        assert me(unused).status_code == 401, "it was issued later"
    ended = terminal.enter("\n".join(ending) if ending else restoring)
    assert "Signed out: 2 people" in ended
    with connected_to(other):
        assert me(token).status_code == 401


def _is_all_there(before: Traffic) -> None:
    for email in before.people:
        assert User.objects.filter(email=email).exists(), email
    for token in before.own:
        assert before.app.introspect(token)["active"], "a client's own token is lost"
    for _, tokens in before.codes:
        assert me(tokens["access_token"]).status_code == 200
    used = before.app.refresh(before.refreshed[-1])
    # The newest may have been used while the backup began; those before it were used for sure.
    assert used.status_code == 200 or error_in(used) == (400, "invalid_grant")
    for superseded in before.refreshed[:-1]:
        assert error_in(before.app.refresh(superseded)) == (400, "invalid_grant")
    for code, _ in before.codes[:-1]:
        assert error_in(before.app.redeem(code)) == (400, "invalid_grant")
