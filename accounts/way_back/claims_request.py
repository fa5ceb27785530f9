"""Read the `claims` parameter of an authorization request (OpenID Connect Core section 5.5)."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any


class MalformedClaims(ValueError):
    """Refuse a `claims` parameter that is no JSON object of objects."""


@dataclass(frozen=True)
class ClaimsRequest:
    """Describe which claims a client asks for one by one, and what it asks of each; None where
    that is nothing in particular. The client wrote it: of the values nothing is known."""

    id_token: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, parameter: str) -> "ClaimsRequest":
        """Parse the parameter, or the column that keeps it; "" asks for nothing. Raises
        MalformedClaims."""
        if not parameter:
            return cls()
        try:
            claims = json.loads(parameter)
        except (ValueError, RecursionError) as error:
            raise MalformedClaims from error
        if not isinstance(claims, dict):
            raise MalformedClaims
        return cls(_members(claims, "id_token"), _members(claims, "userinfo"))

    def as_column(self) -> str:
        """Return the text that a column keeps it as, "" where it asks for nothing."""
        asked = {target: members for target, members in asdict(self).items() if members}
        return json.dumps(asked) if asked else ""

    def acr_values(self, *, essential: bool) -> tuple[str, ...]:
        """Return the authentication context classes that it names.

        An essential `acr` claim demands one of them, a voluntary one only wishes for it, as
        `acr_values` does (Core section 5.5.1.1).
        """
        acr = self.id_token.get("acr")
        if not isinstance(acr, dict) or (acr.get("essential") is True) != essential:
            return ()
        listed = acr.get("values")
        named = listed if isinstance(listed, list) else [acr.get("value")]
        return tuple(value for value in named if isinstance(value, str))

    @property
    def demands_auth_time(self) -> bool:
        """Return whether it calls `auth_time` essential: then it is required (Core section 2)."""
        auth_time = self.id_token.get("auth_time")
        return isinstance(auth_time, dict) and auth_time.get("essential") is True

    @property
    def expected_sub(self) -> str:
        """Return the subject that it is about (Core section 5.5.1), "" where it does not say."""
        for members in (self.id_token, self.userinfo):
            sub = members.get("sub")
            if isinstance(sub, dict) and isinstance(sub.get("value"), str):
                return str(sub["value"])
        return ""


def _members(claims: dict[str, Any], target: str) -> dict[str, Any]:
    members = claims.get(target) or {}
    if not isinstance(members, dict):
        raise MalformedClaims
    return members
