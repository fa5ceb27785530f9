"""Be the demo app of the seven steps: a client that exists for as long as one run does.

It is registered in a transaction that is rolled back. So its ID, its secret and all that they earn
are worth nothing to anybody, at any time.
"""

import base64
import hashlib
import secrets
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from accounts.oauth_server.clients.kinds import KINDS
from accounts.oauth_server.models import Client, ClientSecret

CALLBACK = "https://demo-app.example/callback"
ELSEWHERE = "https://attacker.example/callback"
SCOPE = "openid profile email"


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636 section 4.2)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")


def demo_client(redirect_uri: str, name: str = "Demo app", scope: str = SCOPE) -> Client:
    """Return the app as it would be registered; it is in no table yet."""
    columns = KINDS["web"].columns() | {"scopes": scope}
    return Client(name=name, redirect_uris=redirect_uri, **columns)


class DemoApp:
    """Hold what an app keeps: who it is, and what it made up for one sign-in."""

    def __init__(self, name: str = "Demo app", *, scope: str = SCOPE) -> None:
        self.redirect_uri = CALLBACK
        self.scope = scope
        self.client = demo_client(CALLBACK, name, scope)
        self.client.save()
        self.secret = ClientSecret.objects.issue(self.client)
        self.state = secrets.token_urlsafe(24)
        self.nonce = secrets.token_urlsafe(24)
        self.verifier = secrets.token_urlsafe(48)

    def authorization_request(self, **changes: str) -> str:
        """Return the address to send the person's browser to; a change to "" leaves one out."""
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        sent = {name: value for name, value in asked.items() if value}
        return f"{reverse('oauth_server:authorize')}?{urlencode(sent)}"

    def token_request(self, code: str, **changes: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **changes,
        }

    def proof(self, secret: str = "") -> dict[str, str]:
        """Return the header by which it proves who it is (RFC 6749 section 2.3.1)."""
        pair = f"{self.client.client_id}:{secret or self.secret}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def checks(self, answered: dict[str, str]) -> dict[str, bool]:
        """Check the authorization response as an app has to."""
        sent, told = self.state.encode(), answered.get("state", "").encode()
        return {
            "state is the one that was sent": secrets.compare_digest(sent, told),
            "iss is this site’s issuer (RFC 9207)": answered.get("iss") == settings.SITE_URL,
        }
