"""Serve Django admin with pages of its own, which are of no model."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

Page = Callable[[HttpRequest], HttpResponse]
Context = Callable[[HttpRequest], dict[str, Any]]

# What admins work with, in this order, and what it is called among links.
_FIRST = {
    "oauth_server.Client": "Clients",
    "socialaccount.SocialApp": "Providers",
    "accounts.User": "People",
    "auth.Group": "Groups",
    "accounts.SecurityEvent": "Events",
    "oauth_server.SigningKey": "Keys",
    "accounts.Invitation": "Invitations",
}
_FURTHER = {
    "oauth_server.Authorization": "Authorizations",
    "socialaccount.SocialAccount": "Connections",
    "oauth_server.AccessToken": "Access tokens",
    "oauth_server.RefreshToken": "Refresh tokens",
    "oauth_server.PersonalToken": "Personal access tokens",
    "oauth_server.AuthorizationCode": "Authorization codes",
    "oauth_server.InitialAccessToken": "Initial access tokens",
    "django_tasks_database.DBTaskResult": "Tasks",
}
_SECTIONS = {"main": ("Manage", _FIRST), "further": ("More", _FURTHER)}


class AdminSite(admin.AdminSite):
    """Add pages to Django's own: each registers itself, as models do. Links stand in the order of
    the work, and not under the packages that the tables are of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: dict[str, Page] = {}
        self._start: Context | None = None

    def add_page(self, name: str, page: Page) -> None:
        """Serve `page` to staff at the address `name`. Who of them may see it, it says itself."""
        self._pages[name] = page

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path(f"{name}/", self.admin_view(page), name=name) for name, page in self._pages.items()
        ]
        return [*own, *super().get_urls()]

    def show_at_start(self, context: Context) -> None:
        """Have the start page show what `context` returns for a request."""
        self._start = context

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
        models = {model["model"]._meta.label: model for app in apps for model in app["models"]}
        sections = (_section(*told, models) for told in _SECTIONS.items())
        return [section for section in sections if section["models"]]


def _section(
    label: str, told: tuple[str, dict[str, str]], models: dict[str, Any]
) -> dict[str, Any]:
    title, names = told
    return {
        "name": title,
        "app_label": label,
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": [models[each] | {"name": name} for each, name in names.items() if each in models],
    }
