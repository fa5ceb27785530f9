"""Export all data: one JSON file."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.account_pages import export_document
from accounts.limits import rate_limits
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.record import record
from accounts.upstream.account import raise_if_reauthentication_required


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_export(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return cast(HttpResponse, _page(request))
    try:
        raise_if_reauthentication_required(request, app="account")
    except ReauthenticationRequired:
        # Not allauth's way, which answers the confirmation with what was asked for before: a file
        # in its place would leave the person on a page that is over.
        return redirect("account_export")
    return _file(request, cast(User, request.user))


@reauthentication_required
def _page(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/export.html")


def _file(request: HttpRequest, user: User) -> StreamingHttpResponse:
    rate_limits.hit(request, "export", str(user.pk))
    record(Event.EXPORTED, actor=Actor.PERSON, request=request, user=user)
    response = StreamingHttpResponse(
        export_document.document(user), content_type="application/json"
    )
    name = f"{slugify(settings.SITE_NAME) or 'account'}-{timezone.localdate():%Y-%m-%d}.json"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    return response
