"""Render a page for developers: in English, within a frame in the language of whoever reads it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.developers.navigation import entries


def page(request: HttpRequest, name: str, context: dict[str, Any] | None = None) -> HttpResponse:
    """Render templates/developers/`name`.html."""
    shown = {"entries": entries(request.path), **(context or {})}
    return render(request, f"developers/{name}.html", shown)
