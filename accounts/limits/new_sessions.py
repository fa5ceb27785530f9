"""Limit how many sessions a network address may begin in which nobody is signed in: each is a row.

A sign-in that goes on, a third party that is asked, a passkey's challenge: all of these are begun
by strangers, as often as they like. Sessions of people are not counted here.
"""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

from accounts.limits import sign_in_limits
from accounts.limits.rate_limits import LimitReached
from accounts.site import errors


def limit_new_sessions(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Limit new sessions: middleware, inside the session's and around all that writes to it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        brought = request.session.session_key
        response = get_response(request)
        session = request.session
        if not _is_begun(session, brought):
            return response
        try:
            sign_in_limits.enter_by_form(request, "new_sessions")
        except LimitReached as reached:
            response = errors.too_many_requests(request, reached.seconds)
            session.flush()  # so that it is not stored, or not any more
        return response

    return middleware


def _is_begun(session: SessionBase, brought: str | None) -> bool:
    """Return whether a session that this browser did not have is stored, or about to be."""
    if not session.modified or session.is_empty() or SESSION_KEY in session:
        return False
    return session.session_key is None or session.session_key != brought
