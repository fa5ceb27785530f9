"""Manage clients, tokens and signing keys in Django admin: each of these registers its own."""

from accounts.oauth_server.admin import blocked_hosts as _blocked_hosts  # noqa: F401
from accounts.oauth_server.admin import protected_resources as _resources  # noqa: F401
from accounts.oauth_server.admin import signing_keys as _signing_keys  # noqa: F401
from accounts.oauth_server.admin import token_exchange as _token_exchange  # noqa: F401
from accounts.oauth_server.admin import tokens as _tokens  # noqa: F401
from accounts.oauth_server.admin.client import clients as _clients  # noqa: F401
