"""What a person does where a page asks them to confirm that it is them."""

import time
from typing import Any

from django.test import Client as Browser

from accounts.models import User
from tests.conftest import PASSWORD

_RECORDS = "account_authentication_methods"


def signed_in(person: User) -> Browser:
    """A browser of `person`, who has just confirmed that it is them."""
    browser = Browser()
    browser.force_login(person)
    response = browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert response.status_code == 302, response.content
    return browser


def let_proof_expire(browser: Browser) -> None:
    """Let the confirmation be older than it may be."""
    session: Any = browser.session
    session[_RECORDS] = [record | {"at": time.time() - 3600} for record in session[_RECORDS]]
    session.save()
