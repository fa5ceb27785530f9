"""Give clients their logos: what an admin uploads, and what a client names as its `logo_uri`.

RFC 7591 section 2 lets a client name a picture, which would tell the app who looks at it, and lend
it a face that nobody checked (section 5). So this site fetches it once, after an admin has verified
the app, and serves it itself.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.oauth_server.clients import outbound
from accounts.oauth_server.models import Client, ClientLogo, Registration

if TYPE_CHECKING:
    from accounts.oauth_server.rules.logo_images import Drawn

_ACCEPT = "image/png, image/webp, image/jpeg, image/gif"


class NoLogo(Exception):
    """Report that a client got no logo; says why in words for an admin."""


def draw(data: bytes) -> "Drawn":
    """Return a logo made of what somebody sent. Raises NoLogo."""
    from accounts.oauth_server.rules.logo_images import Unusable, draw  # as that module says

    try:
        return draw(data)
    except Unusable as error:
        raise NoLogo(str(error)) from error


def keep(client: Client, drawn: "Drawn", source: str) -> None:
    """Make it the client's logo, in place of the one it had."""
    kept = {
        "digest": sha256(drawn.png).hexdigest(),
        "image": drawn.png,
        "width": drawn.width,
        "height": drawn.height,
        "source": source,
    }
    ClientLogo.objects.update_or_create(client=client, defaults=kept)


def remove(client: Client) -> bool:
    """Take the client's logo from it; False where it has none."""
    return bool(ClientLogo.objects.filter(client=client).delete()[0])


def remove_fetched(client: Client) -> bool:
    """Take from the client the logo that it named itself, and leave it one that an admin uploaded:
    that is the admin's own, and shown again once somebody has verified the app anew."""
    own = ClientLogo.objects.filter(client=client, source=ClientLogo.FETCHED)
    return bool(own.delete()[0])


def named_by(client: Client) -> str:
    """Return the `logo_uri` of a client that registered itself, "" for none."""
    registration = Registration.objects.filter(client=client).first()
    return str(registration.told.get("logo_uri", "")) if registration else ""


def fetch(client: Client) -> None:
    """Make what `client` names its logo. Not to be called in a transaction. Raises NoLogo."""
    uri = named_by(client)
    if not client.is_verified:
        raise NoLogo(_("Verify the app first."))
    if not uri:
        raise NoLogo(_("It names none (logo_uri)."))
    if ClientLogo.objects.filter(client=client, source=ClientLogo.UPLOADED).exists():
        raise NoLogo(_("It has one that was uploaded. Remove that first."))
    try:
        data = outbound.fetch_bytes(uri, _ACCEPT, may_be_loopback=client.is_registered_by_admin)
    except outbound.CannotFetch as error:
        raise NoLogo(
            _("%(uri)s cannot be read: %(error)s.") % {"uri": uri, "error": error.said}
        ) from error
    _keep_fetched(client, uri, draw(data))


def _keep_fetched(client: Client, uri: str, drawn: "Drawn") -> None:
    """Keep it, unless something happened while it was fetched: what an admin verified may have
    become another app, and what an admin uploaded stays."""
    with transaction.atomic():
        now = Client.objects.select_for_update().filter(pk=client.pk, is_verified=True).first()
        if now is None or named_by(now) != uri:
            raise NoLogo(_("The app has changed meanwhile."))
        if not ClientLogo.objects.filter(client=now, source=ClientLogo.UPLOADED).exists():
            keep(now, drawn, ClientLogo.FETCHED)
