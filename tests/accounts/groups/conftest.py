"""A third party to sign in with, and an admin who may change groups."""

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.second_factors.authenticators import confirmed
from tests.accounts.third_parties.conftest import browser, provider, register, running_provider

__all__ = ["browser", "provider", "register", "running_provider"]


@pytest.fixture
def desk(bob: User) -> Browser:
    """The browser of Bob, a superuser who proved it just now."""
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return confirmed(bob)
