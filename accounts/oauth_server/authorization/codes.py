"""Issue authorization codes: the answer to a request that the person allowed."""

from django.conf import settings
from django.utils import timezone

from accounts.oauth_server.authorization.request import AuthorizationRequest
from accounts.oauth_server.models import Authorization, AuthorizationCode
from accounts.oauth_server.rules.credentials import Kind, digest, mint
from accounts.oauth_server.rules.scopes import to_set, to_text
from accounts.sessions.sign_in import SignIn


def issue(authorization: Authorization, asked: AuthorizationRequest, sign_in: SignIn) -> str:
    """Issue a code for what `asked` asks and the person allows (RFC 6749 section 4.1.2)."""
    code = mint(Kind.AUTHORIZATION_CODE)
    AuthorizationCode.objects.create(
        code=digest(code),
        authorization=authorization,
        user=authorization.user,
        application=authorization.client,
        expires=timezone.now() + settings.AUTHORIZATION_CODE_LIFETIME,
        redirect_uri=asked.sent_redirect_uri,
        scope=to_text(asked.scopes & to_set(authorization.scope)),
        nonce=asked.nonce,
        claims=asked.claims.as_column(),
        code_challenge=asked.code_challenge,
        **sign_in.columns(),
    )
    return code
