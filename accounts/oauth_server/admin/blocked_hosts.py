"""Manage in Django admin the hosts whose clients may not introduce themselves."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models import BlockedHost
from accounts.staff.model_admin import ModelAdmin, made_by


@admin.register(BlockedHost)
class BlockedHostAdmin(ModelAdmin):
    """List the hosts that are blocked. Deleting one lifts the block; clients that were disabled
    stay so until somebody lets them in again."""

    list_display = ("host", "created", "blocked_by")
    list_select_related = ("user",)
    search_fields = ("host",)
    sortable_by = ()

    @admin.display(description=_("blocked by"))
    def blocked_by(self, row: BlockedHost) -> str:
        return made_by(row.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, row: BlockedHost, form: Any, change: bool) -> None:
        row.user = request.user  # type: ignore[assignment] # who is in admin is a person
        super().save_model(request, row, form, change)
