"""Check an ID token with the code that this site checks other issuers' with, and wrongly made ones.

The keys are those that this site publishes, read in this process.
"""

import base64
import json
import time
from typing import Any

import jwt
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.developers import own_requests
from accounts.network import jwk_sets
from accounts.oauth_server.models import Client, SigningKey
from accounts.third_parties.errors import ThirdPartyMisbehaved
from accounts.third_parties.openid_connect import id_token

_RULE = "OpenID Connect Core section 3.1.3.7"


class Checks:
    """Check ID tokens for `client`, which sent `nonce`."""

    def __init__(self, request: HttpRequest, client: Client, *, nonce: str) -> None:
        self._request = request
        self._client = client
        self._nonce = nonce
        self._why = ""

    def refused(self, token: str, variation: str) -> str:
        """Return why the token is refused after what `variation` did to it; "" where it is not."""
        client_id, nonce = self._client.client_id, self._nonce
        if variation == "other-audience":
            client_id = "another-client"
        if variation == "wrong-nonce":
            nonce = "the-nonce-of-another-sign-in"
        if variation == "tampered":
            token = _tampered(token)
        if variation == "expired-id-token":
            token = self._expired(token)
        metadata = {"issuer": settings.SITE_URL}
        try:
            id_token.verify(
                token, metadata=metadata, client_id=client_id, nonce=nonce, find_key=self._key
            )
        except ThirdPartyMisbehaved as error:
            self._why = str(error)
        return self._why

    def made(self) -> dict[str, bool]:
        words = f"Signature, iss, aud, exp and nonce are as they have to be ({_RULE})"
        return {words: not self._why}

    def _key(self, metadata: dict[str, Any], header: dict[str, Any]) -> Any:
        answer = own_requests.send(self._request, reverse("oauth_server:jwks"))
        return jwk_sets.key_in(json.loads(answer.content), header)

    def _expired(self, token: str) -> str:
        claims = jwt.decode(token, options={"verify_signature": False})
        ended = int(time.time()) - 3600
        return SigningKey.objects.sign(claims | {"exp": ended}, self._client.algorithm)


def _tampered(token: str) -> str:
    head, _, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    written = json.dumps(claims | {"sub": "somebody-else"}).encode()
    return ".".join((head, base64.urlsafe_b64encode(written).decode().rstrip("="), signature))
