"""Make who uses the cluster in tests, and print them as JSON: `python -m tests.cluster.cast`.

In a process of its own, with the environment of a node: the tests know the site by HTTP alone.
"""

import io
import json
import os
import secrets
import sys
from typing import Any

import django
from django.core.management import call_command

REDIRECT_URI = "http://127.0.0.1:9/callback"  # nothing listens: the tests play the browser
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# One for each test of codes: what is used up in one is used up in all.
WITH_AN_APP = BOB, CAROL, DAVE = ("bob@example.com", "carol@example.com", "dave@example.com")
SCOPES = "openid profile email offline_access"


def make() -> dict[str, Any]:
    """Make Alice, others with an authenticator app, and an app that people are not asked about."""
    from accounts.models import User
    from tests.upstream import TOTP

    password = secrets.token_urlsafe(12)
    for email in ("alice@example.com", *WITH_AN_APP):
        _call("create_person", "--email", email, "--password", password)
    for email in WITH_AN_APP:
        TOTP.activate(User.objects.get(email=email), TOTP_SECRET)
    client = _call(
        *("register_client", "--name", "Photo Album", "--redirect-uri", REDIRECT_URI),
        *("--grants", "authorization_code refresh_token client_credentials"),
        *("--scopes", SCOPES, "--skip-consent"),
    )
    return {"password": password, **client}


def _call(*command: str) -> dict[str, Any]:
    printed = io.StringIO()
    call_command(*command, stdout=printed)
    return dict(json.loads(printed.getvalue()))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    json.dump(make(), sys.stdout)
