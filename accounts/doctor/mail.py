"""Look whether mail leaves this site: people sign in by codes in it."""

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext_lazy as _

from accounts.doctor.calls import Call
from accounts.doctor.findings import Finding, Topic
from accounts.network.waiting import waiting_anyway

topic = Topic("mail")

_SERVER = _("The mail server lets this site in")
_REMEDY = _("Compare EMAIL_URL with what your mail server's documentation says.")


def calls() -> Iterator[Call]:
    yield Call(topic, _SERVER, _server)


def _server() -> Iterator[Finding]:
    """Connect and log in, and send nothing."""
    connection = get_connection()
    if not hasattr(connection, "host"):
        found = _("Mail goes to no server (%(kind)s): EMAIL_URL.") % {"kind": _kind()}
        yield topic.skipped(_SERVER, found)
        return
    try:
        connection.open()
        connection.close()
    except (OSError, ValueError) as error:
        yield topic.broken(_SERVER, _("It does not (%(why)s).") % {"why": _words(error)}, _REMEDY)
    else:
        yield topic.ok(_SERVER, _("A connection was made, with the login that is set."))


def send(address: str) -> Finding:
    """Send a letter to `address`, at once, and say what the server says of it."""
    checked = _("A letter to %(address)s") % {"address": address}
    message = EmailMessage(
        subject=_("A test from %(site)s") % {"site": settings.SITE_NAME},
        body=_("Mail from %(url)s arrives. Nobody has to do anything.")
        % {"url": settings.SITE_URL},
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
    )
    try:
        with waiting_anyway("mail"):
            message.send()
    except (OSError, ValueError) as error:
        found = _("It was not sent (%(why)s).") % {"why": _words(error)}
        return topic.broken(checked, found, _REMEDY)
    words = _("It was handed on (%(kind)s). See that it arrives, and not as spam.")
    return topic.ok(checked, words % {"kind": _kind()})


def _kind() -> str:
    return settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]


def _words(error: Exception) -> str:
    """Name what went wrong. A mail server's own words repeat logins and addresses."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _("it refuses the login, status %(status)s") % {"status": error.smtp_code}
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()
