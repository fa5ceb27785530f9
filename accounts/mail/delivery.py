"""Send mail so that no page waits for it.

A dialogue with a mail server takes long, and whether there was one must not tell whether an
address has an account here. So whoever asked is answered first (TASKS_BACKEND):

- `database`: `manage.py db_worker` sends it, and tries again where the server cannot be reached.
- `inline`: a few threads of this process send it (MAIL_THREADS), once. They finish what is waiting
  when the process ends. With MAIL_THREADS=0 it is sent at once.

Codes travel in mail: what waits in the database is sealed. No address, no content and no words of
the mail server, which repeat both, are logged.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any, TypedDict

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError
from django.dispatch import receiver
from django.utils import timezone
from django_tasks import TaskResult, task
from django_tasks.signals import task_finished
from django_tasks_db.models import DBTaskResult

from accounts.metrics import declared
from accounts.network.waiting import waiting_anyway
from accounts.storage.outages import is_outage
from accounts.storage.sealed import CannotOpen, seal, unseal

RETRY_AFTER = (10, 30, 90, 300, 900)  # seconds after each attempt that failed

log = structlog.get_logger("mail")


_sends: ContextVar[bool] = ContextVar("sends", default=True)


class Envelope(TypedDict):
    """Hold a letter as it waits: all that EmailMultiAlternatives takes. `about` is for the log."""

    about: str
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str
    headers: dict[str, str]


@contextmanager
def nothing_sent() -> Iterator[None]:
    """Send nothing that is posted in this block: for what is undone at its end."""
    token = _sends.set(False)
    try:
        yield
    finally:
        _sends.reset(token)


def post(message: EmailMultiAlternatives, about: str) -> None:
    """Have `message`, a text with one HTML alternative, sent. `about` names it in the log.

    Inside a transaction, call it by transaction.on_commit: what is rolled back tells nobody.
    """
    if not _sends.get():
        return
    envelope = _envelope(message, about)
    if deliver.get_backend().supports_defer:
        deliver.enqueue(seal(json.dumps(envelope)))
    elif settings.MAIL_THREADS:
        _hand_over(envelope)
    else:
        _send_once(envelope)


@task()
def deliver(sealed: str, attempt: int = 0) -> None:
    """Send a letter that waited in the database; later once more where that did not work."""
    try:
        envelope: Envelope = json.loads(unseal(sealed, "a letter"))
    except CannotOpen:  # its key was taken away meanwhile
        log.error("mail_not_sent", why="its key is gone")
        declared.MAIL_LOST.count()
        return
    if _send(envelope):
        return
    if attempt == len(RETRY_AFTER):
        declared.MAIL_LOST.count()
        return
    later = timezone.now() + timedelta(seconds=RETRY_AFTER[attempt])
    deliver.using(run_after=later).enqueue(sealed, attempt + 1)


@receiver(task_finished)
def forget_letter(task_result: TaskResult[Any], **_: Any) -> None:
    """Keep that a letter waited and was sent, but not to whom, nor what it said."""
    if task_result.task.module_path == deliver.module_path:
        nothing: dict[str, Any] = {"args": [], "kwargs": {}}
        try:
            DBTaskResult.objects.filter(pk=task_result.id).update(args_kwargs=nothing)
        except DatabaseError as error:
            if not is_outage(error):
                raise
            # The letter is sent, and is not to be told as one that was not. It is sealed, and goes
            # with the task at the next cleanup.
            log.warning("letter_not_forgotten", why="the database is away")


def _envelope(message: EmailMultiAlternatives, about: str) -> Envelope:
    return {
        "about": about,
        "sender": message.from_email,
        "to": message.to,
        "subject": str(message.subject),
        "text": str(message.body),
        "html": str(message.alternatives[0][0]),
        "headers": message.extra_headers,
    }


def _send_once(envelope: Envelope) -> None:
    if not _send(envelope):
        declared.MAIL_LOST.count()


def _send(envelope: Envelope) -> bool:
    """Send it now. Return whether that worked; it is logged where it did not."""
    message = EmailMultiAlternatives(
        subject=envelope["subject"],
        body=envelope["text"],
        from_email=envelope["sender"],
        to=envelope["to"],
        headers=envelope["headers"],
    )
    message.attach_alternative(envelope["html"], "text/html")
    try:
        with waiting_anyway("mail"):
            message.send()
    except (OSError, ValueError) as error:  # smtplib's are OSErrors; an address may be impossible
        code = getattr(error, "smtp_code", "")
        why = f"{type(error).__name__} {code}".strip()
        log.error("mail_not_sent", about=envelope["about"], why=why)
        declared.MAIL_ATTEMPTS.count("failed")
        return False
    log.info("mail_sent", about=envelope["about"])
    declared.MAIL_ATTEMPTS.count("sent")
    return True


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Return the process's own threads; Python lets them finish what is waiting before the process
    ends."""
    return ThreadPoolExecutor(settings.MAIL_THREADS, thread_name_prefix="mail")


@lru_cache(maxsize=1)
def _room() -> BoundedSemaphore:
    """Bound how many letters may wait in one process: an outage must not fill its memory."""
    return BoundedSemaphore(settings.MAIL_MOST_WAITING)


os.register_at_fork(after_in_child=_threads.cache_clear)  # threads do not survive a fork


def _hand_over(envelope: Envelope) -> None:
    if not _room().acquire(blocking=False):
        log.error("mail_not_sent", about=envelope["about"], why="too many are waiting")
        declared.MAIL_LOST.count()
        return
    declared.MAIL_WAITING.change(+1)
    _threads().submit(_send_and_make_room, envelope, _room().release)


def _send_and_make_room(envelope: Envelope, make_room: Callable[[], None]) -> None:
    # Nothing in this thread needs the database.
    try:
        _send_once(envelope)
    finally:
        declared.MAIL_WAITING.change(-1)
        make_room()
