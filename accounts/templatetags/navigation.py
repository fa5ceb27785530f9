"""Show the navigation of a person's account."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import RequestContext
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.invitation import people_may_invite

register = template.Library()


@dataclass(frozen=True)
class Entry:
    """Describe a page of the account: the name of its address, and the beginnings of other
    addresses that belong to it. `is_there` says whether this site has it."""

    name: str
    text: Promise
    beginnings: tuple[str, ...] = ()
    is_above_all: bool = False
    is_there: Callable[[], bool] = field(default=lambda: True)

    def url(self) -> str:
        """Return where the entry leads, "" while this site has no such page."""
        return reverse(self.name) if self.is_there() else ""

    def holds(self, path: str, url: str) -> bool:
        """Return whether the page at `path` is this one, whose address is `url`, or one that it
        leads to."""
        if path == url:
            return True
        below = () if self.is_above_all else (url,)
        return path.startswith((*below, *self.beginnings))


_PASSWORD_AND_FACTORS = ("/accounts/password/", "/accounts/2fa/")

ENTRIES = (
    Entry("account_home", _("Overview"), is_above_all=True),
    Entry("account_profile", _("Profile")),
    Entry("account_email", _("E-mail addresses")),
    Entry("account_methods", _("Sign-in and security"), _PASSWORD_AND_FACTORS),
    Entry("socialaccount_connections", _("Connected accounts")),
    Entry("account_sessions", _("Devices"), ("/account/sign-out-everywhere/",)),
    Entry("account_apps", _("Apps")),
    Entry(
        "account_tokens",
        _("Personal access tokens"),
        is_there=lambda: settings.PERSONAL_TOKENS,
    ),
    Entry("account_invitations", _("Invitations"), is_there=people_may_invite),
    Entry("account_activity", _("Recent activity")),
    Entry("account_export", _("Your data"), ("/account/delete/",)),
)


@register.inclusion_tag("snippets/account_navigation.html", takes_context=True)
def account_navigation(context: RequestContext) -> dict[str, object]:
    """Return the pages that are there, and which of them this is or belongs to."""
    request: HttpRequest = context["request"]
    shown = [
        {
            "url": url,
            "text": entry.text,
            "is_here": url == request.path,
            "is_current": entry.holds(request.path, url),
        }
        for entry in ENTRIES
        if (url := entry.url())
    ]
    return {"entries": shown, "user": context.get("user")}
