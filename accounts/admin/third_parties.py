"""Manage third parties in Django admin: providers, and the connections of people to them."""

from typing import Any

import allauth.socialaccount.admin  # noqa: F401 (registers its pages, which are replaced here)
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.socialaccount.providers import registry
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import provider_pages
from accounts.admin.provider_form import ProviderForm, ProviderNameForm
from accounts.endings import memberships
from accounts.entrance import sign_up_rule
from accounts.entrance.sign_up_rule import Mode
from accounts.models import GroupRule, ProviderSecret, User
from accounts.own_account import ways_in
from accounts.site.admin_search import FindsRows
from accounts.site.provider_names import provider_names
from accounts.staff.model_admin import ModelAdmin, is_superuser
from accounts.storage.sealed import unopened
from accounts.third_parties import kinds, registration

# allauth's own pages would show secrets and tokens; SocialToken's table is kept empty.
for _model in (SocialApp, SocialAccount, SocialToken):
    admin.site.unregister(_model)


class AtThirdParty(admin.SimpleListFilter):
    """Narrow the list to one third party, of those that are set up."""

    title = _("third party")
    parameter_name = "provider__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(provider_names().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(provider=self.value()) if self.value() else queryset


@admin.register(SocialAccount)
class ConnectionAdmin(FindsRows, ModelAdmin):
    """Show connections, and delete them with their tokens; only a sign-in makes one."""

    whose = "user"
    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_filter = (AtThirdParty,)
    list_select_related = ("user",)
    ordering = ("-pk",)
    sortable_by = ()  # no index knows another order
    search_fields = ("uid",)
    search_help_text = _(
        "E-mail address, name or subject of a person, or their ID at the third party"
    )
    exact = ("uid",)
    person = "user"
    exclude = ("extra_data",)

    def delete_model(self, request: HttpRequest, obj: SocialAccount) -> None:
        with transaction.atomic():
            User.objects.lock(obj.user_id)
            super().delete_model(request, obj)
            memberships.settle(obj.user)
        ways_in.tell_admin(request, obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SocialAccount]) -> None:
        for connection in queryset.select_related("user"):
            self.delete_model(request, connection)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


_NOT_OPENED = _(
    "Yes, but it cannot be decrypted with ENCRYPTION_KEYS, so people are not offered this "
    "provider. Add the missing key again, or enter the secret again."
)


