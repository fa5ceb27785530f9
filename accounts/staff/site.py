"""Serve Django admin with pages of its own, which are of no model."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

Page = Callable[[HttpRequest], HttpResponse]
Context = Callable[[HttpRequest], dict[str, Any]]


class Banner(NamedTuple):
    """Say in `words` what every admin has to see while it is so, and where to do what about it."""

    words: str
    url: str
    link: str


Banners = Callable[[HttpRequest], Iterable[Banner]]

# What admins work with, in this order, and what it is called among links.
_FIRST = {
    "oauth_server.Client": _("Clients"),
    "socialaccount.SocialApp": _("Third parties"),
    "accounts.User": _("People"),
    "auth.Group": _("Groups"),
    "accounts.SecurityEvent": _("Events"),
    "oauth_server.SigningKey": _("Keys"),
    "accounts.Invitation": _("Invitations"),
    "accounts.Webhook": _("Webhooks"),
}
_FURTHER = {
    "oauth_server.Authorization": _("Authorizations"),
    "socialaccount.SocialAccount": _("Connections"),
    "oauth_server.AccessToken": _("Access tokens"),
    "oauth_server.RefreshToken": _("Refresh tokens"),
    "oauth_server.PersonalToken": _("Personal access tokens"),
    "oauth_server.AuthorizationCode": _("Authorization codes"),
    "oauth_server.ProtectedResource": _("Protected resources"),
    "oauth_server.ExchangePolicy": _("Token exchange policies"),
    "oauth_server.CrossAppPolicy": _("Cross-app access policies"),
    "oauth_server.InitialAccessToken": _("Initial access tokens"),
    "oauth_server.BlockedHost": _("Blocked hosts"),
    "accounts.WebhookDelivery": _("Webhook deliveries"),
    "django_tasks_database.DBTaskResult": _("Tasks"),
}
_SECTIONS = {"main": (_("Manage"), _FIRST), "further": (_("More"), _FURTHER)}


class AdminSite(admin.AdminSite):
    """Add pages to Django's own: each registers itself, as models do. Links stand in the order of
    the work, and not under the packages that the tables are of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: dict[str, Page] = {}
        self._links: dict[str, tuple[str, Any]] = {}
        self._start: Context | None = None
        self._banners: list[Banners] = []

    def add_page(self, name: str, page: Page) -> None:
        """Serve `page` to staff at the address `name`. Who of them may see it, it says itself."""
        self._pages[name] = page

    def link_after(self, model: str, name: str, title: Any) -> None:
        """Show the page `name` among links, after that of `model` and for whoever sees that."""
        self._links[model] = (name, title)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path(f"{name}/", self.admin_view(page), name=name) for name, page in self._pages.items()
        ]
        return [*own, *super().get_urls()]

    def show_at_start(self, context: Context) -> None:
        """Have the start page show what `context` returns for a request."""
        self._start = context

    def show_on_every_page(self, banners: Banners) -> None:
        """Have every page show what `banners` returns for a request, while that is something."""
        self._banners.append(banners)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        shown = [each for banners in self._banners for each in banners(request)]
        return super().each_context(request) | {"banners": shown}

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        shown = self._start(request) if self._start else {}
        return super().index(request, shown | (extra_context or {}))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the links that this admin may follow, those to a package's tables where
        `app_label` names it."""
        apps: list[Any] = super().get_app_list(request, app_label)
        if app_label:
            return apps
        listed = [model for app in apps for model in app["models"]]
        models = {model["model"]._meta.label: self._linked(model) for model in listed}
        sections = (_section(*told, models) for told in _SECTIONS.items())
        return [section for section in sections if section["models"]]

    def _linked(self, model: dict[str, Any]) -> dict[str, Any]:
        """Add the page of no model that stands behind the model's own, if there is one."""
        link = self._links.get(model["model"]._meta.label)
        further = {"name": link[1], "url": reverse(f"admin:{link[0]}")} if link else None
        return model | {"further": further}


def _section(
    label: str, told: tuple[Any, dict[str, Any]], models: dict[str, Any]
) -> dict[str, Any]:
    title, names = told
    return {
        "name": title,
        "app_label": label,
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": [models[each] | {"name": name} for each, name in names.items() if each in models],
    }
