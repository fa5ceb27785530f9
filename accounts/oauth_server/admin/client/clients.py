"""Manage clients in Django admin. DOT registers this for its swapped model."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.admin import recordings
from accounts.oauth_server.admin.client import (
    client_activity,
    client_sections,
    connecting,
    group_claims,
    logos,
    previews,
    registering,
)
from accounts.oauth_server.admin.client.client_changes import LIFETIMES, ClientChanges
from accounts.oauth_server.admin.client.client_form import ClientForm
from accounts.oauth_server.admin.client.ending import ClientEndings
from accounts.oauth_server.admin.client.trying import ClientTrials
from accounts.oauth_server.clients import sector_lists
from accounts.oauth_server.models import (
    Client,
    ClientSecret,
    Registration,
)
from accounts.oauth_server.rules.scopes import given_by_superusers
from accounts.oauth_server.tokens import revocation
from accounts.security_events.receipts import in_words
from accounts.site.admin_search import FindsRows
from accounts.staff import shown_once
from accounts.staff.model_admin import (
    ModelAdmin,
    ReadOnly,
    TabularInline,
    is_superuser,
    made_by,
)

_NAME = "oauth_server_client"
# Its secret is shown on the page that comes after: no other button may lead past that.
_ONE_WAY_TO_SAVE = {"show_save_and_add_another": False, "show_save_and_continue": False}


class ClientSecretInline(ReadOnly, TabularInline):
    model = ClientSecret
    fields = readonly_fields = ("ends_with", "created", "expires", "last_used")
    extra = 0
    verbose_name_plural = _("Client secrets (a secret that you delete stops working at once)")


class ClientAdmin(
    FindsRows,
    ClientChanges,
    ClientEndings,
    ClientTrials,
    recordings.RecordingAdmin,
    logos.LogoAdmin,
):
    """Leave to superusers what no person is asked about: to skip consent, and scopes that open more
    than a person allows (rules/scopes.py); and with it the clients that have it."""

    form = ClientForm
    inlines = (ClientSecretInline, group_claims.GroupValueInline)
    list_display = (
        *("name", "client_id", "kind_in_short", "client_type"),
        *("is_active", "is_verified", "created"),
    )
    list_filter = ("kind", "client_type", "is_active", "is_verified", "registration_source")
    actions = ("verify", "fetch_logo")
    search_fields = ("name",)
    search_help_text = _("Name, client ID or a part of a redirect URI")
    exact = ("client_id",)
    client, text = "pk", "redirect_uris"
    sortable_by = ("name", "client_id", "created")  # no index knows another order
    readonly_fields = ("client_id", "user", "created", "registered", "software", "current_logo")
    fieldsets = client_sections.SECTIONS

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

    @admin.display(description=_("what it is"), ordering="kind")
    def kind_in_short(self, client: Client) -> str:
        return gettext("Agent") if client.is_agent else gettext("App")

    @admin.display(description=_("software, as it says"))
    def software(self, client: Client) -> str:
        return " ".join(filter(None, (client.software_id, client.software_version))) or "-"

    @admin.display(description=_("registered by"))
    def registered(self, client: Client) -> str:
        """Return who registered the client: an admin; or the client itself, let in by which token,
        and how to reach its people."""
        if client.registration_source == Client.RegistrationSource.MANUAL:
            return made_by(client.user)
        if client.registration_source == Client.RegistrationSource.CIMD:
            return gettext("itself, by the document at its client ID")
        how = Registration.objects.select_related("initial_access_token").get(client=client)
        by = gettext("itself, with the initial access token “%(token)s”") % {
            "token": how.initial_access_token
        }
        contacts = ", ".join(how.told.get("contacts", ()))
        return (by if how.may_act_for_itself else "itself") + (contacts and f". {contacts}")

    @admin.action(
        description=_("Verify: people are no longer warned about this app"), permissions=["change"]
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
        views = {
            "secret": self.make_secret,
            "preview": self.preview,
            "connect": self.connect,
            "redirect-uri": self.add_redirect_uri,
            "try": self.try_it,
            "try/callback": self.try_callback,
            "recorder": self.recorder,
            "disable": self.disable,
            "reactivate": self.reactivate,
        }
        own = [
            path(
                f"<int:pk>/{page}/",
                self.admin_site.admin_view(view),
                name=f"{_NAME}_{page.replace('/', '-')}",
            )
            for page, view in views.items()
        ]
        recorded = self.admin_site.admin_view(self.recorded_request)
        name = f"{_NAME}_recorded-request"
        own.append(path("<int:pk>/recorder/<int:of>/", recorded, name=name))
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Ask first what the client is; then show the form for that."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        chosen = registering.choice(request)
        if request.method != "POST" and not chosen.is_made:
            context = self.admin_site.each_context(request) | {"opts": self.opts}
            return registering.choosing(request, context)
        words = {"title": chosen.title, "chosen": chosen, **_ONE_WAY_TO_SAVE}
        return super().add_view(request, form_url, words | (extra_context or {}))

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any) -> Any:
        """Find what takes a query or a call before Django opens the transaction of the change: what
        the client's sector list is, and who else is called so; and the logo of one that is verified
        by it afterwards."""
        client = self.get_object(request, object_id) if object_id else Client()
        if request.method != "POST" or not client:
            return super().changeform_view(request, object_id, *args)
        if self._may_save(request, object_id and client):
            request.namesake = registering.namesake(client, request.POST)  # type: ignore[attr-defined]
            request.sector_problems = _sector_problems(client, request.POST)  # type: ignore[attr-defined]
        response = super().changeform_view(request, object_id, *args)
        if not client.is_verified:
            verified = Client.objects.filter(pk=client.pk, is_verified=True)
            self.fetch_logos(request, logos.waiting_for_one(verified))
        return response

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if client := kwargs.get("obj"):
            context |= client_activity.context(request, client, self.admin_site)
            context["lifetimes"] = LIFETIMES
        return super().render_change_form(request, context, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return registering.choice(request).columns()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show a new client's few fields first, close what is rarely changed of another; and show
        the way to say that a name is meant, where it is another's."""
        found = list(super().get_fieldsets(request, obj))
        if obj:
            found = registering.opened_for_a_change(found)
        else:
            sections = [each for each in found if each[0] != _("Status")]
            found = registering.fieldsets(registering.choice(request), sections)
        return registering.with_confirmation(found) if getattr(request, "namesake", "") else found

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Leave secrets to the page that follows, and groups with them where a kind asks for
        little."""
        if obj:
            return super().get_inlines(request, obj)
        asks = registering.choice(request).asks
        return () if asks else (group_claims.GroupValueInline,)

    def _may_save(self, request: HttpRequest, client: Client | None) -> bool:
        if client is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, client)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        found = getattr(request, "sector_problems", ())
        closed = frozenset() if is_superuser(request) else given_by_superusers()
        kind = registering.choice(request).kind
        told = {"sector_problems": found, "closed_scopes": closed}
        told |= {"namesake": getattr(request, "namesake", "")}
        told |= {"is_spa": kwargs.get("obj") is None and kind is not None and kind.key == "spa"}
        return type(form.__name__, (form,), told)

    def save_model(self, request: HttpRequest, client: Client, form: Any, change: bool) -> None:
        if not change:
            client.user = cast(User, request.user)
        super().save_model(request, client, form, change)
        logos.keep(client, form)
        if not client.is_active:
            messages.info(request, in_words(revocation.revoke_client(client, actor=Actor.ADMIN)))
        if not change and client.has_secrets:
            shown_once.keep(request, client, ClientSecret.objects.issue(client))

    def response_add(self, request: HttpRequest, obj: Client, *args: Any) -> HttpResponse:
        preset = registering.choice(request).preset
        return HttpResponseRedirect(_connect_page(obj, preset.key if preset else ""))

    def connect(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show how to connect the client, to whoever may view it."""
        client = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, client):
            raise PermissionDenied
        return connecting.page(request, client, self.admin_site.each_context(request))

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the client would receive of a person, to whoever may view both."""
        client = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, client):
            raise PermissionDenied
        people = cast(ModelAdmin, self.admin_site.get_model_admin(User))
        return previews.page(request, client, people, self.admin_site.each_context(request))


def _connect_page(client: Client, preset: str = "") -> str:
    address = reverse(f"admin:{_NAME}_connect", args=[client.pk])
    return f"{address}?{urlencode({'preset': preset})}" if preset else address


def _is_theirs(request: HttpRequest, client: Client | None) -> bool:
    return client is None or not client.is_privileged or is_superuser(request)


def _sector_problems(client: Client, form: QueryDict) -> tuple[str, ...]:
    """Say what is wrong with the list at the sector identifier URI that `form` gives `client`."""
    client.subject_type = form.get("subject_type", "")
    client.sector_identifier_uri = form.get("sector_identifier_uri", "").strip()
    client.redirect_uris = " ".join(form.get("redirect_uris", "").split())
    return tuple(sector_lists.problems(client))
