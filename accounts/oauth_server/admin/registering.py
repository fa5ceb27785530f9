"""Register a client in Django admin: ask first what it is, and then only what that needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from accounts.oauth_server.clients import look_alikes
from accounts.oauth_server.clients.kinds import KINDS, ClientKind
from accounts.oauth_server.clients.presets import InvalidURL, Preset, presets
from accounts.oauth_server.models import Client
from accounts.staff.model_admin import is_superuser

OTHER = "other"  # none of the kinds: every setting is asked
_OF_PRESETS = ("name", "redirect_uris")


@dataclass(frozen=True)
class Choice:
    """Hold what an admin said that the client is. `problem`: why the form cannot be filled in."""

    kind: ClientKind | None = None
    preset: Preset | None = None
    url: str = ""
    problem: str = ""
    is_made: bool = False

    @property
    def asks(self) -> tuple[str, ...]:
        """Return the fields that are asked first; without any, all of them stand open."""
        if self.preset:
            return _OF_PRESETS
        return self.kind.asks if self.kind else ()

    def columns(self) -> dict[str, Any]:
        """Return the columns that the form begins with."""
        if self.preset:
            return self.preset.columns(self.url)
        return self.kind.columns() if self.kind else {}

    @property
    def title(self) -> str:
        if self.preset:
            return f"Add {self.preset.name}"
        return f"Add client app: {self.kind.label}" if self.kind else "Add client app"


def choice(request: HttpRequest) -> Choice:
    """Read it from the address of the form."""
    preset = presets().get(request.GET.get("preset", ""))
    if preset:
        return _of_preset(preset, request.GET.get("url", ""))
    kind = KINDS.get(request.GET.get("kind", ""))
    is_made = kind is not None or request.GET.get("kind") == OTHER
    return Choice(kind=kind, is_made=is_made)


def _of_preset(preset: Preset, url: str) -> Choice:
    try:
        preset.columns(url)
    except InvalidURL as error:
        return Choice(preset=preset, url=url, problem=str(error))
    return Choice(preset=preset, url=url, is_made=True)


def choosing(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask what the client is."""
    offered = [kind for kind in KINDS.values() if is_superuser(request) or not kind.is_superusers]
    words: dict[str, Any] = {"title": "Add client app", "kinds": offered, "other": OTHER}
    words |= {"presets": presets().values(), "chosen": choice(request)}
    return render(request, "admin/oauth_server/client/choose.html", context | words)


def fieldsets(chosen: Choice, sections: Iterable[tuple[str | None, dict[str, Any]]]) -> list[Any]:
    """Put the fields that are asked first, and every other one into a section that is closed."""
    if not chosen.asks:
        return list(sections)
    shown: list[Any] = [(None, {"fields": chosen.asks})]
    for name, options in sections:
        fields = tuple(each for each in options["fields"] if each not in chosen.asks)
        shown.append(
            (name or "Kind of client", options | {"fields": fields, "classes": ("collapse",)})
        )
    return [each for each in shown if each[1]["fields"]]


def with_confirmation(fieldsets: list[Any]) -> list[Any]:
    """Put the field that says that the name is meant behind the name."""
    (title, options), *others = fieldsets
    name, *fields = options["fields"]
    return [(title, options | {"fields": (name, "name_is_meant", *fields)}), *others]


def namesake(client: Client, form: QueryDict) -> str:
    """Return the other client that this one could be taken for by the name that `form` gives it."""
    name = form.get("name", "").strip()
    if not name or name == client.name:
        return ""
    return look_alikes.namesake(Client(pk=client.pk, name=name))
