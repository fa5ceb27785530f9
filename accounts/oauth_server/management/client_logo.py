"""Read from a command line which logo a client has."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.db import transaction

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.clients import logos
from accounts.oauth_server.models import Client, ClientLogo
from accounts.security_events.details import Action, AdminChange
from accounts.security_events.record import record

if TYPE_CHECKING:
    from accounts.oauth_server.rules.logo_images import Drawn


def read(path: str | None) -> "Drawn | None":
    """Return the logo that is drawn of the picture at `path`, None where none is named."""
    if not path:
        return None
    try:
        return logos.draw(Path(path).read_bytes())
    except OSError as error:
        raise CommandError(f"--logo: {error}") from error
    except logos.NoLogo as error:
        raise CommandError(f"--logo: {path}: {error}") from error


def keep(client: Client, drawn: "Drawn | None") -> dict[str, tuple[Any, Any]]:
    """Make it the client's logo, as an admin's upload, or leave it none; return what changed."""
    with transaction.atomic():
        before = _digest(client)
        if drawn:
            logos.keep(client, drawn, ClientLogo.UPLOADED)
        else:
            logos.remove(client)
        after = _digest(client)
        if before == after:
            return {}
        what: Any = {"changed": {"fields": ["Logo"]}}
        changed = (client._meta.label_lower, str(client.pk))
        details = AdminChange(Action.CHANGE, *changed, object=client.name, changes=(what,))
        record(Event.ADMIN_CLIENT, actor=Actor.ADMIN, client=client, details=details)
    return {"logo": (before, after)}


def _digest(client: Client) -> str:
    found = ClientLogo.objects.filter(client=client).values_list("digest", flat=True).first()
    return f"SHA-256 {found}" if found else ""
