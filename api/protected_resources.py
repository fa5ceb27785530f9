"""Serve the protected resources of a resource server: its own, and nobody else's.

What it registers is asked for on the consent page by the name that it gave, so a superuser alone
lets a client have the scopes.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.directory import resources
from api import cursors
from api.authentication import access_of
from api.describing import describe
from api.identifiers import identifier, one_of, row_named
from api.problems import Problem
from api.resource import Resource
from api.serializers import Instant, Opaque

_READ, _WRITE = "resources", "resources.write"


class ResourceChangeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read what a protected resource is to be."""

    name = serializers.CharField(max_length=100, help_text="What people read.")
    scopes = serializers.DictField(
        child=serializers.CharField(max_length=200),
        required=False,
        help_text="Its scopes, each with the sentence that people read.",
    )
    access_token_format = serializers.ChoiceField(choices=resources.FORMATS, required=False)
    algorithm = serializers.ChoiceField(choices=resources.ALGORITHMS, required=False)
    access_token_minutes = serializers.IntegerField(
        min_value=1, max_value=1440, required=False, allow_null=True
    )


class NewResourceSerializer(ResourceChangeSerializer):
    """Read a new one. The identifier stays as it is."""

    identifier = serializers.CharField(
        max_length=500, help_text="The address of the API: the audience of tokens for it."
    )


class ResourceSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a protected resource. `for_listed_apps_only`: whether an admin chose who asks."""

    id = Opaque("protected_resource", source="pk")
    identifier = serializers.CharField()
    name = serializers.CharField()
    scopes = serializers.DictField(child=serializers.CharField(), source="sentences")
    access_token_format = serializers.CharField()
    algorithm = serializers.CharField()
    access_token_minutes = serializers.IntegerField(allow_null=True)
    for_listed_apps_only = serializers.BooleanField(source="is_for_listed")
    made_at = Instant(source="created")


class _OfServer(Resource):
    is_about_a_person = False

    def resource(self, request: Request, resource: str) -> Any:
        """Return the client's resource of this identifier. Raises Http404."""
        rows = resources.of(access_of(request).client)
        return one_of(rows, pk=row_named("protected_resource", resource))

    def locked(self, request: Request, resource: str) -> Any:
        """Return it with its row locked, so that nobody deletes it meanwhile. Raises Http404."""
        rows = resources.locked(access_of(request).client)
        return one_of(rows, pk=row_named("protected_resource", resource))

    def lock(self, request: Request, **named: Any) -> None:
        self.locked(request, named["resource"])


class ProtectedResourcesView(_OfServer):
    required_scopes = {"GET": _READ, "POST": _WRITE}
    problems = {"POST": ("conflict",)}

    @describe(
        summary="The protected resources of your resource server",
        responses={200: ResourceSerializer(many=True)},
        operation_id="protected_resources",
    )
    def get(self, request: Request) -> Response:
        rows = resources.of(access_of(request).client).order_by("-pk")
        return cursors.page(request, rows, show=ResourceSerializer().to_representation)

    @describe(
        summary="Register a protected resource, which tokens can then be asked for",
        request=NewResourceSerializer,
        responses={201: ResourceSerializer},
        operation_id="create_protected_resource",
    )
    def post(self, request: Request) -> Response:
        wanted = self.fields(NewResourceSerializer)
        try:
            made = resources.register(access_of(request).client, **wanted)
        except resources.TooMany as error:
            detail = f"A server has {resources.MOST} resources at most: delete one first."
            raise Problem("conflict", detail) from error
        except resources.IdentifierTaken as error:
            raise Problem("conflict", "There is a resource with this identifier.") from error
        except resources.Wrong as error:
            raise ValidationError(error.problems) from error
        path = f"resources/{identifier('protected_resource', made.pk)}"
        address = request.build_absolute_uri(path)
        return Response(ResourceSerializer(made).data, 201, headers={"Location": address})


class ProtectedResourceView(_OfServer):
    required_scopes = {"GET": _READ, "PATCH": _WRITE, "DELETE": _WRITE}

    @describe(
        summary="One of the protected resources of your resource server",
        responses={200: ResourceSerializer},
        operation_id="protected_resource",
    )
    def get(self, request: Request, resource: str) -> Response:
        return Response(ResourceSerializer(self.resource(request, resource)).data)

    @describe(
        summary="Change a protected resource",
        request=ResourceChangeSerializer,
        responses={200: ResourceSerializer},
        operation_id="change_protected_resource",
    )
    def patch(self, request: Request, resource: str) -> Response:
        found = self.locked(request, resource)
        try:
            changed = resources.change(found, **self.fields(ResourceChangeSerializer))
        except resources.Wrong as error:
            raise ValidationError(error.problems) from error
        return Response(ResourceSerializer(changed).data)

    @describe(
        summary="Delete a protected resource: no token is issued for it any more",
        responses={204: None},
        operation_id="delete_protected_resource",
    )
    def delete(self, request: Request, resource: str) -> Response:
        resources.delete(self.locked(request, resource))
        return Response(status=204)
