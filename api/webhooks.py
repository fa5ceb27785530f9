"""Serve the webhooks of a service client: its own, and nobody else's.

A service is told of what happens to everybody, so a superuser alone lets a client have the scopes;
and it is told without personal data, unless a superuser says otherwise in Django admin.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.webhooks import authorization, services
from api import cursors
from api.authentication import access_of
from api.describing import describe
from api.identifiers import identifier, one_of, row_named
from api.problems import Problem
from api.resource import Resource
from api.serializers import Instant, Opaque

_READ, _WRITE = "webhooks", "webhooks.write"


class NewWebhookSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read what a webhook is to be."""

    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=500, help_text="It begins with https://.")
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=services.KINDS), allow_empty=False, max_length=200
    )
    format = serializers.ChoiceField(
        choices=services.FORMATS, required=False, help_text="standard-webhooks, if not said."
    )
    audience = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text="The “aud” of security event tokens; “” for the address.",
    )
    authorization_header = serializers.CharField(
        max_length=authorization.LONGEST,
        required=False,
        allow_blank=True,
        allow_null=True,
        trim_whitespace=False,
        help_text="What each message has in its header Authorization, such as “Bearer …”. It is "
        "never told; null for none. A url of another host needs it again.",
    )
    is_active = serializers.BooleanField(required=False)

    def validate_authorization_header(self, header: str | None) -> str:
        if header and not authorization.is_header(header):
            raise ValidationError(authorization.TAKES)
        return header or ""

    def validate_url(self, url: str) -> str:
        if problem := services.address_problem(url):
            raise ValidationError(problem)
        return url


class WebhookSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a webhook. `failing_since`: since when its receiver takes nothing."""

    id = Opaque("webhook", source="pk")
    name = serializers.CharField()
    url = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    format = serializers.CharField()
    audience = serializers.CharField()
    has_authorization_header = serializers.BooleanField()
    is_active = serializers.BooleanField()
    has_personal_data = serializers.BooleanField()
    made_at = Instant()
    failing_since = Instant(allow_null=True)
    disabled_at = Instant(allow_null=True)


class MadeWebhookSerializer(WebhookSerializer):
    """Describe a webhook with its secret, which is told this once."""

    secret = serializers.CharField()


class DeliverySerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe what became of a message. `state` is waiting, delivered or failed; `status`,
    `problem` and `answer` are of the last attempt."""

    id = Opaque("delivery", source="pk")
    message = serializers.CharField(source="message_id", help_text="webhook-id, as it was sent.")
    kind = serializers.CharField(help_text="Of the event; “” of a test.")
    state = serializers.CharField(source="standing")
    made_at = Instant()
    attempts = serializers.IntegerField()
    last_at = Instant(allow_null=True)
    due_at = Instant(allow_null=True)
    delivered_at = Instant(allow_null=True)
    status = serializers.IntegerField(allow_null=True)
    problem = serializers.CharField()
    answer = serializers.CharField()


class _OfService(Resource):
    is_about_a_person = False

    def webhook(self, request: Request, webhook: str) -> Any:
        """Return the client's webhook of this identifier. Raises Http404."""
        return one_of(services.of(access_of(request).client), pk=row_named("webhook", webhook))

    def locked(self, request: Request, webhook: str) -> Any:
        """Return it with its row locked, so that nobody deletes it meanwhile. Raises Http404."""
        rows = services.locked(access_of(request).client)
        return one_of(rows, pk=row_named("webhook", webhook))

    def lock(self, request: Request, **named: Any) -> None:
        self.locked(request, named["webhook"])


class WebhooksView(_OfService):
    required_scopes = {"GET": _READ, "POST": _WRITE}
    problems = {"POST": ("conflict",)}

    @describe(
        summary="The webhooks of your service",
        responses={200: WebhookSerializer(many=True)},
        operation_id="webhooks",
    )
    def get(self, request: Request) -> Response:
        rows = services.of(access_of(request).client)
        return cursors.page(request, rows, show=WebhookSerializer().to_representation)

    @describe(
        summary="Create a webhook, and get its secret",
        request=NewWebhookSerializer,
        responses={201: MadeWebhookSerializer},
        operation_id="create_webhook",
    )
    def post(self, request: Request) -> Response:
        wanted = self.fields(NewWebhookSerializer)
        try:
            made = services.make(access_of(request).client, **wanted)
        except services.TooMany as error:
            detail = f"A service has {services.MOST} webhooks at most: delete one first."
            raise Problem("conflict", detail) from error
        address = request.build_absolute_uri(f"webhooks/{identifier('webhook', made.pk)}")
        return Response(MadeWebhookSerializer(made).data, 201, headers={"Location": address})


