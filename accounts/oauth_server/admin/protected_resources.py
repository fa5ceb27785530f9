"""Manage protected resources in Django admin: the APIs of others that tokens of this site are for.

A superuser's: whoever says which app is the server of a resource says to whom its tokens are told.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models import Client, ProtectedResource
from accounts.staff.model_admin import ModelAdmin

_SPELLED = {"spellcheck": "false", "dir": "ltr", "size": 60}


class ResourceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ProtectedResource
        fields = (
            *("name", "identifier", "scopes", "access_token_format"),
            *("algorithm", "tells_groups", "access_token_minutes"),
            *("is_for_listed", "clients", "server"),
        )
        widgets = {
            "identifier": forms.TextInput(_SPELLED),
            "scopes": forms.Textarea({"rows": 5, "cols": 80, "spellcheck": "false"}),
        }


@admin.register(ProtectedResource)
class ProtectedResourceAdmin(ModelAdmin):
    """List and keep resources. Deleting one ends refreshing for it at once; access tokens that are
    out end with their lifetime."""

    for_superusers = frozenset({"view", "add", "change", "delete"})
    form = ResourceForm
    list_display = ("name", "identifier", "is_for_listed", "server", "created")
    list_select_related = ("server",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", "identifier", "scopes")}),
        (
            _("Access tokens"),
            {
                "fields": (
                    "access_token_format",
                    "algorithm",
                    "tells_groups",
                    "access_token_minutes",
                )
            },
        ),
        (_("Who may ask"), {"fields": ("is_for_listed", "clients", "server")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the identifier as it is: tokens that are out have it as their audience."""
        return ("identifier",) if obj else ()

    def formfield_for_foreignkey(
        self, db_field: "models.ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer as the server clients that can prove who they are."""
        if db_field.name == "server":
            kwargs["queryset"] = Client.objects.filter(
                client_type=Client.CLIENT_CONFIDENTIAL
            ).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
