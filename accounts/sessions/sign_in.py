"""Describe a sign-in in the terms of OpenID Connect: when, how, and in which session."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# The authentication context classes (`acr`, OpenID Connect Core section 2) of this site.
ONE_FACTOR = "urn:latchkey:acr:one-factor"
TWO_FACTORS = "urn:latchkey:acr:two-factors"
ACR_VALUES = (ONE_FACTOR, TWO_FACTORS)


@dataclass(frozen=True)
class SignIn:
    """Describe when and how a person signed in. Codes carry it to every token that they earn.

    `auth_time`, `amr` and `sid` are the claims of those names (Core section 2, RFC 8176,
    Back-Channel Logout section 2.1). `auth_time` is None where only a third party can know, and
    does not say; `amr` is empty too where no sign-in stands behind a token, and `sid` is "" where
    no browser's session does.
    """

    auth_time: datetime | None = None
    amr: tuple[str, ...] = ()
    sid: str = ""

    @classmethod
    def from_columns(cls, auth_time: datetime | None, amr: str, sid: str = "") -> "SignIn":
        """Return the sign-in that a row holds. SQLite's times are UTC and do not say so, where a
        statement of our own reads them."""
        if auth_time is not None and auth_time.tzinfo is None:
            auth_time = auth_time.replace(tzinfo=UTC)
        return cls(auth_time, tuple(amr.split()), sid)

    def columns(self) -> dict[str, Any]:
        """Return the columns that a row holds it in, by their names."""
        return {"auth_time": self.auth_time, "amr": " ".join(self.amr), "sid": self.sid}

    def claims(self) -> dict[str, Any]:
        """Return the claims of an ID token that say it, without those that say nothing."""
        seconds = int(self.auth_time.timestamp()) if self.auth_time else None
        claims = {"auth_time": seconds, "amr": list(self.amr), "sid": self.sid}
        return {name: value for name, value in claims.items() if value}

    @property
    def acrs(self) -> tuple[str, ...]:
        """Return all authentication context classes that it reaches, the best one last: who showed
        two factors has shown one."""
        if not self.auth_time and not self.amr:
            return ()
        return ACR_VALUES if "mfa" in self.amr else (ONE_FACTOR,)

    @property
    def acr(self) -> str:
        """Return the best authentication context class that it reaches, "" where none is."""
        return self.acrs[-1] if self.acrs else ""

    def is_older_than(self, seconds: int) -> bool:
        """Return whether it is longer ago than max_age allows, or nobody knows when it was."""
        return self.auth_time is None or self.auth_time.timestamp() < time.time() - seconds
