"""Shape the API's answers."""

from typing import Any

from rest_framework import serializers

from accounts.oauth_server.rules.scopes import SCOPES, claims_of, releasing


class MeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe the person whom the token speaks for. What the token's scopes do not release is left
    out."""

    sub = serializers.CharField(help_text="The person's permanent, opaque identifier.")
    name = serializers.CharField(required=False)
    given_name = serializers.CharField(required=False)
    family_name = serializers.CharField(required=False)
    middle_name = serializers.CharField(required=False)
    nickname = serializers.CharField(required=False)
    preferred_username = serializers.CharField(required=False)
    profile = serializers.URLField(required=False)
    picture = serializers.URLField(required=False)
    website = serializers.URLField(required=False)
    gender = serializers.CharField(required=False)
    birthdate = serializers.CharField(
        required=False, help_text="YYYY-MM-DD, 0000-MM-DD without the year, or YYYY alone."
    )
    zoneinfo = serializers.CharField(required=False, help_text="For example Europe/Berlin.")
    locale = serializers.CharField(required=False, help_text="Such as pt-BR.")
    updated_at = serializers.IntegerField(required=False, help_text="Seconds since 1970, UTC.")
    address = serializers.DictField(child=serializers.CharField(), required=False)
    phone_number = serializers.CharField(required=False)
    phone_number_verified = serializers.BooleanField(required=False)
    email = serializers.EmailField(required=False)
    email_verified = serializers.BooleanField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Return these and the claims of scopes of one's own, each with the scope that it needs."""
        fields = super().get_fields()
        for claim in claims_of(SCOPES):
            if claim not in ("sub", "groups"):  # which every answer has, and none
                field = fields.setdefault(claim, serializers.JSONField(required=False))
                needed = f"Needs the scope {' or '.join(releasing(claim))}."
                field.help_text = f"{field.help_text or ''} {needed}".strip()
        return fields


class ConnectionSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a third party that the person is connected to."""

    id = serializers.IntegerField()
    provider = serializers.CharField(help_text="The provider's ID at this site.")
    name = serializers.CharField(help_text="The provider's name.")
    account = serializers.CharField(help_text="The person's account there, as they know it.")
    connected = serializers.DateTimeField()


class ThirdPartyProfileSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe what the third party's own API said just now."""

    connection = serializers.IntegerField()
    provider = serializers.CharField()
    profile = serializers.DictField(help_text="As the third party answered.")


class ProblemSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe an error (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
