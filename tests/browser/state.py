"""A state of a page: what has to be so, and what has to be done, before a browser shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse

from tests.browser.cast import Cast, session_of_nobody

# What goes into a field, or makes it from the session of the browser.
Value = str | Callable[[SessionBase], str]

NOBODY, ALICE, BOB = "", "alice", "bob"


@dataclass(frozen=True)
class Press:
    """Fill in `fields` by their names and press `button`, a CSS selector.

    Words are translated, so nothing is found by its words. Without `button` it is the button that
    sends the first of the fields.
    """

    fields: Mapping[str, Value]
    button: str = ""


def send(button: str = "", **fields: Value) -> Press:
    return Press(fields, button)


def code_in_session(session: SessionBase) -> str:
    """Return the code that this browser was sent by e-mail."""
    codes = [each["code"] for each in session.values() if isinstance(each, dict) and "code" in each]
    codes += [each["state"]["code"] for each in session.values() if _is_stage(each)]
    return str(codes[0])


def _is_stage(value: object) -> bool:
    return isinstance(value, dict) and "code" in value.get("state", {})


@dataclass(frozen=True)
class State:
    """`page` is the name in the URLconf that the state ends at, "" for an address of no page.

    `who` looks at it: NOBODY, ALICE, whose account is full, or BOB, whose account is empty. `at` is
    the address to begin at, or makes it (and whatever else must be there first); without it, it is
    the address of `page`, and "?..." is put behind that. `kept` makes what NOBODY's session keeps
    of a step elsewhere. `then` are forms to send from there. `drawn` makes the HTML of pages that
    no good browser can bring about.
    """

    name: str
    page: str
    who: str = NOBODY
    at: str | Callable[[Cast], str] = ""
    kept: Callable[[Cast], dict[str, Any]] | None = field(default=None, repr=False)
    then: tuple[Press, ...] = ()
    status: int = 200
    drawn: Callable[[], str] | None = field(default=None, repr=False)

    @property
    def is_translated(self) -> bool:
        """Whether its words are in the language of the browser that comes to it."""
        return not self.drawn and not self.page.startswith("admin:")

    def address(self, cast: Cast) -> str:
        """Make what the state needs; return the path (and query) to begin at."""
        if callable(self.at):
            return self.at(cast)
        if self.at.startswith("/"):
            return self.at
        return reverse(self.page) + self.at

    def session(self, cast: Cast) -> dict[str, str] | None:
        """Make the session that the state is looked at in; return its cookie, None without one."""
        if self.who:
            return cast.cookie_of(self.who)
        return session_of_nobody(self.kept(cast)) if self.kept else None

    def __str__(self) -> str:
        return self.name
