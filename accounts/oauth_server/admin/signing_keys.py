"""Show, rotate and withdraw signing keys in Django admin."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models import (
    SigningKey,
)
from accounts.oauth_server.tokens import key_changes
from accounts.staff.model_admin import ModelAdmin, Untouched
from accounts.storage.sealed import unopened

# The address of the page, and what the session keeps for it.
_RECEIPT = "oauth_server_signingkey_receipt"


@admin.register(SigningKey)
class SigningKeyAdmin(Untouched, ModelAdmin):
    list_display = ("short_id", "algorithm", "state", "created", "can_sign")
    ordering = ("algorithm", "-generation")
    readonly_fields = ("state",)
    exclude = ("private_jwk",)
    actions = ("rotate", "replace")

    @admin.display(description=_("Key ID"), ordering="kid")
    def short_id(self, key: SigningKey) -> str:
        return f"{key.kid[:8]}…"

    @admin.display(description=_("What it does"))
    def state(self, key: SigningKey) -> str:
        return key_changes.state(key)

    @admin.display(description=_("Can be decrypted (ENCRYPTION_KEYS)"), boolean=True)
    def can_sign(self, key: SigningKey) -> bool:
        return not unopened(key)

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Return whether this admin may rotate keys: whoever may sign for the site may be anybody
        to every client."""
        return bool(request.user.is_superuser)

    @admin.action(description=_("Rotate the key, without downtime"), permissions=["rotate"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> HttpResponse | None:
        if "sure" not in request.POST:
            return self._ask(request, queryset, "rotate", gettext("Rotate"))
        return self._change(request, queryset, now=False)

    @admin.action(
        description=_("Withdraw the key now, because it was stolen, and make another"),
        permissions=["rotate"],
    )
    def replace(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> HttpResponse | None:
        if "sure" not in request.POST:
            return self._ask(request, queryset, "replace", gettext("Replace now"))
        return self._change(request, queryset, now=True)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.receipt)
        return [path("receipt/", page, name=_RECEIPT), *super().get_urls()]

    def receipt(self, request: HttpRequest) -> HttpResponse:
        """Show what the last change of keys in this session did. It is an address of its own, as
        loading the answer to a form once more would withdraw the keys once more."""
        if not self.has_rotate_permission(request):
            raise PermissionDenied
        kept = request.session.get(_RECEIPT)
        if not kept:
            return redirect("admin:oauth_server_signingkey_changelist")
        return self._say(request, gettext("The keys were changed"), kept, {"is_done": True})

    def _change(
        self, request: HttpRequest, queryset: QuerySet[SigningKey], *, now: bool
    ) -> HttpResponse:
        done = []
        for algorithm in _algorithms(queryset):
            ended = key_changes.signed(algorithm) if now else []
            keys = SigningKey.objects
            key = keys.replace(algorithm) if now else keys.rotate(algorithm)
            with translation.override(None):  # the log outlives the language of who is there
                self.log_addition(request, key, key_changes.receipt(key, now=now)[0])
            done.append((algorithm, key_changes.receipt(key, now=now, ended=ended)))
        request.session[_RECEIPT] = done
        return redirect(f"admin:{_RECEIPT}")

    def _ask(
        self, request: HttpRequest, keys: QuerySet[SigningKey], action: str, button: str
    ) -> HttpResponse:
        """Say what will happen, and ask whether it shall."""
        now = action == "replace"
        told = [(each, key_changes.forecast(each, now=now)) for each in _algorithms(keys)]
        words = gettext("Yes, %(action)s") % {"action": button.lower()}
        title = gettext("%(button)s: are you sure?") % {"button": button}
        return self._say(
            request, title, told, {"keys": keys, "action": action, "button": words, "is_now": now}
        )

    def _say(
        self, request: HttpRequest, title: str, told: Any, further: dict[str, Any]
    ) -> HttpResponse:
        """Say `told`, which is sentences of each algorithm."""
        words = {"title": title, "opts": self.opts, "told": told}
        context = self.admin_site.each_context(request) | words | further
        page = "admin/oauth_server/signingkey/change_keys.html"
        return TemplateResponse(request, page, context)


def _algorithms(queryset: QuerySet[SigningKey]) -> list[str]:
    return sorted(set(queryset.values_list("algorithm", flat=True)))
