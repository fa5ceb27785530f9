"""End sessions that ended by themselves: of age, or as what they were signed in by has changed.

The session engine refuses them when somebody comes with one, and knows nobody above it: what it
found is announced when the page is answered. The rest is found by cleanup.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import cast

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from accounts.endings import people
from accounts.models import Session, User
from accounts.sessions.store import SessionStore


def end_found(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """End what the engine refused or flushed meanwhile. Middleware, inside the session's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        first = cast(SessionStore, request.session)
        response = get_response(request)
        last = cast(SessionStore, request.session)  # allauth replaces it during a callback
        for user_id, sid in {*first.ended, *last.ended}:
            user = User.objects.filter(pk=user_id).first()
            if user is not None:
                people.end_session(user, sid)
        return response

    return middleware


def count(now: datetime) -> int:
    return int(Session.objects.over(now).count())


def remove(now: datetime, size: int) -> Iterator[int]:
    """End what is over, at most `size` sessions a transaction; yield how many each time."""
    skip, last = connection.features.has_select_for_update_skip_locked, ""
    while True:
        due = Session.objects.over(now).filter(pk__gt=last).order_by("pk")
        with transaction.atomic():
            batch = list(due.select_for_update(of=("self",), skip_locked=skip)[:size])
            if not batch:
                return
            ended = people.end_batch(batch)
        last = batch[-1].pk
        yield ended
