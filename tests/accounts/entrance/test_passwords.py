"""What may be a password, and how it is looked up whether others have lost it."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.test import Client as Browser

from accounts.checks.breached_passwords import check_source
from accounts.entrance.breached_passwords import is_breached
from accounts.models import User
from tests.accounts.second_factors.conftest import SECRET, give_password
from tests.accounts.second_factors.test_codes import code_of_app, type_in
from tests.conftest import PASSWORD
from tests.upstream import TOTP

LOST = "a password that somebody lost"
KEPT = "a password that nobody lost"


def digest(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


class _Range(BaseHTTPRequestHandler):
    server: "_Service"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Add-Padding")))
        self.send_response(self.server.status)
        self.end_headers()
        prefix = self.path.removeprefix("/range/")
        known = [digest(LOST) + ":3", digest(KEPT) + ":0"]
        lines = [line[5:] for line in known if line.startswith(prefix)]
        self.wfile.write("\r\n".join(["0" * 35 + ":0", *lines]).encode())

    def log_message(self, *args: Any) -> None:
        """Nothing: a test says itself what it saw."""


class _Service(ThreadingHTTPServer):
    asked: list[tuple[str, str | None]]
    status = 200


@pytest.fixture
def service(settings: Any) -> Iterator[_Service]:
    server = _Service(("127.0.0.1", 0), _Range)
    server.asked = []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.BREACHED_PASSWORDS = f"http://127.0.0.1:{server.server_port}/range/"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def breach(settings: Any, tmp_path: Path) -> list[str]:
    """A list as Have I Been Pwned has it. Returns the passwords on it."""
    lost = [f"lost {number}" for number in range(500)]
    path = tmp_path / "list.txt"
    path.write_bytes("\r\n".join(f"{each}:7" for each in sorted(map(digest, lost))).encode())
    settings.BREACHED_PASSWORDS = f"file:{path}"
    return lost


# --- How long, and of what ---


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["x" * 129, "x" * 1_000_000], ids=len)
@pytest.mark.parametrize(
    ("path", "field"), [("/accounts/signup/", "password1"), ("/accounts/login/", "password")]
)
def test_a_password_that_is_too_long_is_an_error_at_its_field(
    client: Browser, path: str, field: str, password: str
) -> None:
    form = {"email": "carol@example.com", "login": "carol@example.com", field: password}
    page = client.post(path, form).content.decode()
    assert "“Password” must be 128 characters or fewer." in page
    assert "xxxxx" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password", ["correct horse battery", "ßßßßßßßßßßßß…", "🔑🐎🔋📎 staple", " leading and so on "]
)
def test_a_password_may_be_made_of_anything(client: Browser, password: str) -> None:
    form = {"email": "carol@example.com", "password1": password}
    assert client.post("/accounts/signup/", form).status_code == 302
    assert User.objects.get().check_password(password)


@pytest.mark.django_db
def test_a_common_password_is_refused_in_words(client: Browser) -> None:
    form = {"email": "carol@example.com", "password1": "1234567890"}
    page = client.post("/accounts/signup/", form).content.decode()
    assert "This password has been in a data breach" in page
    assert "1234567890" not in page


@pytest.mark.django_db
def test_a_breached_password_is_no_new_one_and_still_signs_in(
    alice: User, service: _Service
) -> None:
    alice.set_password(LOST)
    alice.save()
    browser = Browser()
    form = {"login": alice.email, "password": LOST}
    assert browser.post("/accounts/login/", form).status_code == 302
    change = {"oldpassword": LOST, "password1": LOST, "password2": LOST}
    page = browser.post("/accounts/password/change/", change).content.decode()
    assert "This password has been in a data breach" in page


# --- How it is hashed ---

# PASSWORD, at the cost that is Django's own.
COSTLY = (
    "argon2$argon2id$v=19$m=102400,t=2,p=8$R2ZTNW1QcWt5WjRMczB1SHRSd1hiMQ$"
    "UZicsgf9DKppUFsS12zeSQpf4uA4o6tjF3jf2727y54"
)


@pytest.fixture
def costly(alice: User) -> User:
    """Alice, whose password was hashed at another cost than today's."""
    alice.password = COSTLY
    alice.save()
    return alice


def test_a_hash_costs_as_owasp_recommends() -> None:
    """In a process of its own: here hashes are quick."""
    code = "from accounts.entrance.hashing import PasswordHasher as H; print(H().params())"
    cost = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "time_cost=2, memory_cost=19456, parallelism=1" in cost.stdout


