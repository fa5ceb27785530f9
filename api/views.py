"""Serve the resources. Each names the scope that opens it, and is about the token's own person."""

from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.oauth_server.claims import release
from accounts.sessions.sign_in import TWO_FACTORS
from accounts.third_parties import connections as third_parties
from api.authentication import access_of, person_of
from api.problems import Problem
from api.serializers import (
    ConnectionSerializer,
    MeSerializer,
    ProblemSerializer,
    ThirdPartyProfileSerializer,
)

PROBLEMS = {401: ProblemSerializer, 403: ProblemSerializer}
STEP_UP = OpenApiResponse(
    ProblemSerializer,
    "The access token is missing or not valid; or, with the error insufficient_user_authentication "
    "(RFC 9470), the person has to sign in as acr_values and max_age in the WWW-Authenticate "
    "header say: send them through an authorization request with these.",
)


class GuardedView(APIView):
    """Guard a resource by the scope that opens it, how the person has to have signed in for it
    (`required_acr`), and how long ago at most (`max_auth_age`, seconds): RFC 9470. What it answers
    is one person's: nobody keeps it."""

    required_scope: str
    required_acr: str | None = None
    max_auth_age: int | None = None

    # One of each for all requests, as they keep nothing of any.

    def get_authenticators(self) -> list[Any]:
        return _made(tuple(self.authentication_classes))

    def get_permissions(self) -> list[Any]:
        return _made(tuple(self.permission_classes))

    def get_parsers(self) -> list[Any]:
        return _made(tuple(self.parser_classes))

    def get_renderers(self) -> list[Any]:
        return _made(tuple(self.renderer_classes))

    def finalize_response(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


@cache
def _made(kinds: tuple[Any, ...]) -> list[Any]:
    return [kind() for kind in kinds]


class MeView(GuardedView):
    required_scope = "profile"

    @extend_schema(
        summary="Who you are", responses={200: MeSerializer, **PROBLEMS}, operation_id="me"
    )
    def get(self, request: Request) -> Response:
        return Response(release.about(access_of(request)))


class ConnectionsView(GuardedView):
    required_scope = "connections"

    @extend_schema(
        summary="The third parties you are connected to",
        responses={200: ConnectionSerializer(many=True), **PROBLEMS},
        operation_id="connections",
    )
    def get(self, request: Request) -> Response:
        connections = third_parties.list_connections(person_of(request))
        return Response(ConnectionSerializer(connections, many=True).data)


class ConnectionProfileView(GuardedView):
    """Serve a third party's profile of the person: the seventh step, done by the site on their
    behalf.

    It opens what another company holds about them, so a sign-in of some time ago is not enough.
    """

    required_scope = "connections.profile"

    @property
    def max_auth_age(self) -> int | None:  # type: ignore[override] # of an admin's choosing
        return int(settings.CONNECTION_PROFILE_MAX_AGE.total_seconds()) or None

    @property
    def required_acr(self) -> str | None:  # type: ignore[override]
        return TWO_FACTORS if settings.CONNECTION_PROFILE_SECOND_FACTOR else None

    @extend_schema(
        summary="Your profile at a connected third party, read from its own API",
        responses={
            200: ThirdPartyProfileSerializer,
            **PROBLEMS,
            401: STEP_UP,
            404: ProblemSerializer,
            409: ProblemSerializer,
            502: ProblemSerializer,
            503: ProblemSerializer,
        },
        operation_id="connection_profile",
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = third_parties.find_connection(person_of(request), connection_id)
        if connection is None:
            raise NotFound("You have no such connection.")
        profile = _read_profile(connection)
        answer = {"connection": connection.pk, "provider": connection.provider, "profile": profile}
        return Response(ThirdPartyProfileSerializer(answer).data)


def _read_profile(connection: Any) -> dict[str, Any]:
    try:
        return third_parties.read_profile(connection)
    except third_parties.ConnectionExpired as error:
        raise Problem(
            HTTPStatus.CONFLICT,
            "reconnect",
            "The connection has to be renewed",
            "The third party no longer accepts what it gave this site. "
            "The person can renew the connection by signing in through it again.",
        ) from error
    except third_parties.ThirdPartyRefused as error:
        raise Problem(
            HTTPStatus.BAD_GATEWAY,
            "third-party-refused",
            "The third party refused",
            f"The third party answered with status {error.status}.",
        ) from error
    except third_parties.ThirdPartyUnavailable as error:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "third-party-unavailable",
            "The third party cannot be reached",
            "It did not answer in time, or not in a way that makes sense. Try again later.",
        ) from error
