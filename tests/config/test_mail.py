"""EMAIL_URL: what it says is done, and a login never goes out in clear."""

import select
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.checks import run_checks

from accounts.mail.backend import LoginInClear
from config import mail as reader

LOGIN = "user:p%40ss@mail.example.com"


def protection(url: str) -> tuple[Any, ...]:
    read = reader.settings(url)
    assert read["EMAIL_PROBLEM"] == ""
    return read["EMAIL_PORT"], read["EMAIL_USE_SSL"], read["EMAIL_USE_TLS"]


@pytest.mark.parametrize(
    ("url", "port", "implicit", "starttls"),
    [
        (f"submissions://{LOGIN}", 465, True, False),
        (f"smtps://{LOGIN}", 465, True, False),
        (f"SMTPS://{LOGIN}", 465, True, False),
        (f"submissions://{LOGIN}:2465", 2465, True, False),
        (f"submissions://{LOGIN}?ssl=true", 465, True, False),
        (f"submissions://{LOGIN}?tls=false", 465, True, False),
        (f"submission://{LOGIN}", 587, False, True),
        (f"submit://{LOGIN}?tls=off", 587, False, True),
        (f"submission://{LOGIN}?ssl=1", 465, True, False),
        (f"smtp://{LOGIN}?tls=true", 25, False, True),
        (f"smtp://{LOGIN}:465?ssl=true", 465, True, False),
        ("smtp://mail.example.com", 25, False, False),
        ("smtp://user:secret@localhost", 25, False, False),
    ],
)
def test_a_scheme_means_what_rfc_8314_says(
    url: str, port: int, implicit: bool, starttls: bool
) -> None:
    assert protection(url) == (port, implicit, starttls)


def test_name_and_password_are_percent_decoded_and_waiting_has_an_end() -> None:
    read = reader.settings(f"submissions://{LOGIN}?timeout=3")
    assert read["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert read["EMAIL_TIMEOUT"] == 3
    assert reader.settings(f"submissions://{LOGIN}")["EMAIL_TIMEOUT"] == 10


@pytest.mark.parametrize("url", ["file:///srv/mail", "file:////srv/mail"])
def test_a_path_is_absolute(url: str) -> None:
    assert reader.settings(url)["EMAIL_FILE_PATH"] == "/srv/mail"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"smtp://{LOGIN}", "password in clear"),
        (f"smtp://{LOGIN}?tls=false", "password in clear"),
        (f"smtp://{LOGIN}?ssl=0&tls=no", "password in clear"),
        (f"smtp+tls://{LOGIN}", "begins with none of"),
        (f"submissionss://{LOGIN}", "begins with none of"),
        ("mail.example.com", "begins with none of"),
        ("", "begins with none of"),
        (f"submissions://{LOGIN}?tls=true", "STARTTLS and"),
        (f"submission://{LOGIN}?ssl=true&tls=true", "STARTTLS and"),
        (f"submission://{LOGIN}?ssl=maybe", "true or false"),
        (f"submission://{LOGIN}?starttls=true", "no option “starttls”"),
        (f"submission://{LOGIN}?timeout=never", "number of seconds"),
        ("submission://user@mail.example.com", "without a password"),
        (f"submission://{LOGIN}:no", "not an address"),
    ],
)
def test_what_cannot_be_read_or_would_tell_a_password_is_an_error_and_sends_nothing(
    settings: Any, url: str, words: str
) -> None:
    read = reader.settings(url)
    assert words in read["EMAIL_PROBLEM"]
    assert "p%40ss" not in read["EMAIL_PROBLEM"]

    settings.EMAIL_PROBLEM = read["EMAIL_PROBLEM"]
    assert "accounts.E010" in {message.id for message in run_checks()}
    with pytest.raises(OSError, match="E010"):
        mail.get_connection(read["EMAIL_BACKEND"]).send_messages([mail.EmailMessage()])


@pytest.fixture
def server() -> Iterator[Callable[[], tuple[int, list[bytes]]]]:
    """A mail server that offers a login and no STARTTLS, and keeps all that it was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heard: list[bytes] = []

        def answer() -> None:
            peer, _ = listening.accept()
            peer.settimeout(5)
            with peer:
                if not select.select([peer], [], [], 0.3)[0]:  # who speaks first has TLS
                    peer.sendall(b"220 mail.example.com\r\n")
                while data := peer.recv(1_000):
                    heard.append(data)
                    if data[:4].upper() not in (b"EHLO", b"QUIT", b"AUTH"):
                        return
                    peer.sendall(b"250-mail.example.com\r\n250 AUTH PLAIN LOGIN\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield lambda: (listening.getsockname()[1], heard)
        thread.join(5)


def send(url: str) -> None:
    read = reader.settings(url)
    arguments = {
        "host": read["EMAIL_HOST"],
        "port": read["EMAIL_PORT"],
        "username": read["EMAIL_HOST_USER"],
        "password": read["EMAIL_HOST_PASSWORD"],
        "use_tls": read["EMAIL_USE_TLS"],
        "use_ssl": read["EMAIL_USE_SSL"],
    }
    mail.get_connection(read["EMAIL_BACKEND"], **arguments, timeout=5).open()


@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket")  # smtplib's own
@pytest.mark.parametrize("scheme", ["submissions", "smtps"])
def test_implicit_tls_begins_with_the_first_byte(scheme: str, server: Any) -> None:
    port, heard = server()
    with pytest.raises(OSError):  # noqa: PT011 (the server speaks no TLS)
        send(f"{scheme}://user:secret@127.0.0.1:{port}")
    assert heard[0][:1] == b"\x16"  # a TLS handshake


def test_a_server_that_refuses_starttls_is_sent_no_login(server: Any) -> None:
    port, heard = server()
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(f"submission://user:secret@127.0.0.1:{port}")
    assert not any(line.upper().startswith(b"AUTH") for line in heard)


def test_a_login_in_clear_to_another_host_is_refused_whatever_the_settings_say() -> None:
    connection = mail.get_connection(
        "accounts.mail.backend.EmailBackend",
        host="mail.example.com",
        username="user",
        password="secret",
        use_tls=False,
        use_ssl=False,
    )
    with pytest.raises(LoginInClear):
        connection.open()
