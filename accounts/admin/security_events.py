"""Show, count and export security events in Django admin. They are never changed."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import event_export
from accounts.admin.event_filter import EventFilter, Filtered
from accounts.models import SecurityEvent
from accounts.models.event_kinds import Actor, Event
from accounts.security_events import days
from accounts.security_events.details import EventExport
from accounts.security_events.reasons import told
from accounts.security_events.record import record
from accounts.site.admin_search import MOST_COUNTED, FindsRows
from accounts.staff.model_admin import ModelAdmin, Untouched, is_superuser
from accounts.text.field_changes import in_short, in_words, read


@admin.register(SecurityEvent)
class SecurityEventAdmin(FindsRows, Untouched, ModelAdmin):
    """Show, filter, count and export what happened. Only time removes an event."""

    whose = "user"
    list_display = (
        *("at", "kind", "outcome", "actor", "user", "client_public_id", "address", "facts"),
    )
    exclude = ("details",)
    readonly_fields = ("kept",)
    list_filter = (Filtered,)
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("user",)
    sortable_by = ()  # no index knows another order
    ordering = ("-at", "-pk")
    search_fields = ("request_id",)
    search_help_text = _("Also in the details of the newest 20,000. Choose times to search others.")
    exact = ("request_id", "address", "kind")
    gone: ClassVar[dict[str, str]] = {"sub": "user", "client_public_id": "client"}
    person, client, text = "user", "client", "details"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SecurityEvent]:
        """Return the events that this admin may see: one that an admin caused tells from where they
        did it, whoever it happened to."""
        events = super().get_queryset(request)
        if is_superuser(request):
            return events
        old = Q(actor=Actor.UNKNOWN, kind=Event.EVERYTHING_ENDED)  # SecurityEvent.is_by_an_admin
        return events.exclude(Q(actor=Actor.ADMIN) | old)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the address filter by what the form offers, and by nothing else."""
        return lookup in EventFilter.base_fields

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        return [path("export/<str:form>/", view, name="export_events"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list with its filter and counts, at an address without what was left empty."""
        kept = request.GET.copy()
        for name in [name for name, value in kept.items() if not value]:
            del kept[name]
        if len(kept) < len(request.GET):
            return HttpResponseRedirect(f"{request.path}?{kept.urlencode()}")
        answer = super().changelist_view(request, extra_context)
        shown = getattr(answer, "context_data", None) or {}
        if "cl" in shown:
            shown.update(self._beside(shown["cl"]))
        return answer

    def _beside(self, changes: Any) -> dict[str, Any]:
        """Return what stands above the list: the filter, and counts by day of what it finds."""
        (filtered,) = changes.filter_specs
        found = changes.result_count
        return {
            "filter": filtered.form,
            "counts": days.count(changes.queryset, *filtered.first_and_last),
            "found": gettext("%(found)s or more") % {"found": f"{found:,}"}
            if found >= MOST_COUNTED
            else f"{found:,}",
            "most_exported": f"{event_export.MOST:,}",
            "export_formats": event_export.NAMES.items(),
        }

    def export(self, request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
        """Write what the list of the same query shows to a file. By POST: whoever exports proves
        who they are, and no other site's link makes anybody do it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in event_export.FORMATS:
            raise Http404
        changes = self.get_changelist_instance(request)
        filtered = cast(Filtered, changes.filter_specs[0])
        if not filtered.form.is_valid():
            raise Http404
        searched = ("words: …",) if changes.query else ()  # may hold an address
        details = EventExport(form, (*filtered.form.said(), *searched))
        record(Event.EVENTS_EXPORTED, actor=Actor.ADMIN, user=request.user, details=details)
        rows = changes.queryset.filter(at__lte=timezone.now())
        answer = StreamingHttpResponse(
            event_export.FORMATS[form](rows), content_type=event_export.CONTENT_TYPES[form]
        )
        name = _file_name(form, is_cut=event_export.is_cut(rows))
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "no-store"
        return answer

    @admin.display(description=_("details"))
    def facts(self, event: SecurityEvent) -> str:
        """Return the words for it, or each key that has none."""
        values = map(in_words, read(event.details.get("changes", ())))
        if words := told(event, {}):
            return " ".join([words, "; ".join(values)]).strip()
        return ", ".join(f"{name}: {in_short(value)}" for name, value in event.details.items())

    @admin.display(description=_("details"))
    def kept(self, event: SecurityEvent) -> SafeString:
        """Return each detail on a line of its own."""
        values = ((name, in_short(value)) for name, value in event.details.items())
        return format_html_join("", "<div>{}: {}</div>", values)


def _file_name(form: str, *, is_cut: bool) -> str:
    cut = f"-newest-{event_export.MOST}" if is_cut else ""
    return f"security-events-{timezone.now():%Y-%m-%d-%H%M%S}{cut}.{form}"
