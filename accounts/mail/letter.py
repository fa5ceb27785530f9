"""Write a letter: the frame that all share, in the language of whoever reads it.

A letter has the two parts and the subject of a template prefix, as allauth has them:
`<prefix>_subject.txt`, `<prefix>_message.txt` and `<prefix>_message.html`.
"""

from collections.abc import Callable
from datetime import datetime
from email.utils import make_msgid
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account import app_settings as account
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from accounts.mail import delivery
from accounts.network import browser_names, places
from accounts.network.client_address import client_address
from accounts.site.language import language_of
from accounts.text.email_addresses import comparable

if TYPE_CHECKING:
    pass


# How long the code in a letter of allauth's works, in seconds.
_CODE_LASTS: dict[str, Callable[[], int]] = {
    "account/email/login_code": lambda: account.LOGIN_BY_CODE_TIMEOUT,
    "account/email/reauthentication_code": lambda: account.LOGIN_BY_CODE_TIMEOUT,
    "account/email/email_confirmation": lambda: account.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
    "account/email/email_confirmation_signup": lambda: account.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
    "account/email/password_reset_code": lambda: account.PASSWORD_RESET_BY_CODE_TIMEOUT,
}


class Fact(NamedTuple):
    name: str
    value: str


def write(prefix: str, to: str, language: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """Return the letter `prefix` to the address `to`. To be called with `language` active, as
    whatever `context` holds is written in it."""
    frame = {
        "site_name": settings.SITE_NAME,
        "language": language,
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "accent": settings.BRAND_ACCENT or "#0b6a5b",
        "support": settings.SUPPORT_ADDRESS,
    }
    # In ASCII, also where it was stored in letters before: Django would spell some domains wrong.
    message = get_adapter().render_mail(prefix, comparable(to), frame | context, _headers())
    return cast(EmailMultiAlternatives, message)


def send_what_signing_in_needs(prefix: str, to: str, context: dict[str, Any]) -> None:
    """Send one of allauth's letters: a code, a link, or why there is none.

    Known or unknown, an address costs the same queries.
    """
    from accounts.models import User  # this module is loaded before the models are

    # No more of them than is needed: building a whole person takes time, which tells.
    person = User.objects.only("locale", "zoneinfo").filter(email=comparable(to)).first()
    language = language_of(person, is_asking=True)
    request = context.get("request")
    with translation.override(language):
        facts = facts_of(
            at=timezone.now(),
            zone=person.zoneinfo if person else "",
            user_agent=request.headers.get("User-Agent", "") if request else "",
            address=client_address(request) if request else "",
        )
        ours = {"facts": facts, "minutes": _CODE_LASTS.get(prefix, lambda: 0)() // 60}
        delivery.post(write(prefix, to, language, context | ours), prefix)


def facts_of(*, at: datetime, zone: str, user_agent: str = "", address: str = "") -> list[Fact]:
    """Return when and from where, in the active language; what is not known is left out."""
    facts = [
        Fact(_("Time"), _moment(at, zone)),
        Fact(_("Device"), browser_names.describe(user_agent)),
        Fact(_("IP address"), address),
        Fact(_("Approximate location"), places.place(address)),
    ]
    return [fact for fact in facts if fact.value]


def _moment(at: datetime, zone: str) -> str:
    local = at.astimezone(_zone(zone))
    when = {"date": date_format(local, "DATE_FORMAT"), "time": time_format(local, "TIME_FORMAT")}
    return _("%(date)s, %(time)s (%(zone)s)") % {**when, "zone": str(local.tzinfo)}


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):  # one that this machine does not know any more
        return ZoneInfo(settings.TIME_ZONE)


def _headers() -> dict[str, str]:
    """Return the headers of a letter. RFC 3834: let no holiday notice answer. The Message-ID is the
    site's, and not that of a node; a letter keeps it when it is sent again."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    return {"Auto-Submitted": "auto-generated", "Message-ID": make_msgid(domain=host)}
