"""Let an admin try a third party: a sign-in that ends by showing what was told, and stores nothing.

Also of one that is off, which nobody else can sign in with meanwhile.
"""

import time
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.text.email_addresses import readable
from accounts.third_parties import signing_up
from accounts.third_parties.errors import AnotherAccount, as_set_up

PROCESS = "try"  # among allauth's AuthProcess
_TRIED = "third_party_tried"  # in the session: the primary key of the app, and since when
_SECONDS = 600
_BY = "tried_by"  # in the state: the admin's `sub`


def provider_of(request: HttpRequest, app: SocialApp) -> Any:
    """Return the provider of `app`, for this admin's session also where it is off."""
    request.session[_TRIED] = (app.pk, time.time())
    name = app.provider_id or app.provider
    return get_adapter().get_provider(request, name, client_id=app.client_id)


def begin(request: HttpRequest, app: SocialApp) -> HttpResponse:
    """Send the admin to the third party. Raises ThirdPartyError where it cannot begin."""
    state = {_BY: request.user.sub}  # type: ignore[union-attr]
    with as_set_up():
        response: HttpResponse = provider_of(request, app).redirect(request, PROCESS, None, state)
    return response


def tries(request: HttpRequest | None, app: SocialApp) -> bool:
    """Return whether `app` is what this session's admin tries just now."""
    if request is None or not app.pk or not hasattr(request, "session"):
        return False
    tried, since = request.session.get(_TRIED, (None, 0))
    return tried == app.pk and time.time() - since < _SECONDS and _may_try(request)


def _may_try(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_active and request.user.is_superuser


@sensitive_variables("login")
def show(request: HttpRequest, login: SocialLogin) -> None:
    """Answer the admin who tries, and nobody else, with what the third party told. Raises
    AnotherAccount where it is not the browser that began."""
    if login.state.get("process") != PROCESS:
        return
    by = (login.state.get("data") or {}).get(_BY)
    if not _may_try(request) or request.user.sub != by:  # type: ignore[union-attr]
        raise AnotherAccount("a try")
    context = {"app": login.provider.app, **_told(login), "follows": _follows(login)}
    response = render(request, "admin/socialaccount/socialapp/tried.html", context)
    request.session.pop(_TRIED, None)
    response["Cache-Control"] = "no-store"
    raise ImmediateHttpResponse(response)


def _told(login: SocialLogin) -> dict[str, Any]:
    vouched = [readable(each.email) for each in login.email_addresses]
    told = login.user.email if login.user else ""
    return {
        "uid": login.account.uid,
        "name": login.user.name if login.user else "",
        "vouched": vouched,
        "told_email": readable(told) if told and not vouched else "",
        "names": sorted(_names(login.account.extra_data)),
    }


def _names(extra: Any) -> list[str]:
    """Return the names of the claims: what they hold is the tester's own, and not for a page."""
    told = extra.get("userinfo", extra) if isinstance(extra, dict) else {}
    return [str(name) for name in told] if isinstance(told, dict) else []


def _follows(login: SocialLogin) -> str:
    """Say what would happen to a person who signs in like this."""
    if login.is_existing:
        return _("They would be signed in to the account that is connected to it.")
    for address in login.email_addresses:
        if User.objects.owning(address.email):
            return _("They would be signed in to the account that has %(readable)s.") % {
                "readable": readable(address.email)
            }
    rule = signing_up.rule_of(login)
    if not rule.is_offered:
        return _("They would be told that they cannot make an account (%(mode)s).") % {
            "mode": rule.mode
        }
    if login.email_addresses:
        return _("They would get a new account at once, as it vouches for their address.")
    return _("They would get a new account, once they have entered a code that is mailed to them.")