class WebhookView(_OfService):
    required_scopes = {"GET": _READ, "PATCH": _WRITE, "DELETE": _WRITE}

    @describe(
        summary="One of the webhooks of your service",
        responses={200: WebhookSerializer},
        operation_id="webhook",
    )
    def get(self, request: Request, webhook: str) -> Response:
        return Response(WebhookSerializer(self.webhook(request, webhook)).data)

    @describe(
        summary="Change a webhook, or have it go on after it was disabled",
        request=NewWebhookSerializer,
        responses={200: WebhookSerializer},
        operation_id="change_webhook",
    )
    def patch(self, request: Request, webhook: str) -> Response:
        found = self.locked(request, webhook)
        wanted = self.fields(NewWebhookSerializer)
        try:
            changed = services.change(found, **wanted)
        except services.HeaderOfElsewhere as error:
            raise ValidationError({"authorization_header": [authorization.AGAIN]}) from error
        return Response(WebhookSerializer(changed).data)

    @describe(
        summary="Delete a webhook, with what waits for it",
        responses={204: None},
        operation_id="delete_webhook",
    )
    def delete(self, request: Request, webhook: str) -> Response:
        services.delete(self.locked(request, webhook))
        return Response(status=204)


class WebhookSecretView(_OfService):
    required_scopes = {"POST": _WRITE}

    @describe(
        summary="Replace the secret of a webhook: both sign for a day",
        request=None,
        responses={200: MadeWebhookSerializer},
        operation_id="replace_webhook_secret",
    )
    def post(self, request: Request, webhook: str) -> Response:
        self.take_nothing()
        replaced = services.replace_secret(self.locked(request, webhook))
        return Response(MadeWebhookSerializer(replaced).data)


class DeliveriesView(_OfService):
    required_scopes = {"GET": _READ, "POST": _WRITE}

    @describe(
        summary="What became of the messages of a webhook, the latest first",
        responses={200: DeliverySerializer(many=True)},
        operation_id="webhook_deliveries",
    )
    def get(self, request: Request, webhook: str) -> Response:
        rows = services.deliveries_of(self.webhook(request, webhook))
        return cursors.page(request, rows, show=DeliverySerializer().to_representation)

    @describe(
        summary="Send a test to a webhook",
        request=None,
        responses={202: DeliverySerializer},
        operation_id="test_webhook",
    )
    def post(self, request: Request, webhook: str) -> Response:
        self.take_nothing()
        made = services.send_test(self.locked(request, webhook))
        return Response(DeliverySerializer(made).data, 202)


class DeliveryView(_OfService):
    required_scopes = {"GET": _READ, "POST": _WRITE}

    def _find(self, request: Request, webhook: str, delivery: str) -> Any:
        rows = services.deliveries_of(self.webhook(request, webhook))
        return one_of(rows, pk=row_named("delivery", delivery))

    @describe(
        summary="What became of one message of a webhook",
        responses={200: DeliverySerializer},
        operation_id="webhook_delivery",
    )
    def get(self, request: Request, webhook: str, delivery: str) -> Response:
        return Response(DeliverySerializer(self._find(request, webhook, delivery)).data)

    @describe(
        summary="Send a message of a webhook again, as the message that it was",
        request=None,
        responses={202: DeliverySerializer},
        operation_id="send_webhook_delivery_again",
    )
    def post(self, request: Request, webhook: str, delivery: str) -> Response:
        self.take_nothing()
        self.locked(request, webhook)
        again = services.send_again(self._find(request, webhook, delivery))
        return Response(DeliverySerializer(again).data, 202)
