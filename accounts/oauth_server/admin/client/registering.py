"""Register a client in Django admin: ask first what it is, and then only what that needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

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
            return _("Add %(name)s") % {"name": self.preset.name}
        return (
            _("Add client app: %(label)s") % {"label": self.kind.label}
            if self.kind
            else _("Add client app")
        )


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
    words: dict[str, Any] = {"title": _("Add client app"), "kinds": offered, "other": OTHER}
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
            (
                name or _("Kind of client"),
                options | {"fields": fields, "classes": ("collapse",)},
            )
        )
    return [each for each in shown if each[1]["fields"]]


_KIND = ("kind", "client_type", "grant_types")


def opened_for_a_change(fieldsets: list[Any]) -> list[Any]:
    """Show what names the client and what its state is, and below them every other section closed.
    Django opens one in which something is wrong."""
    (first, options), *others = fieldsets
    kind = tuple(each for each in options["fields"] if each in _KIND)
    named = tuple(each for each in options["fields"] if each not in _KIND)
    status = [each for each in others if each[0] == _("Status")]
    closed = [(_("Kind of client"), {"fields": kind}), *(e for e in others if e not in status)]
    return [
        (first, options | {"fields": named}),
        *status,
        *((name, options | {"classes": ("collapse",)}) for name, options in closed),
    ]


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
