"""Choose the scopes that nobody chose: the default ones follow the allowed ones and the grants."""

from accounts.oauth_server.models import Client
from accounts.oauth_server.models.client import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    FOR_ADMINS_TO_GIVE,
)
from accounts.oauth_server.rules.scopes import Holder, held_by, to_set, to_text


def holders(client: Client) -> Holder:
    """Return in whose name the client's grants let it speak."""
    found = Holder(0)
    if client.allows_grant_type(AUTHORIZATION_CODE, DEVICE_CODE, *FOR_ADMINS_TO_GIVE):
        found |= Holder.PERSON
    if client.allows_grant_type(CLIENT_CREDENTIALS):
        found |= Holder.CLIENT
    return found


def usable(client: Client, scopes: str) -> str:
    """Return those of `scopes` that the client can have by its grants: without a person there is no
    openid (RFC 6749 section 4.4)."""
    held = {name for holder in holders(client) for name in held_by(holder)}
    return to_text(to_set(scopes) & held)


def default_scopes(client: Client) -> str:
    """Return what a request gets that names no scope (RFC 6749 section 3.3): as little as signs
    people in, else all that the client may have."""
    allowed = to_set(usable(client, client.scopes))
    return to_text(allowed & {"openid"} or allowed)


def follow(client: Client) -> None:
    """Give the client default scopes where those that it has are not all among the allowed."""
    if to_set(client.default_scopes) - to_set(usable(client, client.scopes)):
        client.default_scopes = default_scopes(client)