@admin.register(SocialApp)
class ProviderAdmin(ModelAdmin):
    """Leave providers to superusers: whoever says which issuer vouches for whom can be anybody
    here. The permission to change a provider lets its name on the button be changed."""

    for_superusers = frozenset({"add"})
    secrets = frozenset({"new_secret", "new_private_key", "settings"})  # the last may hold one
    form = ProviderForm
    list_display = ("name", "provider", "provider_id", "is_on", "is_trusted", "has_secret")
    search_fields = ("name", "provider", "provider_id")
    readonly_fields = ("callback_url", "has_secret")
    fields = (
        *("provider", "provider_id", "name", "server_url", "callback_url", "client_id"),
        *("has_secret", "new_secret", "trusted_email", "true_as_text", "trusted_groups"),
        *("sign_up", "sign_up_domains", "identity_assertions"),
        *("key", "new_private_key", "position", "settings"),
    )

    fields_of_others = (
        *("provider", "provider_id", "name", "issuer", "callback_url", "client_id"),
        *("has_secret", "is_trusted", "who_signs_up"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not is_superuser(request):
            return self.fields_of_others
        kind = _kind(request, obj)
        shown: tuple[str, ...] = self.fields
        if not obj:  # said above the form, and not there yet
            shown = tuple(name for name in shown if name not in ("callback_url", "has_secret"))
        return tuple(name for name in shown if _concerns(name, kind))

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:pk>/status/",
            self.admin_site.admin_view(self.status),
            name="socialaccount_socialapp_status",
        )
        return [own, *super().get_urls()]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask which kind it is, before the form that this kind needs."""
        if request.method == "POST" or _kind(request, None) or not self.has_add_permission(request):
            return super().add_view(request, *args, **kwargs)
        context = self.admin_site.each_context(request) | {"opts": self.opts}
        return provider_pages.choose(request, context)

    def status(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Check it, try it, and turn it on and off: a superuser's, as its settings are."""
        if not is_superuser(request):
            raise PermissionDenied
        app = get_object_or_404(SocialApp, pk=pk)
        was_off = app.settings.get(registration.OFF)
        context = self.admin_site.each_context(request) | {"opts": self.opts}
        response = provider_pages.status(request, app, context)
        if app.settings.get(registration.OFF) != was_off:
            self.log_change(
                request, app, gettext("Turned on.") if was_off else gettext("Turned off.")
            )
        return response

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        kind = _kind(request, None)
        name = kinds.name_of(kind) if kind and kind != registration.OPENID_CONNECT else ""
        return {"provider": kind, "name": name}

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kw: Any) -> Any:
        app = kw.get("obj")
        if kind := _kind(request, app):
            stored = SocialApp.objects.get(pk=app.pk) if app else None  # not as it is typed now
            url = registration.callback_url(stored) if stored else kinds.callback_url(kind)
            context |= {"kind": kinds.of(kind), "callback_url": url}
        return super().render_change_form(request, context, *args, **kw)

    def response_add(self, request: HttpRequest, obj: SocialApp, *args: Any) -> HttpResponse:
        """Go on to the page that checks it: a new one is off."""
        messages.info(request, gettext("It is saved, and off until its check has passed."))
        return HttpResponseRedirect(reverse("admin:socialaccount_socialapp_status", args=[obj.pk]))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Say first whom it would lock out."""
        app = self.get_object(request, object_id)
        shown = app and self.has_delete_permission(request, app) and is_superuser(request)
        told = provider_pages.without(app) if app and shown else {}
        return super().delete_view(request, object_id, told | (extra_context or {}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if is_superuser(request):
            return self.readonly_fields
        return tuple(name for name in self.fields_of_others if name != "name")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = ProviderForm if is_superuser(request) else ProviderNameForm
        return super().get_form(request, *args, **{"form": form, **kwargs})

    @admin.display(description=_("Issuer"))
    def issuer(self, app: SocialApp) -> str:
        return str(app.settings.get("server_url", ""))

    @admin.display(description=_("On"), boolean=True)
    def is_on(self, app: SocialApp) -> bool:
        return app.settings.get(registration.OFF) is not True

    @admin.display(description=_("E-mail addresses trusted"), boolean=True)
    def is_trusted(self, app: SocialApp) -> bool:
        return app.settings.get(registration.TRUSTED_EMAIL) is True

    @admin.display(description=_("Who may sign up with it"))
    def who_signs_up(self, app: SocialApp) -> str:
        rule = sign_up_rule.of_app(app)
        return f"{rule.mode} {rule.domains_in_letters}" if rule.mode is Mode.DOMAINS else rule.mode

    @admin.display(description=_("Callback URL (register it with the third party)"))
    def callback_url(self, app: SocialApp) -> str:
        # As it is stored: of what was typed just now, something may be wrong.
        stored = SocialApp.objects.filter(pk=app.pk).first()
        return registration.callback_url(stored) if stored else gettext("Shown once this is saved.")

    @admin.display(description=_("Secret stored"))
    def has_secret(self, app: SocialApp) -> str:
        kept = ProviderSecret.objects.filter(app=app).first() if app.pk else None
        if kept is None:
            return gettext("No")
        return str(_NOT_OPENED) if unopened(kept) else gettext("Yes")

    def save_model(self, request: HttpRequest, obj: SocialApp, form: Any, change: bool) -> None:
        if not is_superuser(request):
            obj.save(update_fields=["name"])
            return
        if not change:
            obj.settings[registration.OFF] = True
        registration.save(
            obj,
            secret=form.cleaned_data["new_secret"],
            private_key=form.cleaned_data["new_private_key"],
        )
        _settle_rules_about(obj)

    def delete_model(self, request: HttpRequest, obj: SocialApp) -> None:
        super().delete_model(request, obj)
        _settle_rules_about(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SocialApp]) -> None:
        for app in queryset:
            self.delete_model(request, app)


def _kind(request: HttpRequest, app: SocialApp | None) -> str:
    """Return the kind that a form is for, "" where none was chosen yet."""
    if app:
        return str(app.provider)
    kind = request.POST.get("provider") or request.GET.get("provider", "")
    return kind if registry.get_class(kind) else ""


def _concerns(field: str, kind: str) -> bool:
    """Return whether a form for this kind asks for `field`."""
    if field in ("provider_id", "server_url", "identity_assertions"):
        return kind in ("", registration.OPENID_CONNECT)
    if field in ("key", "new_private_key"):
        return kind in ("", "apple")
    return True


def _settle_rules_about(app: SocialApp) -> None:
    about = GroupRule.objects.filter(provider=app.provider_id or app.provider)
    for group_id in set(about.values_list("group_id", flat=True)):
        memberships.settle_group_later(group_id)
