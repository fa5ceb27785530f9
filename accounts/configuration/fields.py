"""List what the file says of a client, a third party and a group: the JSON Schema, the export and
the reading of the file are made from these lists, so that none of them can lack a field.

A client's names are those of client metadata (RFC 7591 section 2) where there are such.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.entrance.sign_up_rule import Mode
from accounts.models import GroupRule, Webhook
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client, ProtectedResource
from accounts.oauth_server.models.client import GRANT_TYPES
from accounts.oauth_server.models.signing_key import ALGORITHMS
from accounts.oauth_server.models.software import SOFTWARE_KINDS
from accounts.oauth_server.rules.profiles import PROFILES
from accounts.oauth_server.rules.scopes import SCOPES

TEXT: dict[str, Any] = {"type": "string"}
SWITCH: dict[str, Any] = {"type": "boolean"}
NUMBER: dict[str, Any] = {"type": ["integer", "null"], "minimum": 0}
TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string", "pattern": r"^\S+$"}}


@dataclass(frozen=True)
class Field:
    """Describe one name of the file. `column` keeps it; `schema` is its JSON Schema."""

    name: str
    schema: dict[str, Any]
    column: str = ""
    about: str = ""

    @property
    def kept_in(self) -> str:
        return self.column or self.name

    def read(self, row: Any) -> Any:
        """Return its value as the file has it: a list where the column joins words by spaces."""
        value = getattr(row, self.kept_in)
        return value.split() if self.schema.get("type") == "array" else value

    def stored(self, value: Any) -> Any:
        """Return the value as the column has it."""
        return " ".join(value) if self.schema.get("type") == "array" else value


def one_of(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(names)}


def some_of(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "array", "items": one_of(names)}


CLIENT = (
    Field("name", TEXT | {"minLength": 1}, about="What people read."),
    Field("client_type", one_of(("confidential", "public"))),
    Field("website", TEXT),
    Field("kind", one_of(SOFTWARE_KINDS), about="An agent acts for people on its own."),
    Field("active", SWITCH, "is_active", "false ends everything that it holds."),
    Field("verified", SWITCH, "is_verified", "false: people are warned."),
    Field("grant_types", some_of(GRANT_TYPES)),
    Field("redirect_uris", TEXTS),
    Field("post_logout_redirect_uris", TEXTS),
    Field("allowed_origins", TEXTS, about="Origins of its pages, for CORS."),
    Field("initiate_login_uri", TEXT),
    Field("backchannel_logout_uri", TEXT),
    Field("backchannel_logout_session_required", SWITCH),
    Field("token_endpoint_auth_method", one_of(Client.AUTHENTICATION_METHODS)),
    Field("jwks", {"type": ["object", "null"]}, about="Its public keys."),
    Field("jwks_uri", TEXT),
    Field("pkce", one_of(Client.PKCE)),
    Field("scopes", some_of(SCOPES), about="What it may ask for."),
    Field("default_scopes", some_of(SCOPES), about="What it gets when it asks for nothing."),
    Field("required_scopes", some_of(SCOPES), about="What people cannot switch off."),
    Field("leaves_out_scopes", SWITCH, about="Leave out scopes it may not have; else refuse."),
    Field("skip_consent", SWITCH, "skip_authorization", "People are not asked."),
    Field("claims_in_id_token", SWITCH),
    Field("subject_type", one_of(Client.SUBJECT_TYPES)),
    Field("sector_identifier_uri", TEXT),
    Field("id_token_signed_response_alg", one_of(ALGORITHMS), "algorithm"),
    Field("authorization_signed_response_alg", one_of(ALGORITHMS), about="Of JARM."),
    Field("require_pushed_authorization_requests", SWITCH, about="RFC 9126."),
    Field("profile", one_of(PROFILES)),
    Field("dpop_bound_access_tokens", SWITCH, about="RFC 9449."),
    Field("require_signed_request_object", SWITCH, about="RFC 9101."),
    Field("userinfo_signed_response_alg", one_of(("", *ALGORITHMS))),
    Field("default_max_age", NUMBER, about="Seconds."),
    Field("require_auth_time", SWITCH),
    Field("groups_claim", TEXT | {"minLength": 1}, about="The name of its claim about groups."),
    Field("groups_form", one_of(Client.FORMS)),
    Field("groups_in", some_of(Client.PLACES)),
    Field("groups_only_listed", SWITCH),
    Field("access_token_minutes", NUMBER, about="null: as everywhere here; likewise below."),
    Field("id_token_minutes", NUMBER),
    Field("refresh_token_idle_days", NUMBER),
    Field("refresh_token_max_days", NUMBER),
    Field("responsible_name", TEXT, about="Whom people ask who may not use it."),
    Field("responsible_email", TEXT),
)

RESOURCE = (
    Field("name", TEXT | {"minLength": 1}, about="What people read."),
    Field("access_token_minutes", NUMBER, about="null: as of the app’s other tokens."),
    Field("access_token_format", one_of(ProtectedResource.FORMATS)),
    Field("algorithm", one_of(ALGORITHMS), about="Of JWTs."),
    Field("tells_groups", SWITCH, about="Of JWTs."),
    Field("for_listed_apps_only", SWITCH, "is_for_listed"),
)

CROSS_APP = (
    Field("client_there", TEXT | {"minLength": 1}, about="The client ID that it has there."),
    Field("scopes", TEXTS, about="What it may ask for there at most."),
    Field("resources", TEXTS, about="Addresses of APIs of that server; empty: all."),
    Field("tells_email", SWITCH, about="Whether the verified address is told."),
)

# Of a third party; the rest is kept among its settings (providers.py).
PROVIDER = (
    Field("name", TEXT | {"minLength": 1}, about="What people read on the button."),
    Field("client_id", TEXT | {"minLength": 1}, about="The one that it gave this site."),
    Field("team_id", TEXT, "key", "Apple only."),
)

PROVIDER_SETTINGS = (
    Field("server_url", TEXT, about="The issuer, of OpenID Connect."),
    Field("trusted_email", SWITCH, "email_authentication", "It verifies every address itself."),
    Field("true_as_text", SWITCH, about="Whether the text “true” counts as true."),
    Field("sign_up", one_of(Mode), about="Who may sign up with it; else as SIGN_UP."),
    Field("sign_up_domains", TEXTS),
    Field("trusted_groups", SWITCH, about="Rules of groups may go by its claims."),
    Field("identity_assertions", SWITCH, about="It may let apps act for its people (ID-JAG)."),
    Field("off", SWITCH, "is_off", "Nobody can sign in with it for now."),
    Field("position", {"type": "integer", "minimum": 0}, about="Of its button: lower comes first."),
)

GROUP = (Field("name", TEXT | {"minLength": 1}),)

RULE = (
    Field("kind", one_of(GroupRule.KINDS)),
    Field("provider", TEXT),
    Field("claim", TEXT),
    Field("value", TEXT),
)

WEBHOOK = (
    Field("name", TEXT | {"minLength": 1, "maxLength": 100}),
    Field("url", TEXT | {"minLength": 1, "maxLength": 500}, about="Who is told."),
    Field("kinds", some_of(Event.values) | {"minItems": 1}, about="Of security events."),
    Field("format", one_of(name for name, _ in Webhook.FORMATS)),
    Field(
        "audience", TEXT | {"maxLength": 500}, about="Of security event tokens; “”: the address."
    ),
    Field("personal_data", SWITCH, "has_personal_data", "Also IP addresses, e-mail addresses…"),
    Field("active", SWITCH, "is_active"),
)
