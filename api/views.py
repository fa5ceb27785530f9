"""Serve what is about the token and its person: who they are, and how they are connected."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.oauth_server import bearer
from accounts.oauth_server.claims import release
from accounts.oauth_server.rules.scopes import entries
from accounts.own_account import connections as own_connections
from accounts.own_account import profile
from accounts.sessions.sign_in import TWO_FACTORS
from accounts.third_parties import connections as third_parties
from api import cursors
from api.authentication import access_of, account_of, person_of
from api.describing import describe
from api.identifiers import row_named
from api.permissions import ANY
from api.problems import Problem
from api.resource import Resource
from api.serializers import (
    ConnectionSerializer,
    MeSerializer,
    ProfileSerializer,
    ThirdPartyProfileSerializer,
    TokenSerializer,
)

_ADDRESS = ("street_address", "postal_code", "locality", "region", "country")


class TokenView(Resource):
    required_scopes = {"GET": ANY}
    problems = {"GET": ("not-found",)}
    is_about_a_person = False

    @describe(summary="What this token is", responses={200: TokenSerializer})
    def get(self, request: Request) -> Response:
        access = access_of(request)
        lasts = bearer.lifetime(bearer.token_in_header(request.META.get("HTTP_AUTHORIZATION")))
        if lasts is None:
            raise Http404
        told = {
            "kind": "access_token" if access.client_id else "personal_access_token",
            "sub": release.about(access)["sub"] if access.person else access.client_id,
            "client_id": access.client_id or None,
            "scopes": [scope.name for scope in entries(access.scopes)],
            "audience": [f"{settings.SITE_URL}/api/v1"],
            **lasts._asdict(),
        }
        return Response(TokenSerializer(told).data)


class MeView(Resource):
    required_scopes = {"GET": "profile", "PATCH": "profile.write"}
    match_required = frozenset({"PATCH"})
    problems = {"PATCH": ("not-found",)}

    @describe(summary="Who you are", responses={200: MeSerializer}, operation_id="me")
    def get(self, request: Request) -> Response:
        return Response(release.about(access_of(request)))

    def lock(self, request: Request, **named: Any) -> None:
        person = profile.lock(account_of(request))
        if person is None:
            raise Http404
        request.auth = replace(access_of(request), person=person)

    @describe(
        summary="Change your profile",
        request=ProfileSerializer,
        responses={200: MeSerializer},
        operation_id="change_me",
    )
    def patch(self, request: Request) -> Response:
        person, wanted = account_of(request), _columns(self.fields(ProfileSerializer))
        access = access_of(request)
        try:
            profile.change(person, wanted, actor=bearer.actor_of(access), client=access.client)
        except profile.NotValid as error:
            raise ValidationError(_by_claim(error.errors)) from error
        return self.get(request)


def _columns(values: dict[str, Any]) -> dict[str, str]:
    """Return the values by the names of columns: an address is several of them."""
    flat = {name: value for name, value in values.items() if name != "address"}
    if "address" in values:
        given = values["address"]
        flat |= dict.fromkeys(_ADDRESS, "") if given is None else given
    return {name: value or "" for name, value in flat.items()}


def _by_claim(errors: dict[str, list[str]]) -> dict[str, Any]:
    """Return errors by the names that the body has."""
    names = {"__all__": "non_field_errors"}
    told: dict[str, Any] = {
        names.get(name, name): said for name, said in errors.items() if name not in _ADDRESS
    }
    of_address = {name: said for name, said in errors.items() if name in _ADDRESS}
    return told | ({"address": of_address} if of_address else {})


class ConnectionsView(Resource):
    required_scopes = {"GET": "connections"}

    @describe(
        summary="The third parties you are connected to",
        responses={200: ConnectionSerializer(many=True)},
        operation_id="connections",
    )
    def get(self, request: Request) -> Response:
        rows = third_parties.of_person(person_of(request))
        return cursors.page(request, rows, by=("pk",), show=_connection)


def _connection(row: Any) -> Any:
    return ConnectionSerializer(third_parties.describe(row)).data


def find_connection(request: Request, name: str) -> Any:
    """Return the connection of this person that is called `name`. Raises Http404."""
    # Its consecutive number, as the API told it once, is good for another while.
    is_number = name.isascii() and name.isdecimal() and len(name) < 19
    pk = int(name) if is_number else row_named("connection", name)
    found = third_parties.find_connection(person_of(request), pk) if pk is not None else None
    if found is None:
        raise Http404
    return found


class ConnectionView(Resource):
    required_scopes = {"GET": "connections", "DELETE": "connections.write"}
    max_auth_age = {"DELETE": settings.ACCOUNT_REAUTHENTICATION_TIMEOUT}
    problems = {"DELETE": ("last-way-in",)}

    @describe(
        summary="One of your connections",
        responses={200: ConnectionSerializer},
        operation_id="connection",
    )
    def get(self, request: Request, connection: str) -> Response:
        return Response(_connection(find_connection(request, connection)))

    @describe(
        summary="Remove a connection, unless it is the only way in",
        responses={204: None},
        operation_id="remove_connection",
    )
    def delete(self, request: Request, connection: str) -> Response:
        found, access = find_connection(request, connection), access_of(request)
        by: dict[str, Any] = {"actor": bearer.actor_of(access), "client": access.client}
        try:
            own_connections.remove(request._request, account_of(request), found, **by)
        except own_connections.LastWayIn as error:
            raise Problem("last-way-in") from error
        return Response(status=204)


class ConnectionProfileView(Resource):
    """Serve a third party's profile of the person: the seventh step, done by the site on their
    behalf.

    It opens what another company holds about them, so a sign-in of some time ago is not enough.
    """

    required_scopes = {"GET": "connections.profile"}
    problems = {"GET": ("reconnect", "third-party-refused", "third-party-unavailable")}

    @property
    def max_auth_age(self) -> int | None:  # type: ignore[override] # of an admin's choosing
        return int(settings.CONNECTION_PROFILE_MAX_AGE.total_seconds()) or None

    @property
    def required_acr(self) -> str | None:  # type: ignore[override]
        return TWO_FACTORS if settings.CONNECTION_PROFILE_SECOND_FACTOR else None

    @describe(
        summary="Your profile at a connected third party, read from its own API",
        responses={
            200: ThirdPartyProfileSerializer,
        },
        operation_id="connection_profile",
    )
    def get(self, request: Request, connection: str) -> Response:
        found = find_connection(request, connection)
        profile = _read_profile(found)
        answer = {"connection": found.pk, "provider": found.provider, "profile": profile}
        return Response(ThirdPartyProfileSerializer(answer).data)


def _read_profile(connection: Any) -> dict[str, Any]:
    try:
        return third_parties.read_profile(connection)
    except third_parties.ConnectionExpired as error:
        detail = (
            "The third party no longer accepts what it gave this site. "
            "The person can renew the connection by signing in through it again."
        )
        raise Problem("reconnect", detail) from error
    except third_parties.ThirdPartyRefused as error:
        detail = f"The third party answered with status {error.status}."
        raise Problem("third-party-refused", detail) from error
    except third_parties.ThirdPartyUnavailable as error:
        raise Problem("third-party-unavailable") from error
