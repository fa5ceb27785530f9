"""Keep what all codes of the bench have in common: where they go, and what redeems them (PKCE)."""

import base64
import hashlib

REDIRECT_URI = "http://127.0.0.1:9/callback"
VERIFIER = "a-verifier-that-is-the-same-for-every-code-of-the-bench"
_DIGEST = hashlib.sha256(VERIFIER.encode()).digest()
CHALLENGE = base64.urlsafe_b64encode(_DIGEST).decode().rstrip("=")
SCOPE = "openid profile email offline_access"
PEOPLE = 100  # in turn: those who ask for tokens of one person wait for each other
