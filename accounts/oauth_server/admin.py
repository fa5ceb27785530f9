"""Client apps and tokens in Django admin. DOT registers these classes for its swapped models."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ClientAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    pass


class IssuedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What the server issued: to be looked at and deleted (which revokes), never made by hand."""

    list_select_related = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AccessTokenAdmin(IssuedAdmin):
    list_display = ("__str__", "user", "application", "scope", "created", "expires")
    exclude = ("token", "token_checksum")


class RefreshTokenAdmin(IssuedAdmin):
    list_display = ("__str__", "user", "application", "scope", "created", "expires", "revoked")
    exclude = ("token", "token_checksum")


class AuthorizationCodeAdmin(IssuedAdmin):
    list_display = ("__str__", "user", "application", "scope", "created", "expires", "redeemed")
    exclude = ("code", "code_challenge", "nonce", "claims")


class IDTokenAdmin(IssuedAdmin):
    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # its table is kept empty
