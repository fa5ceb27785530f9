"""Choose a kind of third party, check one, try it, turn it on and off: pages of Django admin."""

from typing import Any

from allauth.socialaccount.models import SocialApp
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.account_pages import locked_out
from accounts.site import csp
from accounts.staff import counts
from accounts.third_parties import checking, kinds, registration, trying
from accounts.third_parties.errors import ThirdPartyError

_FOLDER = "admin/socialaccount/socialapp"
_NAMED = 20  # people
_COUNTED = 10_000
_ON, _OFF = _("People can sign in with it now."), _("Nobody can sign in with it now.")


def choose(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask first which kind it is."""
    listed = {"well_known": kinds.WELL_KNOWN, "others": kinds.others()}
    title = {"title": gettext("Add a third party to sign in with")}
    return TemplateResponse(request, f"{_FOLDER}/choose.html", context | listed | title)


def status(request: HttpRequest, app: SocialApp, context: dict[str, Any]) -> HttpResponse:
    """Show whether people may sign in with `app`, check it, try it and turn it on or off. Answers
    what was pressed; the caller says who may press, and that this is outside of a transaction."""
    pressed = request.POST.get("press", "")
    if pressed == "try":
        return _try(request, app)
    findings: list[checking.Finding] = []
    if pressed == "check":
        findings = _check(request, app)
        if checking.passed(findings) and app.settings.get(registration.OFF):
            registration.turn(app, on=True)
            messages.success(request, gettext("The check passed. %(state)s") % {"state": _ON})
    if pressed in ("on", "off"):
        registration.turn(app, on=pressed == "on")
        messages.success(request, _ON if pressed == "on" else _OFF)
        return HttpResponseRedirect(request.path)
    shown = {
        "title": gettext("%(name)s: check and turn on or off") % {"name": app.name},
        "original": app,
        "kind": kinds.of(app.provider),
        "callback_url": registration.callback_url(app),
        "is_off": app.settings.get(registration.OFF) is True,
        "findings": findings,
        "passed": checking.passed(findings),
        **without(app),
    }
    response = TemplateResponse(request, f"{_FOLDER}/status.html", context | shown)
    # A try leads to the third party, which Chromium holds against `form-action` (site/csp.py).
    response["Content-Security-Policy"] = csp.policy_of_chains()
    return response


def without(app: SocialApp) -> dict[str, Any]:
    """Return what it would mean if nobody could sign in with `app`, for the pages that do that."""
    key = app.provider_id or app.provider
    out = locked_out.locked_out(key)
    return {
        "connected": counts.in_words(locked_out.connected(key), _COUNTED),
        "codes_alone": counts.in_words(locked_out.with_nothing_else(key), _COUNTED),
        "locked_out": counts.in_words(out, _COUNTED),
        "locked_out_people": [*out[:_NAMED]],
    }


def _check(request: HttpRequest, app: SocialApp) -> list[checking.Finding]:
    try:
        registration.check(app)
        provider = trying.provider_of(request, app)
    except (ValidationError, ThirdPartyError, SocialApp.DoesNotExist) as error:
        words = " ".join(getattr(error, "messages", [gettext("Its secret cannot be decrypted.")]))
        return [
            checking.Finding(
                gettext("Settings"), checking.State.BROKEN, words, gettext("Enter them again.")
            )
        ]
    return checking.check(request, provider.app, provider)


def _try(request: HttpRequest, app: SocialApp) -> HttpResponse:
    try:
        return trying.begin(request, app)
    except (ThirdPartyError, SocialApp.DoesNotExist) as error:
        messages.error(
            request,
            gettext("A sign-in cannot begin: %(error)s. Press Check to see why.")
            % {"error": error},
        )
        return HttpResponseRedirect(request.path)
