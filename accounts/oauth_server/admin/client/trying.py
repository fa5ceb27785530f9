"""Try a client from its page in Django admin: run an authorization, and show each step of it.

Whoever may change the client may try it, as themselves: it is their own claims that they see. What
guards the redirect URI of a trial, authorization/trials.py says.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.oauth_server.admin.client.trial_run import TrialRun
from accounts.oauth_server.authorization import trials
from accounts.oauth_server.authorization.trials import Trial
from accounts.oauth_server.exchanges import wire
from accounts.oauth_server.exchanges.wire import Step
from accounts.oauth_server.models import Client
from accounts.oauth_server.models.client import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, DEVICE_CODE
from accounts.oauth_server.rules.scopes import SCOPES, Holder, to_text
from accounts.oauth_server.wire.endpoint import no_store
from accounts.staff.model_admin import ModelAdmin

PROMPTS = {
    "": gettext_lazy("As an app that says nothing (no prompt)"),
    "login": gettext_lazy("Ask me who I am again (prompt=login)"),
    "consent": gettext_lazy("Ask me again what I allow (prompt=consent)"),
    "none": gettext_lazy("Ask me nothing (prompt=none)"),
}
_GRANTS = {
    AUTHORIZATION_CODE: gettext_lazy("Sign in with the app (authorization code)"),
    CLIENT_CREDENTIALS: gettext_lazy("The app acts for itself (client credentials)"),
    DEVICE_CODE: gettext_lazy("A device with a code (device code)"),
}


class ClientTrials(ModelAdmin):
    """Serve the page that a trial begins at, and the one that it comes back to."""

    def try_it(self, request: HttpRequest, pk: int) -> HttpResponse:
        client = self._triable(request, pk)
        if request.method != "POST":
            return self._page(request, client, [])
        grant, prompt = request.POST.get("grant", ""), request.POST.get("prompt", "")
        scope = to_text(frozenset(request.POST.getlist("scope")) & frozenset(SCOPES))
        if grant not in _offered(client) or prompt not in PROMPTS or not client.is_active:
            messages.error(
                request, _("Choose from the lists what to try, of an app that is active.")
            )
            return self._page(request, client, [])
        self.log_change(request, client, f"Tried the app: {_GRANTS[grant]}.")
        if grant == AUTHORIZATION_CODE:
            return HttpResponseRedirect(trials.begin(request, client, scope=scope, prompt=prompt))
        run = TrialRun(request, client)
        steps = run.act_for_itself if grant == CLIENT_CREDENTIALS else run.show_code
        return self._page(request, client, run.undone(lambda: steps(scope)))

    def try_callback(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the authorization response of the trial that began in this session, once."""
        client = self._triable(request, pk)
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        trial = Trial.read(request)
        is_answer = trial and trial.client == pk
        if not trial or not is_answer or not trial.is_answered_by(request.GET.get("state", "")):
            messages.error(
                request, _("No trial of this app waits for this answer. Begin a new one.")
            )
            return redirect("admin:oauth_server_client_try", pk)
        trials.end(request)
        run = TrialRun(request, client)
        run.steps += _authorization(request, trial)
        code = request.GET.get("code", "")
        if trial.is_for(code):
            run.undone(lambda: run.redeem(trial, code))
        return self._page(request, client, run.steps)

    def _triable(self, request: HttpRequest, pk: int) -> Client:
        client: Client = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        return client

    def _page(self, request: HttpRequest, client: Client, steps: list[Step]) -> HttpResponse:
        holder = Holder.PERSON if client.allows_grant_type(AUTHORIZATION_CODE, DEVICE_CODE) else (
            Holder.CLIENT
        )  # fmt: skip
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Try %(name)s") % {"name": client.name},
            "original": client,
            "opts": client._meta,
            "steps": steps,
            "grants": _offered(client),
            "prompts": PROMPTS,
            "scopes": sorted(client.allowed_scopes(holder)),
            "ticked": client.scopes_by_default(holder) | {"openid"},
            "redirect_uri": trials.redirect_uri(client.pk),
        }
        page = "admin/oauth_server/client/try.html"
        return no_store(render(request, page, context))


def _offered(client: Client) -> dict[str, Any]:
    return {name: words for name, words in _GRANTS.items() if client.allows_grant_type(name)}


def _authorization(request: HttpRequest, trial: Trial) -> list[Step]:
    """Return the two steps that went through the admin's browser."""
    address = f"{reverse('oauth_server:authorize')}?{trial.query}"
    answered = request.GET.dict()
    error = answered.get("error", "")
    checks = {
        _("state is the one that was sent"): trial.is_answered_by(answered.get("state", "")),
        _("iss is this site’s issuer (RFC 9207)"): answered.get("iss") == settings.SITE_URL,
    }
    if not error:
        checks[_("The code is the one that this site answered with")] = trial.is_for(
            answered.get("code", "")
        )
    return [
        Step(_("The app sends the person’s browser to this site"), wire.redirect(address)),
        Step(
            _("This site sends them back"),
            answered=wire.redirected(trials.redirect_uri(trial.client), answered),
            error=error,
            description=answered.get("error_description", ""),
            rule=wire.rule_at_authorize(error) if error else "",
            checks=checks,
        ),
    ]
