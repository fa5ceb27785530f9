"""Issue authorization codes: the answer to a request that the person allowed."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.oauth_server.authorization.request import AuthorizationRequest
from accounts.oauth_server.models import Authorization, AuthorizationCode, Client
from accounts.oauth_server.rules import profiles
from accounts.oauth_server.rules.credentials import Kind, digest, mint
from accounts.oauth_server.rules.scopes import to_set, to_text
from accounts.sessions.sign_in import SignIn


def issue(authorization: Authorization, asked: AuthorizationRequest, sign_in: SignIn) -> str:
    """Issue a code for what `asked` asks and the person allows (RFC 6749 section 4.1.2)."""
    code = mint(Kind.AUTHORIZATION_CODE)
    keep(digest(code), authorization, columns_of(asked), sign_in)
    return code


def columns_of(asked: AuthorizationRequest) -> dict[str, str]:
    """Return what is kept of a request with its code."""
    return {
        "redirect_uri": asked.sent_redirect_uri,
        "scope": to_text(asked.scopes),
        "nonce": asked.nonce,
        "claims": asked.claims.as_column(),
        "code_challenge": asked.code_challenge,
        "key": asked.key,
        "audience": asked.target.audience,
    }


def keep(
    code_digest: str, authorization: Authorization, asked: dict[str, str], sign_in: SignIn
) -> None:
    """Keep the code of that digest, with those of the scopes that are allowed."""
    scopes = to_set(asked["scope"]) & to_set(authorization.scope)
    AuthorizationCode.objects.create(
        code=code_digest,
        authorization=authorization,
        user=authorization.user,
        application=authorization.client,
        expires=timezone.now() + _lifetime(authorization.client),
        **(asked | {"scope": to_text(scopes)}),
        **sign_in.columns(),
    )


def _lifetime(client: Client) -> timedelta:
    lifetime = settings.AUTHORIZATION_CODE_LIFETIME
    return min(lifetime, profiles.CODE_LIFETIME) if client.is_fapi else lifetime
