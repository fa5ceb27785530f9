"""Manage clients in Django admin. DOT registers this for its swapped model."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from accounts.models import User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.admin import group_claims, logos, previews
from accounts.oauth_server.admin.client_form import ClientForm
from accounts.oauth_server.admin.tokens import ReadOnly
from accounts.oauth_server.clients import sector_lists
from accounts.oauth_server.clients.presets import InvalidURL, presets
from accounts.oauth_server.models import (
    Client,
    ClientSecret,
    Registration,
)
from accounts.oauth_server.rules.scopes import given_by_superusers
from accounts.oauth_server.tokens import revocation
from accounts.security_events.receipts import in_words
from accounts.staff.model_admin import ModelAdmin, is_superuser, made_by

_NAME = "oauth_server_client"


class ClientSecretInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = ClientSecret
    fields = readonly_fields = ("ends_with", "created", "expires", "last_used")
    extra = 0
    verbose_name_plural = "Client secrets (a secret that you delete stops working at once)"


class ClientAdmin(logos.LogoAdmin):
    """Leave to superusers what no person is asked about: to skip consent, and scopes that open more
    than a person allows (rules/scopes.py); and with it the clients that have it."""

    form = ClientForm
    inlines = (ClientSecretInline, group_claims.GroupValueInline)
    list_display = ("name", "client_id", "client_type", "is_active", "is_verified", "created")
    list_filter = ("client_type", "is_active", "is_verified", "registration_source")
    actions = ("verify", "fetch_logo")
    search_fields = ("name", "client_id", "redirect_uris")
    readonly_fields = ("client_id", "user", "created", "registered", "current_logo")
    fieldsets = (
        (None, {"fields": ("name", "website", "client_type", "grant_types", "redirect_uris")}),
        logos.FIELDSET,
        (
            "Scopes and consent",
            {
                "fields": (
                    *("scopes", "default_scopes", "required_scopes"),
                    *("leaves_out_scopes", "skip_authorization"),
                )
            },
        ),
        (
            "Access",
            {"fields": ("is_restricted", "groups", "responsible_name", "responsible_email")},
        ),
        (
            "Client authentication",
            {"fields": ("token_endpoint_auth_method", "jwks", "jwks_uri", "pkce")},
        ),
        ("Status", {"fields": ("is_active", "is_verified", "client_id", "registered", "created")}),
        (
            "Further URIs",
            {
                "classes": ("collapse",),
                "fields": (
                    *("post_logout_redirect_uris", "allowed_origins", "initiate_login_uri"),
                ),
            },
        ),
        (
            "ID tokens and UserInfo",
            {
                "classes": ("collapse",),
                "fields": (
                    "claims_in_id_token",
                    *("subject_type", "sector_identifier_uri"),
                    *("algorithm", "userinfo_signed_response_alg"),
                    *("default_max_age", "require_auth_time"),
                ),
            },
        ),
        group_claims.FIELDSET,
        (
            "Lifetimes",
            {
                "classes": ("collapse",),
                "description": "They hold for tokens that are issued from now on.",
                "fields": (
                    *("access_token_minutes", "id_token_minutes"),
                    *("refresh_token_idle_days", "refresh_token_max_days"),
                ),
            },
        ),
        (
            "Logout",
            {
                "classes": ("collapse",),
                "fields": ("backchannel_logout_uri", "backchannel_logout_session_required"),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the fields that may not be changed: a client that an admin registers is verified
        by that."""
        found = tuple(super().get_readonly_fields(request, obj))
        checked = () if obj else ("is_verified",)
        guarded = () if is_superuser(request) else ("skip_authorization",)
        return (*found, *checked, *guarded)

    def has_change_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        return _is_theirs(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        return _is_theirs(request, obj) and super().has_delete_permission(request, obj)

    @admin.display(description="registered by")
    def registered(self, client: Client) -> str:
        """Return who registered the client: an admin; or the client itself, let in by which token,
        and how to reach its people."""
        if client.registration_source == Client.RegistrationSource.MANUAL:
            return made_by(client.user)
        how = Registration.objects.select_related("initial_access_token").get(client=client)
        by = f"itself, with the initial access token “{how.initial_access_token}”"
        contacts = ", ".join(how.told.get("contacts", ()))
        return (by if how.may_act_for_itself else "itself") + (contacts and f". {contacts}")

    @admin.action(
        description="Verify: people are no longer warned about this app", permissions=["change"]
    )
    def verify(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        verified = []
        for client in queryset.filter(is_verified=False):
            if not self.has_change_permission(request, client):
                raise PermissionDenied
            client.is_verified = True
            client.save(update_fields=["is_verified"])
            self.log_change(request, client, "Verified.")
            verified.append(client)
        self.fetch_logos(request, logos.waiting_for_one(verified))

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"{_NAME}_{name}")
            for name, view in (("secret", self.make_secret), ("preview", self.preview))
        ]
        return [*own, *super().get_urls()]

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any) -> Any:
        """Read the client's sector list before Django opens the transaction of the change, and the
        logo of one that is verified by it afterwards."""
        client = self.get_object(request, object_id) if object_id else Client()
        if request.method != "POST" or not client:
            return super().changeform_view(request, object_id, *args)
        if self._may_save(request, object_id and client):
            request.sector_problems = _sector_problems(client, request.POST)  # type: ignore[attr-defined]
        response = super().changeform_view(request, object_id, *args)
        if not client.is_verified:
            verified = Client.objects.filter(pk=client.pk, is_verified=True)
            self.fetch_logos(request, logos.waiting_for_one(verified))
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kw: Any) -> Any:
        context["presets"] = presets().values()
        return super().render_change_form(request, context, *args, **kw)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fill the form in for a well-known app, where one was chosen."""
        preset = presets().get(request.GET.get("preset", ""))
        if not preset:
            return {}
        for note in preset.notes:
            messages.warning(request, note)
        try:
            return preset.columns(request.GET.get("url", ""))
        except InvalidURL as error:
            messages.error(request, str(error))
            return {}

    def _may_save(self, request: HttpRequest, client: Client | None) -> bool:
        if client is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, client)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        found = getattr(request, "sector_problems", ())
        closed = frozenset() if is_superuser(request) else given_by_superusers()
        return type(form.__name__, (form,), {"sector_problems": found, "closed_scopes": closed})

    def save_model(self, request: HttpRequest, client: Client, form: Any, change: bool) -> None:
        if not change:
            client.user = cast(User, request.user)
        super().save_model(request, client, form, change)
        logos.keep(client, form)
        if not client.is_active:
            messages.info(request, in_words(revocation.revoke_client(client, actor=Actor.ADMIN)))
        if not change:
            secret = self._show_new_secret(request, client) if client.has_secrets else ""
            _show_lines(request, client, secret)

    def make_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make one more secret; the old ones work on until they are removed."""
        client = get_object_or_404(Client, pk=pk)
        if not client.has_secrets:
            raise Http404
        if request.method != "POST" or not self.has_change_permission(request, client):
            return HttpResponseNotAllowed(["POST"])
        self._show_new_secret(request, client)
        self.log_change(request, client, "Created a new client secret.")
        return HttpResponseRedirect(reverse("admin:oauth_server_client_change", args=[pk]))

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the client would receive of a person, to whoever may view both."""
        client = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, client):
            raise PermissionDenied
        people = cast(ModelAdmin, self.admin_site.get_model_admin(User))
        return previews.page(request, client, people, self.admin_site.each_context(request))

    def _show_new_secret(self, request: HttpRequest, client: Client) -> str:
        words = (
            "The client ID is <code>{}</code> and its new secret is <code>{}</code>. "
            "Copy the secret now: you will not be able to see it again."
        )
        secret = ClientSecret.objects.issue(client)
        messages.warning(request, format_html(words, client.client_id, secret))
        return secret


def _show_lines(request: HttpRequest, client: Client, secret: str) -> None:
    """Show what to enter in the well-known app that the form was filled in for."""
    preset = presets().get(request.GET.get("preset", ""))
    if not preset:
        return
    try:
        url = request.GET.get("url", "")
        lines = preset.paste(url=url, client_id=client.client_id, secret=secret)
    except InvalidURL:
        return  # said when the form was filled in
    messages.info(request, format_html("Enter this in {}: <pre>{}</pre>", preset.name, lines))


def _is_theirs(request: HttpRequest, client: Client | None) -> bool:
    return client is None or not client.is_privileged or is_superuser(request)


def _sector_problems(client: Client, form: QueryDict) -> tuple[str, ...]:
    """Say what is wrong with the list at the sector identifier URI that `form` gives `client`."""
    client.subject_type = form.get("subject_type", "")
    client.sector_identifier_uri = form.get("sector_identifier_uri", "").strip()
    client.redirect_uris = " ".join(form.get("redirect_uris", "").split())
    return tuple(sector_lists.problems(client))
