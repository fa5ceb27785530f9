"""Security events in Django admin: read, never changed."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.reasons import told
from accounts.site.admin_search import FindsRows
from accounts.staff.model_admin import ModelAdmin, is_superuser


@admin.register(SecurityEvent)
class SecurityEventAdmin(FindsRows, ModelAdmin):
    """Show and search what happened. Only time removes an event."""

    whose = "user"
    list_display = (
        *("at", "kind", "outcome", "actor", "user", "client_public_id", "address", "facts"),
    )
    list_filter = ("outcome", "actor", ("at", admin.DateFieldListFilter), "kind")
    list_select_related = ("user",)
    list_per_page = 50
    search_fields = ("request_id",)
    search_help_text = (
        "E-mail address, name or subject of a person, name or ID of an app, IP address, request "
        "number or event. Other words are looked for in the details of the newest 20,000: choose a "
        "date to search others."
    )
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

    @admin.display(description="details")
    def facts(self, event: SecurityEvent) -> str:
        """Return the words for it, or each key that has none."""
        pairs = (f"{name}: {_in_short(value)}" for name, value in event.details.items())
        return told(event, {}) or ", ".join(pairs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _in_short(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
