"""Decide which protected resources a request gets tokens for (RFC 8707): one way for every endpoint
that is asked for them.

A request that names none is about this site's own API alone. One for something that no admin has
registered here is refused: a token that anybody would take is good for whoever gets hold of it. A
token for somebody else's API does not open this site's, so it is never for both.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.oauth_server.models import Client, ProtectedResource
from accounts.oauth_server.rules import resources
from accounts.oauth_server.rules.scopes import SCOPES, Holder
from accounts.oauth_server.wire.form import Form

_AT_MOST = 20  # of one request


class InvalidTarget(OAuth2Error):
    """Refuse a resource (RFC 8707 section 2)."""

    error = "invalid_target"


@dataclass(frozen=True)
class Target:
    """Describe what tokens are asked for: the resources `rows`, and `is_own` where this site's API
    is named beside them. Neither: its API alone."""

    rows: tuple[ProtectedResource, ...] = ()
    is_own: bool = False

    @property
    def audience(self) -> str:
        """Return what is stored of it: "" for this site's own API alone."""
        own = [resources.own_api()] if self.is_own and self.rows else []
        return resources.to_audience([*(row.identifier for row in self.rows), *own])

    @property
    def scopes(self) -> frozenset[str]:
        """Return the scopes of the resources, beside this site's own."""
        return frozenset(name for row in self.rows for name in row.sentences)

    @property
    def is_jwt(self) -> bool:
        """Return whether the token is a JWT: where all of them take one, by the same signature."""
        return bool(self.rows) and all(
            row.is_jwt and row.algorithm == self.algorithm for row in self.rows
        )

    @property
    def algorithm(self) -> str:
        return self.rows[0].algorithm

    @property
    def tells_groups(self) -> bool:
        """Return whether all of them may read the person's groups in the token."""
        return all(row.tells_groups for row in self.rows)

    def lifetime_for(self, client: Client) -> timedelta:
        """Return how long the access token lasts: as long as the shortest-lived of them."""
        chosen = (row.lifetime_for(client) for row in self.rows)
        return min(chosen, default=client.access_token_lifetime)

    def within(self, scopes: frozenset[str]) -> frozenset[str]:
        """Return those of the granted `scopes` that are of this site or of these resources."""
        return scopes & (SCOPES.keys() | self.scopes)


OWN_API = Target()


def asked_target(client: Client, holder: Holder, request: Any) -> Target:
    """Return what `request` asks tokens for. Raises InvalidTarget."""
    sent = _sent(request)
    if not sent:
        return OWN_API
    keys = _keys(sent, request)
    by_itself = holder is Holder.CLIENT
    rows = ProtectedResource.objects.compared(key for key in keys if not resources.is_own(key))
    for key, identifier in keys.items():
        row = rows.get(key)
        if row is None and not resources.is_own(key):
            raise InvalidTarget(
                description=f"No resource is registered here as {_quoted(identifier)}. An admin "
                "of this site can add it under Protected resources.",
                request=request,
            )
        if row and not row.is_open_to(client, by_itself=by_itself):
            raise InvalidTarget(
                description=f"This client may not ask for {_quoted(identifier)}. An admin of "
                "this site can list it among the resource's apps.",
                request=request,
            )
    return Target(tuple(rows.values()), any(map(resources.is_own, keys)))


def sole_target(client: Client, holder: Holder, request: Any) -> Target:
    """Return what `request` asks a token for at once. Raises InvalidTarget."""
    return _sole(asked_target(client, holder, request), request)


_NOT_ALLOWED = "was not asked for at the authorization endpoint"


def narrowed_target(
    audience: str, client: Client, request: Any, *, beyond: str = _NOT_ALLOWED
) -> Target:
    """Return what `request` gets an access token for of the `audience` that a person allowed: all
    of it, or what it names (RFC 8707 section 2.2). Raises InvalidTarget, which says `beyond` of
    what is more."""
    if not (audience or request.resources):
        return OWN_API
    allowed = resources.told(audience)
    sent = _keys(_sent(request), request)
    keys = {resources.compared(each): each for each in allowed}
    for key, identifier in sent.items():
        is_allowed = key in keys or (resources.is_own(key) and any(map(resources.is_own, keys)))
        if not is_allowed:
            raise InvalidTarget(description=f"{_quoted(identifier)} {beyond}.", request=request)
    wanted = sent or keys
    others = {key for key in wanted if not resources.is_own(key)}
    if not others:
        return OWN_API
    rows = ProtectedResource.objects.compared(others).values()
    found = [row for row in rows if row.is_open_to(client, by_itself=False)]
    if len(found) < len(others) and (sent or not found):
        raise InvalidTarget(
            description="A resource is no longer registered here, or not for this client.",
            request=request,
        )
    return _sole(Target(tuple(found), any(map(resources.is_own, wanted))), request)


def exchanged_target(audience: str, client: Client, request: Form) -> Target:
    """Return what `request` gets of the `audience` of a token that is exchanged: all of it, or what
    it names by `resource` or `audience`, the latter also by the client that serves it (RFC 8693
    section 2.1). Raises InvalidTarget."""
    served = ProtectedResource.objects.filter(
        server__client_id__in=request.audiences, identifier__in=resources.told(audience)
    )
    by_server = defaultdict(list)
    for client_id, identifier in served.values_list("server__client_id", "identifier"):
        by_server[client_id].append(identifier)
    for each in request.audiences:
        request.resources += by_server.get(each, [each])
    return narrowed_target(audience, client, request, beyond="is not what the subject_token is for")


def _sole(target: Target, request: Any) -> Target:
    if target.rows and target.is_own:
        raise InvalidTarget(
            description="A token for this site's API is for nothing else: name one resource.",
            request=request,
        )
    return target


def _sent(request: Any) -> list[str]:
    """Return each `resource` that was sent; one without a value counts as not sent."""
    if isinstance(request, Form):
        return request.resources
    pairs: Iterable[tuple[str, str]] = request.uri_query_params
    return [value for name, value in pairs if name == "resource" and value]


def _keys(sent: list[str], request: Any) -> dict[str, str]:
    """Return by what each is compared, with how it was written."""
    if len(sent) > _AT_MOST:
        raise InvalidTarget(description=f"Ask for {_AT_MOST} resources at most.", request=request)
    for identifier in sent:
        wrong = resources.problem(identifier)
        if wrong:
            raise InvalidTarget(
                description=f"{_quoted(identifier)} is no resource: {wrong}.", request=request
            )
    return {resources.compared(identifier): identifier for identifier in sent}


def _quoted(identifier: str) -> str:
    return identifier if len(identifier) <= 100 else f"{identifier[:100]}..."
