"""Call others side by side, each for a time: an examination is as slow as the slowest alone."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.db import connections
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.doctor.findings import Finding, Topic
from accounts.network.waiting import waiting_anyway

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

SECONDS = 20  # for all calls together
_AT_ONCE = 16

log = structlog.get_logger("doctor")


@dataclass(frozen=True)
class Call:
    """Hold a call that is to be made. `make` runs in a thread of its own, outside of any
    transaction, and returns what is to be said of `checked`."""

    topic: Topic
    checked: "_StrOrPromise"
    make: Callable[[], Iterable[Finding]]


def make(calls: Iterable[Call], seconds: float = SECONDS) -> list[Finding]:
    """Make all `calls`, and return what they found, in the same order."""
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="doctor")
    language = translation.get_language()  # of whoever asks, which a thread would not know
    made = {pool.submit(_made, call, language): call for call in calls}
    with waiting_anyway("doctor"):
        wait(made, timeout=seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    return [finding for done, call in made.items() for finding in _found(done, call, seconds)]


def _made(call: Call, language: str | None) -> list[Finding]:
    try:
        with translation.override(language):
            return list(call.make())
    finally:
        connections.close_all()  # this thread's, if it needed one


def _found(done: "Future[list[Finding]]", call: Call, seconds: float) -> list[Finding]:
    if done.done() and not done.cancelled():
        return _unread(done.exception(), call) or done.result()
    found = _("That took longer than %(seconds)s s.") % {"seconds": f"{seconds:g}"}
    remedy = _("Look at this machine's way out and its name servers, then try again.")
    return [call.topic.warning(call.checked, found, remedy)]


def _unread(error: BaseException | None, call: Call) -> list[Finding]:
    """Say that something else came of it than anybody thought of: the others are told all the
    same."""
    if error is None:
        return []
    log.error("doctor_failed", topic=call.topic.name, exc_info=error)
    found = _("It could not be looked at (%(error)s).") % {"error": type(error).__name__}
    return [call.topic.broken(call.checked, found, _("See “doctor_failed” in the log."))]
