"""Serve the client apps of this site to clients that act for themselves and that a superuser let
have the scope: listed, registered, given one more secret."""

from typing import Any, cast

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.directory import clients
from api import cursors
from api.authentication import access_of
from api.describing import describe
from api.identifiers import identifier, one_of, row_named
from api.problems import Problem
from api.resource import Resource
from api.serializers import Instant, Opaque

_READ, _WRITE = "site.clients", "site.clients.write"


class Listed(serializers.ListField):
    """Show a list that a column keeps with spaces between."""

    child = serializers.CharField()

    def to_representation(self, data: Any) -> list[str]:
        return str(data).split()


class ClientSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a client app, without its secrets."""

    description = "A client app of this site. Its metadata are named as RFC 7591 names them."

    id = Opaque("client", source="pk")
    client_id = serializers.CharField()
    client_name = serializers.CharField(source="name")
    client_uri = serializers.CharField(source="website", allow_blank=True)
    active = serializers.BooleanField(source="is_active")
    verified = serializers.BooleanField(source="is_verified")
    registered_by = serializers.CharField(
        source="registration_source",
        help_text="manual (an admin), dcr (by itself or by a service) or cimd (by a document).",
    )
    token_endpoint_auth_method = serializers.CharField()
    grant_types = Listed()
    redirect_uris = Listed()
    scope = serializers.CharField(source="scopes", allow_blank=True)
    created = Instant()


class NewClientSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read the metadata of a client app that is to be."""

    client_name = serializers.CharField(max_length=100)
    client_uri = serializers.CharField(required=False, max_length=200)
    redirect_uris = serializers.ListField(
        child=serializers.CharField(max_length=2000), required=False, max_length=50
    )
    post_logout_redirect_uris = serializers.ListField(
        child=serializers.CharField(max_length=2000), required=False, max_length=50
    )
    token_endpoint_auth_method = serializers.CharField(required=False, max_length=50)
    grant_types = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, max_length=10
    )
    scope = serializers.CharField(required=False, max_length=1000)
    jwks_uri = serializers.CharField(required=False, max_length=500)
    jwks = serializers.DictField(required=False)
    contacts = serializers.ListField(
        child=serializers.CharField(max_length=300), required=False, max_length=10
    )


class MadeClientSerializer(ClientSerializer):
    """Describe a client app that was registered just now: its secret is told this once."""

    client_secret = serializers.CharField(required=False)


class SecretSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a secret of a client app, by its last four characters."""

    id = Opaque("client secret", source="pk")
    ends_with = serializers.CharField()
    created = Instant()
    expires = Instant(allow_null=True)
    last_used = Instant(allow_null=True)


class MadeSecretSerializer(SecretSerializer):
    """Describe a secret that was made just now: it is told this once."""

    client_secret = serializers.CharField()


class NewSecretSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read how long a secret is to last."""

    days = serializers.IntegerField(
        required=False, min_value=1, max_value=3650, help_text="Left out: it does not expire."
    )


class _OfSite(Resource):
    is_about_a_person = False

    def client(self, client: str) -> Any:
        return one_of(clients.all_of_them(), pk=row_named("client", client))

    def locked(self, client: str) -> Any:
        """Return it with its row locked, for its secrets to change. Raises Http404."""
        return one_of(clients.locked(), pk=row_named("client", client))


class ClientsView(_OfSite):
    required_scopes = {"GET": _READ, "POST": _WRITE}

    @describe(
        summary="The client apps of this site, the newest first",
        responses={200: ClientSerializer(many=True)},
        operation_id="site_clients",
    )
    def get(self, request: Request) -> Response:
        return cursors.page(
            request, clients.all_of_them(), show=ClientSerializer().to_representation
        )

    @describe(
        summary="Register a client app, and get its secret",
        description="It is not verified, and has the scopes that apps which register themselves "
        "may have, until an admin says otherwise.",
        request=NewClientSerializer,
        responses={201: MadeClientSerializer},
        operation_id="create_site_client",
    )
    def post(self, request: Request) -> Response:
        said, by = self.fields(NewClientSerializer), cast(Any, access_of(request).client)
        try:
            answer = clients.register(said, by=by)
        except clients.Refused as refused:
            name = refused.parameter or "non_field_errors"
            raise ValidationError({name: [str(refused)]}) from refused
        made = clients.all_of_them().get(client_id=answer["client_id"])
        told = dict(MadeClientSerializer(made).data)
        if secret := answer.get("client_secret"):
            told["client_secret"] = secret
        address = request.build_absolute_uri(f"clients/{identifier('client', made.pk)}")
        return Response(told, 201, headers={"Location": address})


class ClientView(_OfSite):
    required_scopes = {"GET": _READ}
    problems = {"GET": ("not-found",)}

    @describe(
        summary="One client app", responses={200: ClientSerializer}, operation_id="site_client"
    )
    def get(self, request: Request, client: str) -> Response:
        return Response(ClientSerializer(self.client(client)).data)


class ClientSecretsView(_OfSite):
    required_scopes = {"GET": _READ, "POST": _WRITE}
    problems = {"GET": ("not-found",), "POST": ("not-found", "forbidden", "conflict")}

    @describe(
        summary="The secrets of a client app, without their texts",
        responses={200: SecretSerializer(many=True)},
        operation_id="site_client_secrets",
    )
    def get(self, request: Request, client: str) -> Response:
        rows = clients.secrets_of(self.client(client))
        return cursors.page(request, rows, show=SecretSerializer().to_representation)

    @describe(
        summary="Create one more secret for a client app",
        description="The others work on: remove the old one once the app uses this one. "
        f"{clients.MOST_SECRETS} may work at a time.",
        request=NewSecretSerializer,
        responses={201: MadeSecretSerializer},
        operation_id="create_site_client_secret",
    )
    def post(self, request: Request, client: str) -> Response:
        found, wanted = self.locked(client), self.fields(NewSecretSerializer)
        by: Any = access_of(request).client
        try:
            made, secret = clients.make_secret(found, by=by, days=wanted.get("days"))
        except clients.OfSuperusers as error:
            raise Problem("forbidden", "Only a superuser manages this client app.") from error
        except clients.HasNoSecret as error:
            raise Problem("conflict", "This client app has no secrets.") from error
        except clients.TooManySecrets as error:
            detail = f"A client app has {clients.MOST_SECRETS} secrets that work at most: "
            raise Problem("conflict", f"{detail}delete one first.") from error
        return Response(SecretSerializer(made).data | {"client_secret": secret}, 201)


class ClientSecretView(_OfSite):
    required_scopes = {"DELETE": _WRITE}
    problems = {"DELETE": ("not-found", "forbidden")}

    @describe(
        summary="End a secret of a client app",
        responses={204: None},
        operation_id="delete_site_client_secret",
    )
    def delete(self, request: Request, client: str, secret: str) -> Response:
        rows = clients.secrets_of(self.locked(client)).select_related("client")
        found = one_of(rows, pk=row_named("client secret", secret))
        by: Any = access_of(request).client
        try:
            clients.end_secret(found, by=by)
        except clients.OfSuperusers as error:
            raise Problem("forbidden", "Only a superuser manages this client app.") from error
        return Response(status=204)
