"""A request as allauth's internals take it, outside of any page."""

from collections.abc import Iterator

import pytest
from allauth.core import context
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.sessions.store import SessionStore


@pytest.fixture
def visit(db: None) -> Iterator[HttpRequest]:
    """A form that a stranger sends, with a session of its own."""
    made = RequestFactory().post("/accounts/login/", {"next": "/accounts/email/"})
    made.user = AnonymousUser()
    made.session = SessionStore()
    made._messages = FallbackStorage(made)
    with context.request_context(made):
        yield made
