"""Serve the device authorization grant (RFC 8628): a device begins here, and its person decides.

A code that somebody else sends is how people are phished here (section 5.4), so the page says
where the code must be seen, asks even for apps that are trusted elsewhere, and never decides by a
link alone.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.entrance.typed_codes import CodeField
from accounts.limits.rate_limits import hit
from accounts.models import User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.network.client_address import client_address
from accounts.oauth_server.authorization import consent
from accounts.oauth_server.clients.authentication import authenticate_for, named_in
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import (
    Authorization,
    ClientLogo,
    DeviceGrant,
    ProtectedResource,
    access,
)
from accounts.oauth_server.models.client import DEVICE_CODE
from accounts.oauth_server.models.device_grant import POLLING_INTERVAL
from accounts.oauth_server.recorder.watch import recorded
from accounts.oauth_server.registration import documents
from accounts.oauth_server.rules.scopes import Holder, to_set, to_text
from accounts.oauth_server.wire.asked_resources import asked_target
from accounts.oauth_server.wire.asked_scopes import asked_scopes
from accounts.oauth_server.wire.endpoint import form_endpoint, json_response, no_store
from accounts.oauth_server.wire.form import Form
from accounts.security_events.details import Scopes
from accounts.security_events.record import record
from accounts.sessions.authentication import sign_in_of

View = Callable[[HttpRequest], HttpResponse]

_TYPED_AT_MOST = 40  # characters: what is longer is no code


@recorded("device-authorization")
@form_endpoint
def start(request: HttpRequest) -> HttpResponse:
    """Start a device authorization (sections 3.1 and 3.2)."""
    asked = Form(request)
    documents.read(request, named_in(asked))
    return json_response(begin(asked))


def begin(asked: Form) -> dict[str, Any]:
    """Return the answer of section 3.2. Raises OAuth2Error, and LimitReached."""
    refuse_repeated(asked)
    client = authenticate_for(DEVICE_CODE, asked)
    target = asked_target(client, Holder.PERSON, asked)
    scopes = asked_scopes(client, Holder.PERSON, asked, target.scopes)
    device_code, user_code = DeviceGrant.objects.start(client, scopes, target.audience)
    page = settings.SITE_URL + reverse("oauth_server:device")
    return {
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={user_code}",
        "expires_in": int(settings.DEVICE_CODE_LIFETIME.total_seconds()),
        "interval": POLLING_INTERVAL,
    }


def _keeps_the_code(view: View) -> View:
    """Lead back to the code that was typed whoever has to sign in first.

    Django's login_required would lead back without it, or to an address that takes forms alone.
    """

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or request.user.is_authenticated:
            return view(request)
        typed = urlencode({"user_code": request.POST.get("user_code", "")[:_TYPED_AT_MOST]})
        return redirect_to_login(f"{reverse('oauth_server:device')}?{typed}")

    return guarded


class CodeForm(forms.Form):
    """Ask for the code that a device shows. `grant` is what waits with it."""

    grant: DeviceGrant

    user_code = CodeField(
        label=gettext_lazy("Code"),
        error_messages={"required": gettext_lazy("Enter the code shown on your device.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        # Where something is wrong, the summary takes the focus.
        self.fields["user_code"].widget.attrs["autofocus"] = not self.is_bound

    def clean_user_code(self) -> str:
        hit(self.request, "device_code", str(self.request.user.pk))
        user_code = str(self.cleaned_data["user_code"])
        grant = DeviceGrant.objects.waiting(user_code)
        if grant is None:
            raise forms.ValidationError(_no_device())
        self.grant = grant
        return user_code


def _no_device() -> str:
    return _("This code is wrong or has expired. Check it, or get a new one on your device.")


@_keeps_the_code
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code (a link may bring it along), then show who is asking for what."""
    if request.method != "POST":
        brought = request.GET.get("user_code", "")[:_TYPED_AT_MOST]
        return _code_page(request, CodeForm(request, initial={"user_code": brought}))
    form = CodeForm(request, request.POST)
    if not form.is_valid():
        return _code_page(request, form)
    grant, user_code = form.grant, form.cleaned_data["user_code"]
    client = grant.application
    if not access.is_open(client, cast(User, request.user)):
        return _closed_page(request, grant, user_code)
    before = consent.decided_before(request.user, client)
    context = {
        **consent.about_client(request, client),
        **consent.about_scopes(client, to_set(grant.scope), before, _resources(grant)),
        "user_code": user_code.upper(),
    }
    return no_store(render(request, "oauth_server/device_consent.html", context))


@_keeps_the_code
@login_required
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    hit(request, "device_code", str(request.user.pk))  # it takes any code, so it can be asked too
    grant = DeviceGrant.objects.waiting(request.POST.get("user_code", ""))
    decision = request.POST.get("decision")
    if grant is None or decision not in ("allow", "deny"):
        return HttpResponseRedirect(reverse("oauth_server:device"))
    is_open = access.is_open(grant.application, cast(User, request.user))
    allows = decision == "allow" and is_open and _leaves_something(request, grant)
    decided = _allow(request, grant) if allows else _deny(request, grant)
    context = {"client": grant.application, "allowed": allows, "decided": decided}
    return no_store(render(request, "oauth_server/device_done.html", context))


def _closed_page(request: HttpRequest, grant: DeviceGrant, user_code: str) -> HttpResponse:
    """Say that the app is not open to this person. The device hears so when they say that it is
    theirs: until then the code may be somebody else's."""
    who: dict[str, Any] = {"user": request.user, "client": grant.application}
    record(Event.ACCESS_REFUSED, actor=Actor.PERSON, outcome=Outcome.FAILED, **who)
    context = {
        "client": grant.application,
        "logo": ClientLogo.objects.mark(grant.application),
        "user_code": user_code.upper(),
    }
    return no_store(render(request, "oauth_server/closed.html", context, status=403))


def _leaves_something(request: HttpRequest, grant: DeviceGrant) -> bool:
    """Return whether the person left a scope switched on, or there was none."""
    wanted = to_set(grant.scope)
    return not wanted or bool(consent.decide(request, grant.application, wanted).allowed)


def _allow(request: HttpRequest, grant: DeviceGrant) -> bool:
    user = cast(User, request.user)
    # The device is no part of this browser's session, whose end must not end it: no `sid`.
    sign_in = replace(sign_in_of(request), sid="")
    client = grant.application
    said = consent.decide(request, client, to_set(grant.scope))
    with transaction.atomic():
        authorization = Authorization.objects.record(
            user,
            client,
            said.allowed,
            said.declined,
            address=client_address(request),
            resources=_resources(grant),
        )
        decided = DeviceGrant.objects.approve(grant.pk, authorization, said.allowed, sign_in)
        if decided:
            scopes = Scopes(tuple(to_text(said.allowed).split()))
            kind = Event.DEVICE_APPROVED
            record(kind, actor=Actor.PERSON, user=user, client=client, details=scopes)
    return decided


def _resources(grant: DeviceGrant) -> list[ProtectedResource]:
    return ProtectedResource.objects.named(grant.audience.split())


def _deny(request: HttpRequest, grant: DeviceGrant) -> bool:
    who: dict[str, Any] = {"user": request.user, "client": grant.application}
    with transaction.atomic():
        decided = DeviceGrant.objects.deny(grant.pk)
        if decided:
            record(Event.DEVICE_REFUSED, actor=Actor.PERSON, outcome=Outcome.FAILED, **who)
    return decided


def _code_page(request: HttpRequest, form: CodeForm) -> HttpResponse:
    status = 400 if form.errors else 200
    return no_store(render(request, "oauth_server/device.html", {"form": form}, status=status))
