"""Serve Django admin with pages of its own, which are of no model."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

Page = Callable[[HttpRequest], HttpResponse]


class AdminSite(admin.AdminSite):
    """Add pages to Django's own: each registers itself, as models do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: dict[str, Page] = {}

    def add_page(self, name: str, page: Page) -> None:
        """Serve `page` to staff at the address `name`. Who of them may see it, it says itself."""
        self._pages[name] = page

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path(f"{name}/", self.admin_view(page), name=name) for name, page in self._pages.items()
        ]
        return [*own, *super().get_urls()]
