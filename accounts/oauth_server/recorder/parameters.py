"""Say of each parameter how much of it may be kept. One that is not listed here is kept as that one
came, and how long it was: whoever adds a parameter to an endpoint decides about it here.
"""

from enum import Enum, auto
from typing import Any

from accounts.oauth_server.authorization.origins import ORIGIN
from accounts.oauth_server.rules.scopes import SCOPES, claims_of
from accounts.way_back.app_request import FIRST_SEEN
from accounts.way_back.packed import PACKED


class Shown(Enum):
    """Name how much is kept of a value."""

    PLAIN = auto()  # as it is, but for words in it that look like a credential or a person's
    MARKED = auto()  # its length, and a mark by which equal values are known
    VERIFIER = auto()  # the same, with the mark of the code_challenge that is made of it
    LENGTH = auto()
    NAME = auto()  # that it was there
    CLIENT_ID = auto()  # as it is, where it is the client's own
    ADDRESS = auto()  # without what stands in its query and is not registered
    CLAIMS = auto()  # the names of the claims that are asked for
    JWT = auto()  # its length, its algorithm and the names of its claims


def _all(shown: Shown, names: str) -> dict[str, Shown]:
    return dict.fromkeys(names.split(), shown)


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# What clients send, at any endpoint; and what this site's own pages add.
SENT: dict[str, Shown] = {
    **_all(Shown.PLAIN, "scope response_type response_mode grant_type resource prompt max_age"),
    **_all(Shown.PLAIN, "acr_values code_challenge_method token_type_hint display ui_locales"),
    **_all(Shown.PLAIN, "claims_locales client_assertion_type decision"),
    **_all(Shown.MARKED, "code refresh_token token access_token device_code code_challenge"),
    "code_verifier": Shown.VERIFIER,
    **_all(Shown.LENGTH, "state nonce dpop_jkt client_secret id_token_hint request_uri"),
    **_all(Shown.NAME, "login_hint user_code csrfmiddlewaretoken username password"),
    **_all(Shown.JWT, "client_assertion request"),
    **_all(Shown.LENGTH, f"{FIRST_SEEN} {PACKED} {ORIGIN}"),
    "client_id": Shown.CLIENT_ID,
    "redirect_uri": Shown.ADDRESS,
    "claims": Shown.CLAIMS,
}

# What other servers take, and this one does not know: an admin who moves an app wants to see it.
FOREIGN = _names(
    "audience access_type approval_prompt include_granted_scopes hd domain_hint"
    " kc_idp_hint connection organization screen_hint id_token registration assertion"
    " actor_token subject_token requested_token_type post_logout_redirect_uri"
    " authorization_details client_notification_token auth_req_id binding_message"
)

# What is answered: in JSON, or in the parameters that go back to the client.
ANSWERED: dict[str, Shown] = {
    **_all(Shown.PLAIN, "error error_description error_uri token_type expires_in scope active iss"),
    **_all(Shown.PLAIN, "exp iat interval verification_uri"),
    **_all(Shown.MARKED, "code access_token refresh_token device_code"),
    "state": Shown.LENGTH,
    **_all(Shown.JWT, "id_token response"),
    "request_uri": Shown.LENGTH,
    "client_id": Shown.CLIENT_ID,
}

# Names that may stand in an answer beside those, in a JWT or in the claims parameter.
CLAIM_NAMES = _names(
    "iss sub aud exp iat nbf jti nonce auth_time acr amr azp at_hash c_hash sid events"
    " userinfo id_token groups username user_code verification_uri_complete"
) | frozenset(claims_of(SCOPES))

NAMES: frozenset[str] = frozenset(SENT) | FOREIGN

Item = dict[str, Any]
