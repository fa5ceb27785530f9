"""Say what a security profile holds a client to: FAPI 2.0, Security Profile and Message Signing.
offers to all; what it leaves no choice about is checked when the client is saved.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NONE, FAPI2, FAPI2_MESSAGE_SIGNING = "", "fapi2", "fapi2-message-signing"

PROFILES: dict[str, str | Promise] = {
    NONE: _("None: what OAuth 2.1 asks for"),
    FAPI2: _("FAPI 2.0 Security Profile: pushed requests, its own key, tokens bound to a key"),
    FAPI2_MESSAGE_SIGNING: _(
        "FAPI 2.0 Message Signing: the same, with signed requests and answers"
    ),
}

ALGORITHMS = ("PS256", "ES256", "EdDSA")  # Security Profile section 5.4.1
CODE_LIFETIME = timedelta(seconds=60)  # section 5.3.2.1


def problems(
    *,
    is_public: bool,
    signs: bool,
    sends_challenges: bool,
    redirect_uris: Iterable[str],
    algorithms: dict[str, str],
) -> dict[str, list[Any]]:
    """Return what keeps a client from FAPI 2.0, by the column that has to change.

    `signs` is whether it proves itself by a key; `algorithms` are those that this site signs with
    for it, by column.
    """
    found: dict[str, list[Any]] = {}
    if is_public:
        found["client_type"] = [_("FAPI 2.0 is for confidential clients.")]
    if not signs:
        found["token_endpoint_auth_method"] = [_("FAPI 2.0 needs private_key_jwt.")]
    if not sends_challenges:
        found["pkce"] = [_("FAPI 2.0 needs PKCE: choose “Required”.")]
    if any(not uri.startswith("https://") for uri in redirect_uris):
        found["redirect_uris"] = [_("FAPI 2.0 takes https addresses alone.")]
    found |= dict(_weak(algorithms))
    return found


def _weak(algorithms: dict[str, str]) -> Iterator[tuple[str, list[Any]]]:
    for column, algorithm in algorithms.items():
        if algorithm and algorithm not in ALGORITHMS:
            yield column, [_("FAPI 2.0 takes PS256, ES256 and EdDSA alone.")]
