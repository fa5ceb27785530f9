"""Authenticate requests by the Authorization header: access tokens and personal tokens of this
site, and nothing else."""

from typing import cast

from django.conf import settings
from django.urls import reverse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.network.client_address import client_address
from accounts.oauth_server import bearer

REALM = "api"


class Caller:
    """Describe who calls: a client, on behalf of a person or for itself, or a person's own script.
    DRF calls it the user.

    The person is not loaded; a view that shows them does that.
    """

    is_authenticated = True

    def __init__(self, access: bearer.Access) -> None:
        self.pk = access.user_id


def access_of(request: Request) -> bearer.Access:
    """Return what the token that `request` came with allows."""
    return cast(bearer.Access, request.auth)


def person_of(request: Request) -> int:
    """Return the primary key of the person. HasScope has seen that there is one."""
    return cast(int, access_of(request).user_id)


class TokenRefused(AuthenticationFailed):
    """Refuse a request without a token, or with one that opens nothing; `refused` says which."""

    def __init__(self, refused: bearer.Refused) -> None:
        super().__init__(refused.description)
        self.refused = refused


class BearerAuthentication(BaseAuthentication):
    """Authenticate by a bearer token (RFC 6750). There is no other way in, so that a request
    without a token ends here too."""

    def authenticate(self, request: Request) -> tuple[Caller, bearer.Access]:
        try:
            token = bearer.token_in_header(request.META.get("HTTP_AUTHORIZATION"))
            access = bearer.check_at_api(token, address=client_address(request._request))
        except bearer.Refused as refused:
            raise TokenRefused(refused) from refused
        return Caller(access), access

    def authenticate_header(self, request: Request) -> str:
        return challenge(bearer.Refused("", ""))


def challenge(refused: bearer.Refused, **parameters: str) -> str:
    """Return the WWW-Authenticate header for a refusal, with the way to the metadata (RFC 9728)."""
    return bearer.challenge(
        refused, realm=REALM, **parameters, resource_metadata=_resource_metadata_url()
    )


def _resource_metadata_url() -> str:
    return settings.SITE_URL + reverse("oauth_server:protected-resource")
