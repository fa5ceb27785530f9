"""A receipt in words: what a revocation ended, for the person or the admin who asked for it."""

from typing import TYPE_CHECKING

from django.utils import formats, timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from accounts.oauth_server.revocation import Receipt


def in_words(receipt: "Receipt") -> str:
    """Return such as “Ended: 2 sessions and 1 access token, last used on 3 May 2030 at 10:15.”"""
    named = _counted(receipt)
    if not named:
        return _("There was nothing left to end.")
    listed = get_text_list(named, _("and"))
    if receipt.last_used is None:
        return _("Ended: %(list)s.") % {"list": listed}
    when = timezone.localtime(receipt.last_used)
    day = formats.date_format(when, "DATE_FORMAT")
    time = formats.time_format(when, "TIME_FORMAT")
    words = _("Ended: %(list)s, last used on %(day)s at %(time)s.")
    return words % {"list": listed, "day": day, "time": time}


def _counted(receipt: "Receipt") -> list[str]:
    sessions, codes = receipt.sessions, receipt.codes
    access, refresh = receipt.access_tokens, receipt.refresh_tokens
    personal = receipt.personal_tokens
    counted = [
        (ngettext("%(count)s session", "%(count)s sessions", sessions), sessions),
        (ngettext("%(count)s access token", "%(count)s access tokens", access), access),
        (ngettext("%(count)s refresh token", "%(count)s refresh tokens", refresh), refresh),
        (ngettext("%(count)s unused code", "%(count)s unused codes", codes), codes),
        (ngettext("%(count)s personal token", "%(count)s personal tokens", personal), personal),
    ]
    return [words % {"count": count} for words, count in counted if count]
