"""Show, rotate and withdraw signing keys in Django admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats

from accounts.oauth_server.admin.tokens import ReadOnly
from accounts.oauth_server.models import (
    SigningKey,
)
from accounts.oauth_server.tokens.key_changes import forecast, state
from accounts.staff.model_admin import ModelAdmin
from accounts.storage.sealed import unopened


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnly, ModelAdmin):
    list_display = ("short_id", "algorithm", "state", "created", "can_sign")
    ordering = ("algorithm", "-generation")
    readonly_fields = ("state",)
    exclude = ("private_jwk",)
    actions = ("rotate", "replace")

    @admin.display(description="Key ID", ordering="kid")
    def short_id(self, key: SigningKey) -> str:
        return f"{key.kid[:8]}…"

    @admin.display(description="What it does")
    def state(self, key: SigningKey) -> str:
        return state(key)

    @admin.display(description="Can be decrypted (ENCRYPTION_KEYS)", boolean=True)
    def can_sign(self, key: SigningKey) -> bool:
        return not unopened(key)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Return whether this admin may rotate keys: whoever may sign for the site may be anybody
        to every client."""
        return bool(request.user.is_superuser)

    @admin.action(description="Rotate the key, without downtime", permissions=["rotate"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> HttpResponse | None:
        if "sure" not in request.POST:
            return self._ask(request, queryset, "rotate", "Rotate")
        for algorithm in _algorithms(queryset):
            key = SigningKey.objects.rotate(algorithm)
            self._report(request, key, f"It will sign from {formats.localize(key.signs_from)} UTC.")
        return None

    @admin.action(
        description="Withdraw the key now, because it was stolen, and make another",
        permissions=["rotate"],
    )
    def replace(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> HttpResponse | None:
        if "sure" not in request.POST:
            return self._ask(request, queryset, "replace", "Replace now")
        for algorithm in _algorithms(queryset):
            key = SigningKey.objects.replace(algorithm)
            self._report(request, key, "It signs from now on, and all older keys were removed.")
        return None

    def _ask(
        self, request: HttpRequest, keys: QuerySet[SigningKey], action: str, button: str
    ) -> HttpResponse:
        """Say what will happen, and ask whether it shall."""
        algorithms = _algorithms(keys)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{button}: are you sure?",
            "opts": self.opts,
            "forecasts": [(each, forecast(each, now=action == "replace")) for each in algorithms],
            "keys": keys,
            "action": action,
            "button": f"Yes, {button.lower()}",
        }
        page = "admin/oauth_server/signingkey/change_keys.html"
        return TemplateResponse(request, page, context)

    def _report(self, request: HttpRequest, key: SigningKey, what: str) -> None:
        self.log_addition(request, key, what)
        messages.info(request, f"The new key for {key.algorithm} is {key.kid}. {what}")


def _algorithms(queryset: QuerySet[SigningKey]) -> list[str]:
    return sorted(set(queryset.values_list("algorithm", flat=True)))
