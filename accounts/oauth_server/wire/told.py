"""Hold what is found out about the request at hand, for the recorder: which client it is from, and
why it was refused.

Two context variables, so that a request of a client that nobody records takes no statement and next
to no time.
"""

from contextvars import ContextVar

from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.oauth_server.models import Client

_client: ContextVar[Client | None] = ContextVar("recorded_client", default=None)
_refusal: ContextVar[OAuth2Error | None] = ContextVar("recorded_refusal", default=None)


def begin() -> None:
    """Forget what was told of the request before."""
    _client.set(None)
    _refusal.set(None)


def note_client(client: Client) -> None:
    """Note which client the request is from, or names. Whoever finds its row says so here."""
    _client.set(client)


def note_refusal(error: OAuth2Error) -> None:
    _refusal.set(error)


def client() -> Client | None:
    """Return the client; None where no row of one was read."""
    return _client.get()


def refusal() -> OAuth2Error | None:
    """Return the error that the client or its person is told, None where there is none."""
    return _refusal.get()
