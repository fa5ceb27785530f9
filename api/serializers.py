"""Shape the API's answers."""

import re
from datetime import UTC
from typing import Any

from rest_framework import serializers

from accounts.oauth_server.rules.scopes import SCOPES, claims_of, entries, releasing, to_set
from accounts.own_account import facts, personal_tokens
from api.identifiers import identifier

# Section 5.6: a date, a time and where that is. Python reads a lot more.
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_SUCH_AS = "RFC 3339, such as 2030-12-31T00:00:00Z"


class Opaque(serializers.CharField):
    """Write the key of a row as an identifier that tells nothing of it."""

    def __init__(self, kind: str, **how: Any) -> None:
        super().__init__(read_only=True, **how)
        self.of = kind

    def to_representation(self, value: Any) -> str:
        return identifier(self.of, int(value))


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


class Instant(serializers.DateTimeField):
    """Write a time as RFC 3339 has it, in UTC with a Z, to the second; read one with any offset."""

    def __init__(self, **how: Any) -> None:
        super().__init__(default_timezone=UTC, **how)

    def to_representation(self, value: Any) -> Any:
        return value and value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
            self.fail("invalid", format=_SUCH_AS)
        try:
            return super().to_internal_value(value)
        except (OverflowError, ValueError):  # of the year 0, or moved beyond the year 9999
            self.fail("invalid", format=_SUCH_AS)


class TokenSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe the token that the request came with."""

    kind = serializers.ChoiceField(["access_token", "personal_access_token"])
    sub = serializers.CharField(help_text="The person, or the app where it acts for itself.")
    client_id = serializers.CharField(allow_null=True, help_text="The app that got it.")
    scopes = serializers.ListField(child=serializers.CharField())
    audience = serializers.ListField(child=serializers.URLField(), help_text="What it opens.")
    created = Instant()
    expires = Instant(allow_null=True)


class AddressSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read a postal address."""

    street_address = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    postal_code = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    locality = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    region = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    country = serializers.CharField(required=False, allow_blank=True, allow_null=True)


class ProfileSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read what a person changes of themselves: null empties."""

    name = serializers.CharField(allow_blank=True, allow_null=True)
    given_name = serializers.CharField(allow_blank=True, allow_null=True)
    family_name = serializers.CharField(allow_blank=True, allow_null=True)
    nickname = serializers.CharField(allow_blank=True, allow_null=True)
    preferred_username = serializers.CharField(allow_blank=True, allow_null=True)
    birthdate = serializers.CharField(allow_blank=True, allow_null=True)
    zoneinfo = serializers.CharField(allow_blank=True, allow_null=True)
    phone_number = serializers.CharField(allow_blank=True, allow_null=True)
    address = AddressSerializer(allow_null=True)


class EmailSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe an e-mail address of the person."""

    email = serializers.EmailField()
    primary = serializers.BooleanField(help_text="Mail goes to this one.")
    verified = serializers.BooleanField()


class GroupSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a group that the person is in."""

    slug = serializers.CharField(source="profile.slug", help_text="The short name, which stays.")
    name = serializers.CharField()


class ConnectionSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a third party that the person is connected to."""

    id = Opaque("connection")
    provider = serializers.CharField(help_text="The provider's ID at this site.")
    name = serializers.CharField(help_text="The provider's name.")
    account = serializers.CharField(help_text="The person's account there, as they know it.")
    connected = Instant()


class ThirdPartyProfileSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe what the third party's own API said just now."""

    connection = Opaque("connection")
    provider = serializers.CharField()
    profile = serializers.DictField(help_text="As the third party answered.")


class SessionSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a browser in which the person is signed in."""

    id = serializers.CharField(source="sid")
    started = Instant()
    last_seen = Instant(allow_null=True, help_text="Exact to a few minutes.")
    user_agent = serializers.CharField()
    address = serializers.CharField(help_text="The IP address when it was last seen.")
    methods = serializers.ListField(child=serializers.CharField(), help_text="Of its sign-in.")


class AppSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe an app that has access to the person's account."""

    id = Opaque("app", source="pk")
    client_id = serializers.CharField(source="client.client_id")
    name = serializers.CharField(source="client.name")
    kind = serializers.CharField(
        source="client.kind",
        help_text="app, or agent: it acts for people on its own, as MCP clients do.",
    )
    registered_by = serializers.CharField(
        source="client.registration_source",
        help_text="manual (an admin), dcr (by itself or by a service) or cimd (by a document).",
    )
    software_id = serializers.CharField(source="client.software_id", allow_blank=True)
    software_version = serializers.CharField(source="client.software_version", allow_blank=True)
    resources = serializers.ListField(
        child=serializers.CharField(),
        help_text="Other APIs that it may use on your behalf, by their identifiers.",
    )
    scopes = serializers.SerializerMethodField()
    allowed = Instant(source="created")
    last_used = Instant()

    def get_scopes(self, app: Any) -> list[str]:
        return [scope.name for scope in entries(to_set(app.scope))]


class ReceiptSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Tell what was ended."""

    apps = serializers.IntegerField()
    access_tokens = serializers.IntegerField()
    refresh_tokens = serializers.IntegerField()
    codes = serializers.IntegerField(help_text="That were not used yet.")
    last_used = Instant(allow_null=True)


class PersonalTokenSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe a personal access token."""

    id = Opaque("token", source="pk")
    name = serializers.CharField()
    scopes = serializers.SerializerMethodField()
    created = Instant()
    expires = Instant(allow_null=True)
    last_used = Instant(allow_null=True)

    def get_scopes(self, token: Any) -> list[str]:
        return [scope.name for scope in entries(personal_tokens.scopes_of(token))]


class NewTokenSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Read what a personal access token is to be."""

    name = serializers.CharField(max_length=personal_tokens.NAME_LENGTH)
    scopes = serializers.ListField(child=serializers.CharField(), allow_empty=False, max_length=100)
    expires = Instant(required=False, allow_null=True)


class MadeTokenSerializer(PersonalTokenSerializer):
    """Describe a token that was made just now: its text is told this once."""

    token = serializers.CharField()


class EventSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe what happened on the person's account."""

    id = Opaque("event", source="pk")
    at = Instant()
    kind = serializers.CharField()
    outcome = serializers.CharField()
    actor = serializers.CharField(help_text="Who did it: person, client, admin, system, unknown.")
    sentence = serializers.SerializerMethodField()
    client_id = serializers.CharField(source="client_public_id", help_text="“” for none.")
    address = serializers.SerializerMethodField()
    user_agent = serializers.SerializerMethodField()

    def get_sentence(self, event: Any) -> str:
        return facts.told(event, self.context["names"]).sentence

    def get_address(self, event: Any) -> str:
        return "" if event.is_by_an_admin else str(event.address)

    def get_user_agent(self, event: Any) -> str:
        return "" if event.is_by_an_admin else str(event.user_agent)


class ErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Say what is wrong at one place: of the body, the query or the headers."""

    pointer = serializers.CharField(required=False, help_text="A JSON Pointer into the body.")
    parameter = serializers.CharField(required=False, help_text="A parameter of the query.")
    header = serializers.CharField(required=False)
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Describe an error (RFC 9457)."""

    type = serializers.URLField(help_text="The address of a page about problems of this type.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = ErrorSerializer(many=True, required=False)  # type: ignore[assignment]
