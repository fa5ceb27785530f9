"""Show, rotate and withdraw signing keys in Django admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
)
from django.utils import formats

from accounts.oauth_server.admin.tokens import ReadOnly
from accounts.oauth_server.models import (
    SigningKey,
)
from accounts.staff.model_admin import ModelAdmin
from accounts.storage.sealed import unopened


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnly, ModelAdmin):
    list_display = ("kid", "algorithm", "created", "signs_from", "published_until", "can_sign")
    ordering = ("algorithm", "-generation")
    exclude = ("private_jwk",)
    actions = ("rotate", "replace")

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
    def rotate(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> None:
        for algorithm in _algorithms(queryset):
            key = SigningKey.objects.rotate(algorithm)
            self._report(request, key, f"It will sign from {formats.localize(key.signs_from)} UTC.")

    @admin.action(
        description="Replace the key now, because it was stolen",
        permissions=["rotate"],
    )
    def replace(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> None:
        for algorithm in _algorithms(queryset):
            key = SigningKey.objects.replace(algorithm)
            self._report(request, key, "It signs from now on, and all older keys were removed.")

    def _report(self, request: HttpRequest, key: SigningKey, what: str) -> None:
        self.log_addition(request, key, what)
        messages.info(request, f"The new key for {key.algorithm} is {key.kid}. {what}")


def _algorithms(queryset: QuerySet[SigningKey]) -> list[str]:
    return sorted(set(queryset.values_list("algorithm", flat=True)))
