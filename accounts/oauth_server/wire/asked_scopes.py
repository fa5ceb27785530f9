"""Decide which scopes a request gets: one way for every endpoint that is asked for scopes.

A scope that this site does not know is ignored (OpenID Connect Core section 3.1.2.1), and the
answer says what was granted (RFC 6749 section 5.1). A known one that is not to be had is refused by
name; or left out, where an admin chose that for the client. A request for unknown ones alone counts
as one that names none (RFC 6749 section 3.3): it gets no more than that. Nothing is granted that
the client could not have by asking for it.
"""

from typing import Any

from accounts.oauth_server.models import Client
from accounts.oauth_server.rules.scopes import Holder, known, to_set
from accounts.oauth_server.wire.endpoint import scope_error


def asked_scopes(
    client: Client, holder: Holder, request: Any, beside: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Return the scopes that `request` gets; `beside` are those of the resources that it asks for.
    Raises InvalidScopeError (RFC 6749 section 5.2)."""
    return within(
        client.allowed_scopes(holder) | beside,
        by_default=client.scopes_by_default(holder),
        client=client,
        request=request,
    )


def within(
    allowed: frozenset[str], *, by_default: frozenset[str], client: Client, request: Any
) -> frozenset[str]:
    """Return the scopes that `request` gets of those that are `allowed`; `by_default`, those of a
    request that names none. Raises InvalidScopeError."""
    sent = to_set(request.scope)
    asked = known(sent) | (sent & allowed) or by_default
    if sent and not asked:  # it would be told that it got something
        raise scope_error(sent, request)
    refused = asked - allowed
    if refused and (refused == asked or not client.leaves_out_scopes):
        raise scope_error(refused, request)
    return asked - refused


def obtainable(client: Client, holder: Holder, sent: frozenset[str]) -> frozenset[str]:
    """Return the most that a request for the scopes `sent` gets."""
    return (known(sent) or client.scopes_by_default(holder)) & client.allowed_scopes(holder)
