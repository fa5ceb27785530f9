"""Hold the ID of the request at hand: in its line of the log, in its answer, and in what it
recorded."""

import uuid
from contextvars import ContextVar, Token

_id: ContextVar[str] = ContextVar("request_id", default="")


def begin() -> Token[str]:
    """Give the request that begins an ID of its own. Returns what `end` takes."""
    return _id.set(str(uuid.uuid4()))


def end(begun: Token[str]) -> None:
    _id.reset(begun)


def current() -> str:
    """Return the ID of the request that is being answered; "" outside of any."""
    return _id.get()
