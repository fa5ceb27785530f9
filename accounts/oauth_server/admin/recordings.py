"""Let admins of a client record what it sends, and read it beside the rules of the specification.

Whoever may change the client may do both; reading alone is given to nobody: what a client sends is
for whoever mends it, and auditors see in the events who recorded whom.
"""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import SecurityEvent
from accounts.oauth_server.models import Client, RecordedRequest, Recording
from accounts.oauth_server.models.recording import KEPT, MOST
from accounts.oauth_server.recorder.reasons import rule_for
from accounts.staff.model_admin import ModelAdmin
from accounts.staff.site import AdminSite, Banner

_PAGE = 100
_LIFETIMES = {
    "5": gettext_lazy("5 minutes"),
    "15": gettext_lazy("15 minutes"),
    "60": gettext_lazy("an hour"),
}


class RecordingAdmin(ModelAdmin):
    """Serve the recorder's pages below the client's own."""

    def recorder(self, request: HttpRequest, pk: int) -> HttpResponse:
        """List what was recorded of a client; start and stop on a POST."""
        return _recorder(request, self, self._recordable(request, pk))

    def recorded_request(self, request: HttpRequest, pk: int, of: int) -> HttpResponse:
        """Show one request with its answer, and the rule that it was refused by."""
        client = self._recordable(request, pk)
        found = get_object_or_404(_kept(client).select_related("recording"), pk=of)
        beside = _kept(client).filter(recording=found.recording_id)
        events = self.admin_site.get_model_admin(SecurityEvent)
        context = {
            "title": f"{found.method} {found.endpoint}",
            "found": found,
            "rule": rule_for(found.endpoint, found.status, found.error, found.problem),
            "before": beside.filter(number=found.number - 1).first(),
            "after": beside.filter(number=found.number + 1).first(),
            "may_see_events": events.has_view_permission(request),
        }
        return _render(request, self, client, "recorded_request.html", context)

    def _recordable(self, request: HttpRequest, pk: int) -> Client:
        client: Client = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        return client


def _banners(request: HttpRequest) -> list[Banner]:
    """Tell admins of clients which recordings go on."""
    user = request.user
    if not (user.is_active and user.is_staff and user.has_perm("oauth_server.change_client")):
        return []
    opened = Recording.objects.open().select_related("client").order_by("ends")
    return [_banner(each) for each in opened]


def _banner(recording: Recording) -> Banner:
    ends = time_format(timezone.localtime(recording.ends))
    words = _("What %(client)s sends is recorded until %(time)s.")
    return Banner(
        words % {"client": recording.client, "time": ends},
        reverse("admin:oauth_server_client_recorder", args=[recording.client_id]),
        _("See it or stop"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def _recorder(request: HttpRequest, page: RecordingAdmin, client: Client) -> HttpResponse:
    if request.method == "POST":
        with transaction.atomic():
            _switch(request, page, client)
        return HttpResponseRedirect(reverse("admin:oauth_server_client_recorder", args=[client.pk]))
    recordings = list(_recordings(client))
    chosen = _chosen(request, recordings)
    found = chosen.requests.filter(at__gt=_oldest()) if chosen else RecordedRequest.objects.none()
    is_narrowed = "refused" in request.GET
    if is_narrowed:
        found = found.exclude(error="", status__lt=400)
    context = {
        "title": _("What %(client)s sends") % {"client": client},
        "recordings": recordings,
        "chosen": chosen,
        "open": next((each for each in recordings if each.is_open), None),
        "lifetimes": _LIFETIMES,
        "is_narrowed": is_narrowed,
        "most": MOST,
        "requests": Paginator(found.order_by("number"), _PAGE).get_page(request.GET.get("page")),
    }
    return _render(request, page, client, "recorder.html", context)


def _switch(request: HttpRequest, page: RecordingAdmin, client: Client) -> None:
    if request.POST.get("action") == "stop":
        if Recording.objects.stop(client):
            page.log_change(request, client, "Stopped recording what it sends.")
            messages.success(request, _("The recording has stopped."))
        return
    minutes = request.POST.get("minutes", "")
    if minutes not in _LIFETIMES:
        messages.error(request, _("Choose from the list for how long to record."))
        return
    if Recording.objects.start(client, timedelta(minutes=int(minutes))) is None:
        messages.info(request, _("What this app sends is being recorded already."))
        return
    page.log_change(request, client, f"Started recording what it sends, for {minutes} minutes.")
    messages.success(request, _("The recording has started. Let the app try again."))


def _oldest() -> Any:
    return timezone.now() - KEPT


def _recordings(client: Client) -> "QuerySet[Recording]":
    return Recording.objects.filter(client=client, ends__gt=_oldest()).order_by("-pk")[:_PAGE]


def _kept(client: Client) -> "QuerySet[RecordedRequest]":
    return RecordedRequest.objects.filter(recording__client=client, at__gt=_oldest())


def _chosen(request: HttpRequest, recordings: list[Recording]) -> Recording | None:
    """Return the recording that the address names, else the latest."""
    asked = request.GET.get("recording")
    if not asked:
        return recordings[0] if recordings else None
    found = next((each for each in recordings if str(each.pk) == asked), None)
    if found is None:
        raise Http404
    return found


def _render(
    request: HttpRequest, page: ModelAdmin, client: Client, template: str, context: dict[str, Any]
) -> HttpResponse:
    words = page.admin_site.each_context(request) | context
    words |= {"original": client, "opts": client._meta}
    return render(request, f"admin/oauth_server/client/{template}", words)


cast(AdminSite, admin.site).show_on_every_page(_banners)
