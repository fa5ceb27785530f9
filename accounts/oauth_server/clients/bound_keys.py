"""Find out to which key a client's tokens are to be bound (DPoP, RFC 9449 section 5)."""

from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, OAuth2Error

from accounts.oauth_server.models import Client
from accounts.oauth_server.models.tokens import ANY_KEY
from accounts.oauth_server.wire import dpop
from accounts.oauth_server.wire.form import Form
from accounts.oauth_server.wire.own_request import OwnForm


class InvalidProof(OAuth2Error):
    """Refuse a proof of possession at an endpoint for clients (sections 5 and 8)."""

    def __init__(self, refused: dpop.ProofRefused, request: Form) -> None:
        self.error = refused.error
        super().__init__(description=refused.description, request=request)


def proven_key(client: Client, request: Form, *, is_needed: bool = True) -> str:
    """Return the thumbprint of the key that `client` shows, "" where it shows none and need not.

    The client has been authenticated: strangers use up no proof. Raises InvalidProof.
    """
    if isinstance(request, OwnForm):  # an admin tries the client
        return ""
    try:
        proof = dpop.read(request.headers)
        if proof is None:
            return _none(client, is_needed)
        proof.check_profile(client)
        proof.use()
    except dpop.ProofRefused as refused:
        raise InvalidProof(refused, request) from refused
    return proof.key


def _none(client: Client, is_needed: bool) -> str:
    if is_needed and client.binds_tokens:
        raise dpop.ProofRefused("This client has to send a proof in the DPoP header.")
    return ""


def check(bound_to: str, key: str, request: Form) -> None:
    """Check that what was bound to a key comes with a proof by it: never less than it was bound to.
    Raises InvalidGrantError."""
    if not bound_to or bound_to == key or (bound_to == ANY_KEY and key):
        return
    raise InvalidGrantError(
        description="This is bound to a key (DPoP): send a proof by that key.", request=request
    )
