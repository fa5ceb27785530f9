"""Release the claims about a person that a client may learn (OpenID Connect Core section 5).

By scope, all claims of the scope (section 5.4); or one by one, by the `claims` parameter of the
authorization request (section 5.5). Both end at the scopes that an admin allowed the client: a
claim that is asked for by itself is released only where its scope would be, and the person is asked
for that scope.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, cast

from accounts.models import User
from accounts.oauth_server import bearer
from accounts.oauth_server.claims import groups
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.models import Authorization, Client
from accounts.oauth_server.rules.scopes import Holder, claims_of, releasing, to_set
from accounts.way_back.claims_request import ClaimsRequest

Target = Literal["id_token", "userinfo"]


def claims(
    user: User, client: Client, scopes: frozenset[str], target: Target = "userinfo"
) -> dict[str, Any]:
    """Return the claims about `user` that `scopes` release in `target`. What is not known is left
    out."""
    told = {"sub": subject_for(user, client)} | _known(user, claims_of(scopes))
    if "groups" in scopes and client.tells_groups_in(target):
        told |= groups.claim(user, client)
    return told


def requested_claims(
    requested: ClaimsRequest, target: Target, authorization: Authorization
) -> dict[str, Any]:
    """Return the claims that `requested` asks for by name in `target`.

    Whether a claim is essential changes nothing here: it is there if it is known (section 5.5.1).
    One that was asked for with a `value` or `values` is left out where the person's is another.
    `sub` is not returned; asking for another person's is refused before (section 5.5.1).
    """
    return chosen_claims(
        requested, target, authorization.user, authorization.client, authorization.scope
    )


def chosen_claims(
    requested: ClaimsRequest,
    target: Target,
    user: User,
    client: Client,
    allowed: str,
) -> dict[str, Any]:
    """Return these where the person `allowed` the client that scope, in all."""
    asked = _requested(requested, target, client)
    if not asked:
        return {}
    scopes = to_set(allowed)
    known = _known(user, [name for name in claims_of(scopes) if name in asked])
    if "groups" in scopes and client.groups_claim in asked:
        known |= groups.claim(user, client)
    return {name: value for name, value in known.items() if _is_wanted(value, asked[name])}


def about(access: bearer.Access) -> dict[str, Any]:
    """Return what the API may tell of the token's person: what the token's scopes release.

    Their own personal token knows them by their public `sub`; a client, by the one that it has.
    Of groups it tells nothing: under which name and as what, each client has its own.
    """
    user = cast(User, access.person)
    sub = subject_for(user, access.client) if access.client else user.sub
    return {"sub": sub} | _known(user, claims_of(access.scopes))


def scopes_behind(requested: ClaimsRequest, client: Client) -> frozenset[str]:
    """Return the scopes that a person would have to allow for all that `requested` names."""
    targets: tuple[Target, ...] = ("id_token", "userinfo")
    names = {name for target in targets for name in _requested(requested, target, client)}
    allowed = client.allowed_scopes(Holder.PERSON)
    # The first of several: what it is not allowed may release the claim too.
    return frozenset(next(s for s in _releasing(name, client) if s in allowed) for name in names)


def _releasing(claim: str, client: Client) -> list[str]:
    return ["groups"] if claim == client.groups_claim else releasing(claim)


def _requested(requested: ClaimsRequest, target: Target, client: Client) -> dict[str, Any]:
    """Return what is asked of each claim that the client may have; None: nothing in particular."""
    asked: dict[str, Any] = getattr(requested, target)
    if not asked:
        return {}
    scopes = client.allowed_scopes(Holder.PERSON)
    allowed = set(claims_of(scopes)) - {"groups"}
    if "groups" in scopes:
        allowed.add(client.groups_claim)
    return {name: wish for name, wish in asked.items() if name in allowed and name != "sub"}


def _is_wanted(value: Any, wish: Any) -> bool:
    if not isinstance(wish, dict):
        return True
    values = wish.get("values")
    if isinstance(values, list):
        return value in values
    return "value" not in wish or bool(value == wish["value"])


# The claims that are more than a column of the same name.
_MADE: dict[str, Callable[[User], Any]] = {
    "sub": lambda user: None,  # each client has its own: subjects.py
    "groups": lambda user: None,  # and so here: groups.py
    "updated_at": lambda user: int(user.updated_at.timestamp()),
    "phone_number_verified": lambda user: user.phone_number_verified if user.phone_number else None,
}


def is_known(claim: str) -> bool:
    """Return whether there is something to tell under this name: see rules/scopes.py."""
    return claim in _MADE or hasattr(User, claim)


def _known(user: User, names: Iterable[str]) -> dict[str, Any]:
    values = {name: _MADE[name](user) if name in _MADE else getattr(user, name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, "", {})}
