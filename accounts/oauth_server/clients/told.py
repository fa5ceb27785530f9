"""Make a client of what an admin tells in a command or a file: its columns, and its own secret."""

import re
from typing import Any

from accounts.oauth_server.clients import default_scopes
from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.models.client_secret import MOST, TooManySecrets
from accounts.oauth_server.rules.credentials import digest, strength

# Of a secret that another server made: what is refused below, and warned of (NIST SP 800-63B takes
# 112 bits for out of reach).
_LEAST_BITS, _ENOUGH_BITS = 64, 112
_SECRET = re.compile(r"[\x20-\x7e]{1,255}")


class BadSecret(Exception):
    """Report a secret of a client's own that is refused. Its text says why, without the secret."""


def fill_in(client: Client, told: dict[str, Any]) -> None:
    """Give the client what is told, and what follows from it where that is not told."""
    for column, value in told.items():
        setattr(client, column, value)
    if not client.is_public and client.token_endpoint_auth_method == Client.NO_AUTHENTICATION:
        client.token_endpoint_auth_method = told.get(
            "token_endpoint_auth_method", Client.CLIENT_SECRET_BASIC
        )
    if not client.pk and "scopes" not in told:
        client.scopes = default_scopes.usable(client, client.scopes)
    if "default_scopes" not in told:
        default_scopes.follow(client)


def check_secret(client: Client, secret: str) -> str:
    """Check the secret that `client` has at another server, and return a warning where it is weak.
    Raises BadSecret. It is stored by a quick hash, so that who steals the database could guess one
    that was not made at random."""
    if not client.has_secrets:
        raise BadSecret("this client has no secret.")
    if not _SECRET.fullmatch(secret):  # RFC 6749 appendix A.2
        raise BadSecret("it takes 1 to 255 printable ASCII characters.")
    bits = int(strength(secret))
    if bits < _LEAST_BITS:
        raise BadSecret(
            f"this secret has {bits} bits at most, below {_LEAST_BITS}. Leave it out to have one "
            "made."
        )
    weak = f"this secret is weak, with {bits} bits at most. Replace it."
    return weak if bits < _ENOUGH_BITS else ""


def keep_secret(client: Client, secret: str) -> bool:
    """Let `client` go on with a secret of its own, and return whether that is new. Raises BadSecret
    where it has as many as it may."""
    if client.secrets.filter(digest=digest(secret)).exists():
        return False
    try:
        ClientSecret.objects.keep(client, secret)
    except TooManySecrets as error:
        words = f"this client has {MOST} secrets that work, and may have no more. Delete one first."
        raise BadSecret(words) from error
    return True
