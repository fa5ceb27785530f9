"""Notify clients that a session has ended (OpenID Connect Back-Channel Logout 1.0).

Whoever ends a session calls `announce_end` in the same transaction. Whom to tell is settled there
and then, as long as the tokens say it; the telling is a background task (TASKS_BACKEND):

- `database`: the task is committed with the end itself, `manage.py db_worker` performs it, and
  clients that could not be told are tried again, five times within ten minutes.
- `inline`: it is performed once, right after the commit, within BACK_CHANNEL_LOGOUT_SECONDS.

All clients are told side by side, so that a slow one holds up no other.
"""

import secrets
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from typing import Any, TypedDict

import jwt
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from accounts.metrics import declared
from accounts.models import Session, User
from accounts.network.outbound import CallFailed
from accounts.network.waiting import waiting_anyway
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.clients.outbound import CannotFetch, session_for
from accounts.oauth_server.models import AccessToken, Client, RefreshToken, SigningKey
from accounts.oauth_server.rules.redirect_uris import address_problems
from accounts.storage.sealed import CannotOpen

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_LIFETIME = 120  # seconds; section 4 recommends two minutes at most

RETRY_AFTER = (10, 30, 90, 180, 300)  # seconds after each attempt that failed

_AT_ONCE = 16

log = structlog.get_logger("back_channel")


class Notice(TypedDict):
    """Describe one notification: a client's primary key, and a session's `sid` or "" for all of
    `sub`."""

    client: int
    sub: str
    sid: str


def announce_end(user: User, sids: Iterable[str] | None = None) -> None:
    """Tell the clients that hold tokens of `user` from the sessions `sids` that these have ended.

    None: from whatever session, and from none, as of devices. Call it before the tokens go.
    """
    held = Q(user=user)
    if sids is not None:
        held &= Q(sid__in=list(filter(None, sids)))
    _enqueue(_notices(held))


def announce_end_at(client: Client, user: User) -> None:
    """Tell one client that all of `user`'s sessions at it have ended. Call it as announce_end."""
    _enqueue(_notices(Q(user=user, application=client)))


def announce_end_at_some(clients: Iterable[int], user: User) -> None:
    """Tell several clients as announce_end_at tells one."""
    _enqueue_in_parts(_notices(Q(user=user, application__in=list(clients))))


def announce_ends(sessions: Iterable[Session]) -> None:
    """Tell the clients that hold tokens from these sessions, of whomever, that they have ended."""
    sids = [session.sid for session in sessions]
    _enqueue_in_parts(_notices(Q(sid__in=sids, user__isnull=False)))


def announce_ends_of(users: Iterable[User]) -> None:
    """Tell the clients that hold tokens of any of `users`, as announce_end does of one."""
    _enqueue_in_parts(_notices(Q(user__in=list(users))))


def _enqueue_in_parts(notices: list[Notice]) -> None:
    for first in range(0, len(notices), _AT_ONCE):  # each task has its own time
        _enqueue(notices[first : first + _AT_ONCE])


def _enqueue(notices: list[Notice]) -> None:
    if not notices:
        return
    if tell.get_backend().supports_defer:
        tell.enqueue(notices)
    else:
        transaction.on_commit(partial(tell.enqueue, notices))


@task()
def tell(notices: list[Notice], attempt: int = 0) -> None:
    """Tell each client once; those that could not be told again later, where tasks can wait."""
    failed = _tell(notices)
    if failed and attempt < len(RETRY_AFTER) and tell.get_backend().supports_defer:
        later = timezone.now() + timedelta(seconds=RETRY_AFTER[attempt])
        tell.using(run_after=later).enqueue(failed, attempt + 1)
    else:
        declared.LOGOUT_NOTICES_LOST.count(by=len(failed))


def _notices(held: Q) -> list[Notice]:
    """Return whom to notify (section 2.7): that follows from the tokens that are out, expired ones
    included, as the client's own session may have outlived them."""
    found: set[tuple[int, int, str]] = set()
    for tokens in (AccessToken.objects.all(), RefreshToken.objects.filter(revoked=None)):
        rows = tokens.filter(held).exclude(application__backchannel_logout_uri="")
        found.update(rows.values_list("application_id", "user_id", "sid"))
    clients = Client.objects.filter(is_active=True).in_bulk({pk for pk, _, _ in found})
    people = User.objects.in_bulk({user for _, user, _ in found})
    return [
        {"client": pk, "sub": subject_for(people[user], clients[pk]), "sid": sid}
        for pk, user, sid in sorted(found)
        if pk in clients and (sid or not clients[pk].backchannel_logout_session_required)
    ]


def _tell(notices: list[Notice]) -> list[Notice]:
    """Tell all side by side, and return the notices that did not arrive."""
    clients = Client.objects.filter(is_active=True).in_bulk([each["client"] for each in notices])
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="back-channel")
    # Nothing in these threads needs the database.
    sent: dict[Future[str], Notice] = {
        _told_by(pool, client, each): each
        for each in notices
        if (client := clients.get(each["client"]))
    }
    with waiting_anyway("back-channel logout"):
        wait(sent, timeout=settings.BACK_CHANNEL_LOGOUT_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    failed = []
    for sending, notice in sent.items():
        problem = _problem(sending)
        _write_log_line(clients[notice["client"]], problem)
        declared.LOGOUT_NOTICES.count("failed" if problem else "told")
        if problem:
            failed.append(notice)
    return failed


def _told_by(pool: ThreadPoolExecutor, client: Client, notice: Notice) -> "Future[str]":
    """Send one notice in a thread of `pool`. Without a key to sign with it has failed already."""
    try:
        return pool.submit(_send, client, _logout_token(client, notice))
    except CannotOpen:
        unsent: Future[str] = Future()
        unsent.set_result("the signing key cannot be opened")
        return unsent


def _send(client: Client, logout_token: str) -> str:
    """Deliver one logout token (section 2.5). Return what went wrong, in a few words, or ""."""
    uri = client.backchannel_logout_uri
    if not uri or address_problems(uri):  # neither https nor this machine: see Client.clean
        return "no address to tell"
    try:
        with session_for(client, uri, seconds=settings.BACK_CHANNEL_LOGOUT_SECONDS) as session:
            answer = session.post(uri, data={"logout_token": logout_token})
    except (CallFailed, CannotFetch) as error:
        return f"{type(error).__name__}: {error}"
    return "" if answer.ok else f"status {answer.status_code}"


def _problem(sending: "Future[str]") -> str:
    return sending.result() if sending.done() and not sending.cancelled() else "out of time"


def _write_log_line(client: Client, problem: str) -> None:
    if problem:
        log.warning("logout_not_told", client_id=client.client_id, why=problem)
    else:
        log.info("logout_told", client_id=client.client_id)


def _logout_token(client: Client, notice: Notice) -> str:
    """Sign a logout token (section 2.4). The type keeps it from being taken for an ID token, which
    has other claims."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": settings.SITE_URL,
        "aud": client.client_id,
        "sub": notice["sub"],
        "iat": now,
        "exp": now + TOKEN_LIFETIME,
        "jti": secrets.token_hex(16),
        "events": {EVENT: {}},
    }
    if notice["sid"]:
        claims["sid"] = notice["sid"]
    key = SigningKey.objects.current(client.algorithm)
    headers = {"typ": "logout+jwt", "kid": key.kid}
    return jwt.encode(claims, key.private_key(), key.algorithm, headers=headers)
