"""Django admin of the oauth server: clients, tokens, signing keys."""

from accounts.oauth_server.admin import clients as _clients  # noqa: F401 (registers its pages)
