"""Authenticate requests by the Authorization header: access tokens and personal tokens of this
site, and nothing else."""

from typing import Any, cast

from django.conf import settings
from django.urls import reverse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from accounts.limits import rate_limits
from accounts.network.client_address import client_address
from accounts.oauth_server import bearer

REALM = "api"
METADATA = "oauth_server:protected-resource"  # of the API itself


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


def account_of(request: Request) -> Any:
    """Return the person themselves, as they were when the token was looked up."""
    return access_of(request).person


class TokenRefused(AuthenticationFailed):
    """Refuse a request without a token, or with one that opens nothing; `refused` says which."""

    def __init__(self, refused: bearer.Refused) -> None:
        super().__init__(refused.description)
        self.refused = refused
        self.problem = "token-invalid" if refused.error else "token-missing"


class TokenInQuery(APIException):
    """Refuse a token in the address, which logs and histories keep, beside one in the header."""

    status_code = 400
    default_detail = "A token belongs into the Authorization header, never into an address."
    problem = "token-in-query"


class BearerAuthentication(BaseAuthentication):
    """Authenticate by a bearer token (RFC 6750). There is no other way in, so that a request
    without a token ends here too."""

    def authenticate(self, request: Request) -> tuple[Caller, bearer.Access]:
        try:
            token = bearer.token_in_header(request.META.get("HTTP_AUTHORIZATION"))
            access = bearer.check_at_api(
                token, request.META, address=client_address(request._request)
            )
        except bearer.Refused as refused:
            if refused.error == "invalid_token":  # who guesses; without one there is no guess
                rate_limits.hit(request._request, "api_failures")
            raise TokenRefused(refused) from refused
        if "access_token=" in request.META.get("QUERY_STRING", ""):
            raise TokenInQuery
        return Caller(access), access

    def authenticate_header(self, request: Request) -> str:
        return challenge(bearer.Refused("", ""), METADATA)


def challenge(refused: bearer.Refused, metadata: str, **parameters: str) -> str:
    """Return the WWW-Authenticate header for a refusal, with the way to the metadata (RFC 9728),
    whose name among the URLs is `metadata`."""
    where = settings.SITE_URL + reverse(metadata)
    return bearer.challenge(refused, realm=REALM, **parameters, resource_metadata=where)
