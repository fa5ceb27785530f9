"""Do what a request with an Idempotency-Key asks for once, and answer it alike each time after
that (draft-ietf-httpapi-idempotency-key-header-07).

The answer is a row, written in the transaction of the work: either both are there or neither. Who
sends the key while the first request is being answered is told so on PostgreSQL, by an advisory
lock; on SQLite they wait, as all do who write. What was refused is not kept: nothing was done.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from accounts.oauth_server.bearer import Access
from accounts.oauth_server.models import KeptAnswer

KEPT = timedelta(hours=24)


class InFlight(Exception):
    """Tell that the first request with this key is being answered."""


class Reused(Exception):
    """Refuse a key that was used for another request."""


class Answer(NamedTuple):
    """Hold what was answered: `data` and `headers` as JSON has them."""

    status: int
    data: Any
    headers: dict[str, str]
    is_repeated: bool = False


def once(access: Access, key: str, where: str, asked: bytes, work: Callable[[], Answer]) -> Answer:
    """Return what `work` answers, or what it answered when `access` sent `key` to `where` before.

    Raises Reused where it was sent with something else than `asked`, and InFlight.
    """
    whose = json.dumps([access.client_id, access.user_id, where, key])
    digest, request = _digest(whose.encode()), _digest(asked)
    with transaction.atomic():
        if not _lock(digest):
            raise InFlight
        found = KeptAnswer.objects.filter(key=digest).first()
        if found is not None and found.expires > timezone.now():
            return _repeated(found, request)
        if found is not None:
            found.delete()
        answer = work()
        KeptAnswer.objects.create(
            key=digest,
            request=request,
            user_id=access.user_id,
            status=answer.status,
            answer=json.dumps([answer.data, answer.headers]),
            expires=timezone.now() + KEPT,
        )
    return answer


def _repeated(found: KeptAnswer, request: str) -> Answer:
    if found.request != request:
        raise Reused
    data, headers = json.loads(found.answer)
    return Answer(found.status, data, headers, is_repeated=True)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _lock(digest: str) -> bool:
    """Lock the key until the transaction ends; False where another one has it."""
    if connection.vendor != "postgresql":
        return True  # a transaction of SQLite's is alone from its beginning
    number = int(digest[:16], 16) - 2**63
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])
