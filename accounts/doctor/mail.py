"""Look whether mail leaves this site: people sign in by codes in it."""

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from accounts.doctor.calls import Call
from accounts.doctor.findings import Finding, Topic
from accounts.network.waiting import waiting_anyway

topic = Topic("mail")

_SERVER = "The mail server lets this site in"
_REMEDY = "Compare EMAIL_URL with what your mail server's documentation says."


def calls() -> Iterator[Call]:
    yield Call(topic, _SERVER, _server)


def _server() -> Iterator[Finding]:
    """Connect and log in, and send nothing."""
    connection = get_connection()
    if not hasattr(connection, "host"):
        yield topic.skipped(_SERVER, f"Mail goes to no server ({_kind()}): EMAIL_URL.")
        return
    try:
        connection.open()
        connection.close()
    except (OSError, ValueError) as error:
        yield topic.broken(_SERVER, f"It does not: {_words(error)}.", _REMEDY)
    else:
        yield topic.ok(_SERVER, "A connection was made, with the login that is set.")


def send(address: str) -> Finding:
    """Send a letter to `address`, at once, and say what the server says of it."""
    checked = f"A letter to {address}"
    message = EmailMessage(
        subject=f"A test from {settings.SITE_NAME}",
        body=f"Mail from {settings.SITE_URL} arrives. Nobody has to do anything.",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
    )
    try:
        with waiting_anyway("mail"):
            message.send()
    except (OSError, ValueError) as error:
        return topic.broken(checked, f"It was not sent: {_words(error)}.", _REMEDY)
    return topic.ok(checked, f"It was handed on ({_kind()}). See that it arrives, and not as spam.")


def _kind() -> str:
    return settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]


def _words(error: Exception) -> str:
    """Name what went wrong. A mail server's own words repeat logins and addresses."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it refuses the login (status {error.smtp_code})"
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()
