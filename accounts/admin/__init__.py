"""Django admin: people, third parties, security events, and the recovery of second factors."""

from accounts.admin import people as _people  # noqa: F401 (registers its pages)
