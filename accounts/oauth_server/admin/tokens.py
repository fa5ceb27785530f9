"""Show and revoke tokens and authorizations in Django admin. DOT registers some for its swapped
models."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
)
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    Client,
    InitialAccessToken,
    PersonalToken,
    RefreshToken,
)
from accounts.oauth_server.tokens import revocation
from accounts.security_events.details import AppEnded
from accounts.security_events.receipts import in_words
from accounts.security_events.record import record
from accounts.site.admin_search import FindsRows
from accounts.staff.list_filters import OfOne
from accounts.staff.model_admin import ModelAdmin, ReadOnly, made_by


class OfApp(OfOne):
    title = _("App")
    parameter_name = "client__id__exact"
    model, field = Client, "client"


@admin.register(Authorization)
class AuthorizationAdmin(FindsRows, ReadOnly, ModelAdmin):
    """Show which person authorized which client. Deleting an authorization ends all that the client
    holds of that person."""

    whose = "user"
    list_display = ("user", "client", "scope", "created", "last_used", "last_address")
    list_filter = (OfApp,)
    ordering = ("-pk",)
    sortable_by = ()  # no index knows another order
    search_fields = ("user",)
    search_help_text = _("E-mail address, name or subject of a person, or name or ID of an app")
    person, client = "user", "client"
    list_select_related = ("user", "client")

    def delete_model(self, request: HttpRequest, obj: Authorization) -> None:
        self.delete_queryset(request, Authorization.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authorization]) -> None:
        rows = list(queryset.select_related("user", "client"))
        chosen = Authorization.objects.filter(pk__in=[row.pk for row in rows])
        with transaction.atomic():
            receipt = revocation.revoke_authorizations(chosen)
            for row in rows:
                who: dict[str, Any] = {"user": row.user, "client": row.client}
                record(Event.APP_REMOVED, actor=Actor.ADMIN, details=AppEnded(), **who)
        messages.info(request, in_words(receipt))


class TokenAdmin(FindsRows, ReadOnly, ModelAdmin):
    """Show the tokens that are out. Deleting one ends the sign-in that it belongs to."""

    whose = "user"
    list_select_related = ("user", "application")
    ordering = ("-pk",)
    sortable_by = ()  # no index knows another order
    search_fields = ("user",)
    search_help_text = _("E-mail address, name or subject of a person, or name or ID of an app")
    person, client = "user", "application"

    def delete_model(self, request: HttpRequest, obj: AccessToken | RefreshToken) -> None:
        revocation.revoke_sign_in_of(obj, actor=Actor.ADMIN)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for token in queryset:
            revocation.revoke_sign_in_of(token, actor=Actor.ADMIN)


class AccessTokenAdmin(TokenAdmin):
    list_display = ("__str__", "user", "application", "scope", "created", "expires")
    exclude = ("token", "token_checksum")


class RefreshTokenAdmin(TokenAdmin):
    list_display = ("__str__", "user", "application", "scope", "created", "expires", "revoked")
    exclude = ("token", "token_checksum")


class AuthorizationCodeAdmin(FindsRows, ReadOnly, ModelAdmin):
    whose = "user"
    list_select_related = ("user", "application")
    ordering = ("-pk",)
    sortable_by = ()
    list_display = ("__str__", "user", "application", "scope", "created", "expires", "redeemed")
    exclude = ("code", "code_challenge", "nonce", "claims")


class IDTokenAdmin(ReadOnly, ModelAdmin):
    """Hide a table that is kept empty."""

    whose = "user"
    for_superusers = frozenset({"view", "add", "change", "delete"})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(InitialAccessToken)
class InitialAccessTokenAdmin(ModelAdmin):
    """Manage the initial access tokens with which clients register themselves. Deleting one keeps
    the clients that it let in."""

    list_display = ("__str__", "uses_left", "expires", "last_used", "made", "created")
    list_select_related = ("user",)
    fields = ("note", "uses_left", "expires")

    @admin.display(description=_("made by"))
    def made(self, token: InitialAccessToken) -> str:
        return made_by(token.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, row: InitialAccessToken, form: Any, change: bool
    ) -> None:
        row.user = request.user  # type: ignore[assignment] # who is in admin is a person
        words = gettext(
            "The initial access token is <code>{}</code>. Copy it now: you will not be able to see "
            "it again."
        )
        messages.warning(request, format_html(words, row.make()))


@admin.register(PersonalToken)
class PersonalTokenAdmin(FindsRows, ReadOnly, ModelAdmin):
    """Show the personal tokens that people's own scripts call the API with. Deleting one ends it at
    once."""

    whose = "user"
    list_display = ("name", "user", "scope", "created", "expires", "last_used", "last_address")
    list_select_related = ("user",)
    ordering = ("-pk",)
    sortable_by = ()  # no index knows another order
    search_fields = ("user",)
    search_help_text = _("E-mail address, name or subject of a person, or name of the token")
    person, text = "user", "name"

    def delete_model(self, request: HttpRequest, obj: PersonalToken) -> None:
        revocation.revoke_personal_token(obj, actor=Actor.ADMIN)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PersonalToken]) -> None:
        for token in queryset:
            self.delete_model(request, token)
