"""From the Authorization header to what it allows: access tokens of this site, and nothing else."""

from django.conf import settings
from django.urls import reverse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from accounts.oauth_server import bearer

REALM = "api"


class Principal:
    """Who is calling: a client app, on behalf of a person or for itself."""

    is_authenticated = True

    def __init__(self, access: bearer.Access) -> None:
        self.access = access
        self.pk = access.user_id

    def person(self) -> User:
        """Return the person, whom only the views that show them need to load."""
        return User.objects.get(pk=self.access.user_id)


class TokenRefused(AuthenticationFailed):
    """No token, or one that does not open anything; `refused` says which."""

    def __init__(self, refused: bearer.Refused) -> None:
        super().__init__(refused.description)
        self.refused = refused


class BearerAuthentication(BaseAuthentication):
    """RFC 6750. There is no other way in, so that a request without a token ends here too."""

    def authenticate(self, request: Request) -> tuple[Principal, bearer.Access]:
        try:
            token = bearer.token_in_header(request.headers.get("Authorization"))
            access = bearer.check(token)
        except bearer.Refused as refused:
            raise TokenRefused(refused) from refused
        return Principal(access), access

    def authenticate_header(self, request: Request) -> str:
        return challenge(bearer.Refused("", ""))


def challenge(refused: bearer.Refused, **parameters: str) -> str:
    """Return the WWW-Authenticate header for a refusal, with the way to the metadata (RFC 9728)."""
    return bearer.challenge(
        refused, realm=REALM, **parameters, resource_metadata=_resource_metadata_url()
    )


def _resource_metadata_url() -> str:
    return settings.SITE_URL + reverse("oauth_server:protected-resource")
