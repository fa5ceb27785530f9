"""Read what the client app that sent a person to sign in asks of that sign-in.

It is read from `next`, which leads back to the app's authorization request (OpenID Connect Core
section 3.1.2.1). Nothing of it is validated yet: pages may suit themselves to it, and whoever is
let in is decided when the person is back at the authorization endpoint.
"""

from dataclasses import astuple, dataclass

from django.core import signing
from django.urls import reverse

from accounts.way_back import packed
from accounts.way_back.claims_request import ClaimsRequest, MalformedClaims

FIRST_SEEN = "first_seen"  # the parameter that a request is continued with
LONGEST = 3600  # seconds that a person may take

# The greatest max_age that a request may name: any age will do, but it has to be known.
ANY_AGE = 999_999_999  # seconds

_SALT = "how an authorization request goes on"


@dataclass(frozen=True)
class Continuation:
    """Say how a request goes on after its person was sent somewhere. It carries this, signed.

    `digest` is of the request as it began; `first_seen` is in seconds since 1970; `steps` are what
    the person has been sent to do; `max_age` is how old a sign-in may be, in seconds: 0 where the
    person has to be asked anew, None where it does not matter.
    """

    digest: str
    first_seen: float
    steps: tuple[str, ...]
    max_age: int | None

    def signed(self) -> str:
        return signing.dumps(astuple(self), salt=_SALT)

    @classmethod
    def read(cls, parameter: str) -> "Continuation | None":
        """Return the continuation in `parameter`, None where this site did not sign it."""
        try:
            digest, first_seen, steps, max_age = signing.loads(parameter, salt=_SALT)
        except signing.BadSignature:
            return None
        return cls(digest, float(first_seen), tuple(steps), max_age)


def is_continued(next_url: str) -> bool:
    """Return whether `next_url` leads on to a request that sent its person to sign in.

    The sign-in page asks this, and then shows itself also to people who are signed in.
    """
    return FIRST_SEEN in _query(next_url)


def demanded_age(next_url: str) -> int | None:
    """Return how old a sign-in may be for the request that `next_url` leads on to: Continuation's
    `max_age`. A third party is asked for the same, as it may itself remember the person.
    """
    continuation = Continuation.read(_first(_query(next_url), FIRST_SEEN))
    return continuation.max_age if continuation else None


def demands_authentication_context(next_url: str) -> bool:
    """Return whether the client that `next_url` leads to lets nobody in whose sign-in reaches none
    of the classes that it names (Core section 5.5.1.1), where others only wish for one."""
    try:
        claims = ClaimsRequest.parse(_first(_query(next_url), "claims"))
    except MalformedClaims:
        return False
    return bool(claims.acr_values(essential=True))


def login_hint(next_url: str) -> str:
    """Return whom the client that `next_url` leads to expects, for the sign-in form."""
    return _first(_query(next_url), "login_hint")


def client_id(next_url: str) -> str:
    """Return which client the request that `next_url` leads to names."""
    return _first(_query(next_url), "client_id")


def ui_locales(next_url: str) -> list[str]:
    """Return the languages (BCP 47) that the client which `next_url` leads to prefers, in order."""
    return _first(_query(next_url), "ui_locales").split()


def _query(next_url: str) -> dict[str, list[str]]:
    """Return the parameters of the authorization request that `next_url` leads to, {} where it
    leads elsewhere."""
    if "?" not in next_url:  # most pages that people come to by themselves
        return {}
    return packed.parameters(next_url, reverse("oauth_server:authorize"))


def _first(query: dict[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0]
