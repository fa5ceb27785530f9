"""Name the options of `register_client`: which column each tells, and how it is read."""

import json
from argparse import ArgumentTypeError, BooleanOptionalAction
from collections.abc import Callable
from typing import Any

from accounts.oauth_server.clients.kinds import KINDS
from accounts.oauth_server.models import Client
from accounts.oauth_server.models.client import GRANT_TYPES
from accounts.oauth_server.models.signing_key import ALGORITHMS
from accounts.oauth_server.rules.profiles import PROFILES


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"this is not JSON ({error}).") from error


class Nothing:
    """Stand for "" where a column holds no text: it is emptied, while an option that is not there
    leaves its column alone."""


def _or_nothing(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        return read(text) if text else Nothing

    convert.__name__ = read.__name__  # how argparse calls what it could not read
    return convert


# Each column that an option tells, and what argparse has to know of that option.
_LIST: dict[str, Any] = {"action": "append"}
_SWITCH: dict[str, Any] = {"action": BooleanOptionalAction}
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "client_id": ("--client-id", {"help": "default: made by the site"}),
    "client_type": (
        "--kind",
        {
            "choices": ["confidential", "public", *KINDS],
            "help": "confidential, the default: can keep a secret; public: runs on people's own "
            "devices; or what it is, as Django admin asks: grants and scopes follow",
        },
    ),
    "redirect_uris": (
        "--redirect-uri",
        _LIST | {"dest": "redirect_uris", "help": "may be given several times"},
    ),
    "post_logout_redirect_uris": ("--post-logout-redirect-uri", _LIST),
    "allowed_origins": ("--allowed-origin", _LIST),
    "backchannel_logout_uri": (
        "--backchannel-logout-uri",
        {"help": "where it is told that people signed out"},
    ),
    "initiate_login_uri": (
        "--initiate-login-uri",
        {"help": "where a sign-in to it can be started"},
    ),
    "token_endpoint_auth_method": (
        "--auth-method",
        {"choices": list(Client.AUTHENTICATION_METHODS)},
    ),
    "jwks": (
        "--jwks",
        {"type": _or_nothing(_json), "help": "its public keys, a JWK set as JSON; “”: none"},
    ),
    "jwks_uri": ("--jwks-uri", {"help": "where its public keys are"}),
    "subject_type": ("--subject-type", {"choices": list(Client.SUBJECT_TYPES)}),
    "sector_identifier_uri": (
        "--sector-identifier-uri",
        {"help": "lists the redirect URIs of all apps of one sector"},
    ),
    "algorithm": ("--id-token-alg", {"choices": ALGORITHMS}),
    "userinfo_signed_response_alg": (
        "--userinfo-alg",
        {"choices": [*ALGORITHMS, ""], "help": "sign userinfo answers; “”: do not"},
    ),
    "authorization_signed_response_alg": (
        "--authorization-alg",
        {"choices": ALGORITHMS, "help": "sign authorization responses, where it wants that (JARM)"},
    ),
    "require_pushed_authorization_requests": (
        "--require-par",
        _SWITCH | {"help": "refuse authorization requests that it did not push (RFC 9126)"},
    ),
    "require_signed_request_object": (
        "--require-jar",
        _SWITCH | {"help": "refuse authorization requests that it did not sign (RFC 9101)"},
    ),
    "profile": (
        "--profile",
        {"choices": list(PROFILES), "help": "hold it to a security profile; “”: to none"},
    ),
    "dpop_bound_access_tokens": (
        "--require-dpop",
        _SWITCH | {"help": "refuse token requests without a proof of possession (RFC 9449)"},
    ),
    "claims_in_id_token": (
        "--claims-in-id-token",
        _SWITCH | {"help": "the claims of its scopes there too"},
    ),
    "leaves_out_scopes": (
        "--leave-out-scopes",
        _SWITCH | {"help": "leave out known scopes it may not have; else refuse"},
    ),
    "groups_claim": ("--groups-claim", {"help": "the name of its claim about groups"}),
    "groups_form": (
        "--groups-form",
        {"choices": list(Client.FORMS), "help": "a list, the first one's value, or true and false"},
    ),
    "groups_in": ("--groups-in", {"help": f"where it is told, some of: {' '.join(Client.PLACES)}"}),
    "groups_only_listed": (
        "--groups-only-listed",
        _SWITCH | {"help": "tell a list of those groups alone that --tell-group names"},
    ),
    "scopes": ("--scopes", {}),
    "default_scopes": (
        "--default-scopes",
        {"help": "what it gets when it asks for nothing; default: openid where people sign in, "
         "else all that it may ask for"},
    ),
    "required_scopes": ("--required-scopes", {"help": "what people cannot switch off"}),
    "pkce": ("--pkce", {"choices": list(Client.PKCE), "help": "whether it sends a challenge"}),
    "default_max_age": (
        "--default-max-age",
        {"type": _or_nothing(int), "help": "seconds a sign-in is good; “”: any number"},
    ),
    "grant_types": ("--grants", {"help": f"some of: {' '.join(GRANT_TYPES)}"}),
    "responsible_name": ("--responsible-name", {"help": "whom people ask who may not use it"}),
    "responsible_email": ("--responsible-email", {"help": "their e-mail address"}),
    "website": ("--website", {"help": "where people can read about it"}),
    "skip_authorization": (
        "--skip-consent",
        _SWITCH | {"help": "trust it: people are not asked"},
    ),
    **{
        column: (
            f"--{column.replace('_', '-')}",
            {"type": _or_nothing(int), "help": f"{what}; “”: as the site's"},
        )
        for column, what in {
            "access_token_minutes": "how long an access token works",
            "id_token_minutes": "how long an ID token counts",
            "refresh_token_idle_days": "after how long an unused refresh token ends",
            "refresh_token_max_days": "after how long a sign-in ends however much it is used",
        }.items()
    },
}  # fmt: skip