def test_a_hash_of_another_cost_signs_in_and_is_made_anew(costly: User) -> None:
    browser = Browser()
    form = {"login": costly.email, "password": PASSWORD}
    assert browser.post("/accounts/login/", form).status_code == 302
    assert browser.get("/account/").status_code == 200
    costly.refresh_from_db()
    assert costly.password != COSTLY
    assert not get_hasher().must_update(costly.password)
    assert Browser().post("/accounts/login/", form).status_code == 302


def test_a_wrong_password_makes_no_hash_anew(costly: User) -> None:
    Browser().post("/accounts/login/", {"login": costly.email, "password": "wrong"})
    costly.refresh_from_db()
    assert costly.password == COSTLY


@pytest.mark.parametrize("path", ["/accounts/reauthenticate/", "/accounts/password/change/"])
def test_proving_it_once_more_ends_no_session(costly: User, path: str) -> None:
    browser = Browser()
    browser.force_login(costly)
    browser.post(path, {"password": PASSWORD, "oldpassword": PASSWORD, "password1": "short"})
    assert browser.get("/account/").status_code == 200
    costly.refresh_from_db()
    assert costly.password == COSTLY


def test_a_hash_is_not_made_anew_before_the_second_step(costly: User) -> None:
    TOTP.activate(costly, SECRET)
    browser = Browser()
    give_password(browser)
    costly.refresh_from_db()
    assert costly.password == COSTLY
    type_in(browser, code_of_app())
    costly.refresh_from_db()
    assert costly.password != COSTLY
    assert browser.get("/account/").status_code == 200


def test_a_hash_is_not_made_anew_over_another_password(costly: User) -> None:
    TOTP.activate(costly, SECRET)
    browser = Browser()
    give_password(browser)
    costly.set_password(KEPT)
    costly.save()
    type_in(browser, code_of_app())
    assert browser.get("/account/").status_code == 302
    assert User.objects.get(pk=costly.pk).check_password(KEPT)


# --- Offline ---


def test_a_file_is_searched_from_its_first_line_to_its_last(breach: list[str]) -> None:
    assert all(is_breached(password) for password in breach)
    assert not any(is_breached(f"kept {number}") for number in range(500))


@pytest.mark.parametrize("content", ["", "\n", "nonsense", "F" * 5000])
def test_a_file_that_is_no_list_keeps_nobody_out(
    settings: Any, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "list.txt"
    path.write_text(content)
    settings.BREACHED_PASSWORDS = f"file:{path}"
    assert not is_breached(PASSWORD)


def test_a_file_that_is_gone_keeps_nobody_out(settings: Any, caplog: Any) -> None:
    settings.BREACHED_PASSWORDS = "file:/nowhere"
    assert not is_breached(LOST)
    assert "cannot be read" in caplog.text


# --- By a service ---


def test_a_service_is_told_five_digits_and_asked_for_padding(service: _Service) -> None:
    assert is_breached(LOST)
    assert service.asked == [(f"/range/{digest(LOST)[:5]}", "true")]


def test_a_count_of_none_is_padding(service: _Service) -> None:
    assert not is_breached(KEPT)


def test_a_service_that_fails_keeps_nobody_out_and_is_logged(
    service: _Service, caplog: Any
) -> None:
    service.status = 503
    assert not is_breached(LOST)
    assert "Breached passwords could not be asked for" in caplog.text
    assert digest(LOST) not in caplog.text


def test_a_service_that_is_gone_keeps_nobody_out(settings: Any, caplog: Any) -> None:
    settings.BREACHED_PASSWORDS = "http://127.0.0.1:1/range/"
    assert not is_breached(LOST)
    assert "asked for: Unavailable" in caplog.text


# --- At start ---


@pytest.mark.parametrize(
    "source",
    ["", "none", "file:/nowhere", "http://evil.example/range/", "https://a.example", "https://["],
)
def test_a_source_that_cannot_be_asked_is_found_at_start(settings: Any, source: str) -> None:
    settings.BREACHED_PASSWORDS = source
    assert [found.id for found in check_source()] == ["accounts.E009"]


@pytest.mark.parametrize("source", ["common", "https://api.pwnedpasswords.com/range/"])
def test_a_source_that_can_be_asked_is_fine(settings: Any, source: str) -> None:
    settings.BREACHED_PASSWORDS = source
    assert check_source() == []
