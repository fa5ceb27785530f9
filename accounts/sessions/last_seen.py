"""Note when and from where a session was last used, for who asks where they are signed in."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from accounts.models.security_event import USER_AGENT_LENGTH
from accounts.network.client_address import client_address
from accounts.sessions.store import SessionStore
from accounts.text.cleaning import clean


def note_use(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Note it, in a middleware inside the session's. Requests without a session cost nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        session = cast(SessionStore, request.session)
        if session.accessed and session.session_key and SESSION_KEY in session:
            user_agent = clean(request.headers.get("User-Agent", ""), USER_AGENT_LENGTH)
            session.note_seen(user_agent=user_agent, address=client_address(request))
        return response

    return middleware
