"""Manage in Django admin which clients act for whom: who may exchange whose tokens (RFC 8693), and
for whom this site vouches at other servers.

A superuser's: each lets one client act for all people of another.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models import Client, CrossAppPolicy, ExchangePolicy
from accounts.oauth_server.models.client import TOKEN_EXCHANGE
from accounts.staff.model_admin import ModelAdmin

_GRANT_TYPE_FIRST = _("Give it the grant type “Token exchange” first, on its own page.")
_SPELLED = {"spellcheck": "false", "dir": "ltr", "size": 60}


class ExchangePolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ExchangePolicy
        fields = ("client", "source", "may_impersonate")

    def clean(self) -> dict[str, Any]:
        """Refuse what would change nothing: a client exchanges its own tokens without a policy, and
        none without the grant type."""
        told: dict[str, Any] = super().clean() or {}
        client = told.get("client")
        if client and client == told.get("source"):
            raise ValidationError({"source": gettext("An app’s own tokens need no policy.")})
        if client and not client.allows_grant_type(TOKEN_EXCHANGE):
            raise ValidationError({"client": _GRANT_TYPE_FIRST})
        return told


@admin.register(ExchangePolicy)
class ExchangePolicyAdmin(ModelAdmin):
    """List and keep policies. Deleting one ends nothing that was exchanged: that lasts no longer
    than the tokens that it came from."""

    for_superusers = frozenset({"view", "add", "change", "delete"})
    form = ExchangePolicyForm
    list_display = ("client", "source", "may_impersonate", "created")
    list_select_related = ("client", "source")
    sortable_by = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("client", "source") if obj else ()

    def formfield_for_foreignkey(
        self, db_field: "models.ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer as the one that exchanges clients that can prove who they are."""
        clients = Client.objects.order_by("name", "pk")
        if db_field.name == "client":
            clients = clients.filter(client_type=Client.CLIENT_CONFIDENTIAL)
        return super().formfield_for_foreignkey(db_field, request, queryset=clients, **kwargs)


class CrossAppPolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CrossAppPolicy
        fields = (
            *("client", "audience", "client_there", "relying_party", "scopes", "resources"),
            *("tells_email", "is_restricted", "groups"),
        )
        widgets = {
            "audience": forms.TextInput(_SPELLED),
            "client_there": forms.TextInput(_SPELLED),
            "scopes": forms.TextInput(_SPELLED),
            "resources": forms.Textarea({"rows": 3, "cols": 80, "spellcheck": "false"}),
        }

    def clean_client(self) -> Client:
        """Refuse a client that proves nothing, or may not ask."""
        client: Client = self.cleaned_data["client"]
        if "client" in self.changed_data and not client.allows_grant_type(TOKEN_EXCHANGE):
            raise ValidationError(_GRANT_TYPE_FIRST)
        return client


@admin.register(CrossAppPolicy)
class CrossAppPolicyAdmin(ModelAdmin):
    """List and keep policies. An assertion that is out when one is deleted lasts five minutes."""

    for_superusers = frozenset({"view", "add", "change", "delete"})
    form = CrossAppPolicyForm
    list_display = ("client", "audience", "scopes", "is_restricted", "created")
    list_select_related = ("client",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("client", "audience", "client_there", "relying_party")}),
        (_("What it may ask for there"), {"fields": ("scopes", "resources")}),
        (_("For whom"), {"fields": ("is_restricted", "groups", "tells_email")}),
    )

    def formfield_for_foreignkey(
        self, db_field: "models.ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer clients by name."""
        clients = Client.objects.order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, queryset=clients, **kwargs)
