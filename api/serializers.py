"""The shapes that the API answers with."""

from rest_framework import serializers


class MeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The person whom the token speaks for. What the token's scopes do not release is left out."""

    sub = serializers.CharField(help_text="The person's permanent, opaque identifier.")
    name = serializers.CharField(required=False, help_text="Needs the scope profile.")
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
    zoneinfo = serializers.CharField(required=False, help_text="Such as Europe/Berlin.")
    locale = serializers.CharField(required=False, help_text="Such as pt-BR.")
    updated_at = serializers.IntegerField(
        required=False, help_text="Seconds since 1970, UTC. Needs the scope profile."
    )
    address = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Needs the scope address."
    )
    phone_number = serializers.CharField(required=False, help_text="Needs the scope phone.")
    phone_number_verified = serializers.BooleanField(required=False)
    email = serializers.EmailField(required=False, help_text="Needs the scope email.")
    email_verified = serializers.BooleanField(required=False, help_text="Needs the scope email.")


class ConnectionSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A third party that the person is connected to."""

    id = serializers.IntegerField()
    provider = serializers.CharField(help_text="The provider's ID at this site.")
    name = serializers.CharField(help_text="The provider's name.")
    account = serializers.CharField(help_text="The person's account there, as they know it.")
    connected = serializers.DateTimeField()


class ThirdPartyProfileSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What the third party's own API said just now."""

    connection = serializers.IntegerField()
    provider = serializers.CharField()
    profile = serializers.DictField(help_text="As the third party answered.")


class ProblemSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """An error (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
