"""The client apps and the third party of these tests, and what they left in the record."""

from tests.accounts.oauth_server.conftest import app, native_app, other_app, resource_server
from tests.accounts.third_parties.conftest import browser, provider, register, running_provider

__all__ = [
    "app",
    "browser",
    "native_app",
    "other_app",
    "provider",
    "register",
    "resource_server",
    "running_provider",
]
