"""Lay the specification's rule beside an error: which sentence of which document it stands on.

First by the words in which this site describes the error, then by its code.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_RFC = "https://www.rfc-editor.org/rfc/rfc"
_CORE = "https://openid.net/specs/openid-connect-core-1_0.html#"


class Rule(NamedTuple):
    """Name a rule: where it stands, and what it asks for."""

    document: str
    url: str
    words: str | Promise


def _rfc(number: int, section: str, words: Promise) -> Rule:
    where = f"RFC {number}, section {section}"
    return Rule(where, f"{_RFC}{number}.html#section-{section}", words)


def _core(section: str, anchor: str, words: Promise) -> Rule:
    return Rule(f"OpenID Connect Core 1.0, section {section}", _CORE + anchor, words)


_ONCE = _rfc(6749, "3.2", _("Each parameter is sent once at most."))
_FORM = _rfc(6749, "4.1.3", _("Parameters are sent as a form, in the body of a POST request."))
_MISSING = _rfc(6749, "5.2", _("A parameter that this grant needs is missing."))
_CODE = _rfc(
    6749,
    "4.1.2",
    _("A code works once, for a short time, and for the client that it was issued to."),
)
_PKCE = _rfc(7636, "4.3", _("The request carries a code_challenge, made with S256."))
_VERIFIER = _rfc(
    7636, "4.6", _("The code_verifier has to be the one that the code_challenge was made of.")
)
_REFRESH = _rfc(
    6749, "6", _("A refresh token works for the client that it was issued to, while it is valid.")
)
_ROTATION = _rfc(
    9700, "4.14.2", _("A refresh token that was replaced is a replay: all that came of it ends.")
)
_DEVICE = _rfc(8628, "3.5", _("The device asks again until the person has decided, or time is up."))
_ASSERTION = _rfc(
    7523, "3", _("The assertion names the client and this site, is signed, fresh and used once.")
)
_CLIENT = _rfc(
    6749, "2.3.1", _("The client proves itself, in one way only: with its secret or a signature.")
)
_BEARER = _rfc(
    6750, "2.1", _("The access token stands in the Authorization header, after “Bearer”.")
)
_TOKEN = _rfc(6750, "3.1", _("The token is wrong, has expired or has been revoked."))
_REDIRECT = _rfc(
    9700, "2.1", _("The redirect_uri is compared letter by letter with those that are registered.")
)
_AGAIN = _rfc(6749, "4.1.3", _("The redirect_uri is the one of the authorization request."))
_SILENT = _core(
    "3.1.2.6",
    "AuthError",
    _("The request said prompt=none, or what it asked for the person did not do."),
)
_OBJECT = _rfc(
    9101, "6", _("A request object is signed by its client, for this site, and says who it is for.")
)
_PUSHED = _rfc(9126, "2.2", _("A pushed request is used by its client, once, before it expires."))
_REQUEST = _rfc(
    6749, "4.1.2.1", _("A parameter is missing, is repeated, or has a value that is not allowed.")
)

# By what the description begins with or has in it.
_BY_WORDS = {
    "The request object": _OBJECT,
    "push its authorization requests": _rfc(
        9126, "6", _("The client registered that its authorization requests are pushed.")
    ),
    "sign its authorization requests": _rfc(
        9101, "10.5", _("The client registered that its authorization requests are signed.")
    ),
    "must not be pushed": _rfc(9126, "2.1", _("A request_uri is no part of a pushed request.")),
    "repeated": _ONCE,
    "Duplicate": _ONCE,
    "must be a form": _FORM,
    "belong in the body": _FORM,
    "code_verifier does not match": _VERIFIER,
    "without a code_challenge": _VERIFIER,
    "Missing code_verifier": _VERIFIER,
    "Code challenge required": _PKCE,
    "code_challenge": _PKCE,
    "Transform algorithm": _PKCE,
    "not the one that the code was sent to": _AGAIN,
    "refresh token was used before": _ROTATION,
    "refresh token": _REFRESH,
    "device code": _DEVICE,
    "assertion": _ASSERTION,
    "Missing ": _MISSING,
    "The code ": _CODE,
    "Authenticate in": _CLIENT,
    "differs from the one": _CLIENT,
    "Authorization header cannot be read": _CLIENT,
    "redirect": _REDIRECT,
    "max_age": _core("3.1.2.1", "AuthRequest", _("max_age is a number of seconds.")),
    "prompt=none": _core("3.1.2.1", "AuthRequest", _("prompt=none stands alone.")),
    "claims must": _core("5.5", "ClaimsParameter", _("claims is a JSON object of objects.")),
    "id_token_hint": _core(
        "3.1.2.1", "AuthRequest", _("id_token_hint is an ID token that this site issued.")
    ),
}
_BY_ERROR = {
    "invalid_client": _CLIENT,
    "invalid_request_object": _OBJECT,
    "invalid_target": _rfc(
        8707, "2", _("The resource is one that this site knows and that the client may ask for.")
    ),
    "invalid_dpop_proof": _rfc(
        9449,
        "4.3",
        _("A proof is signed by its key, for this very request, just now, and used once."),
    ),
    "use_dpop_nonce": _rfc(
        9449, "8", _("A proof holds the nonce of the last answer; this answer has the next one.")
    ),
    "invalid_request_uri": _PUSHED,
    "invalid_client_id": _rfc(6749, "2.2", _("The client_id is that of an active client.")),
    "invalid_grant": _CODE,
    "invalid_request": _REQUEST,
    "invalid_redirect_uri": _REDIRECT,
    "mismatching_redirect_uri": _REDIRECT,
    "missing_redirect_uri": _REDIRECT,
    "insecure_transport": _rfc(6749, "3.1", _("Endpoints are reached over TLS.")),
    "invalid_scope": _rfc(6749, "3.3", _("Scopes are those that the client may have.")),
    "unauthorized_client": _rfc(
        6749, "5.2", _("The client uses the grant types that it is registered for.")
    ),
    "unsupported_grant_type": _rfc(6749, "5.2", _("The grant type is one that this site knows.")),
    "unsupported_response_type": _rfc(
        9700, "2.1.2", _("response_type is code: tokens never travel through the browser.")
    ),
    "unsupported_token_type": _rfc(7009, "2.2.1", _("The token is of a type that can be revoked.")),
    "access_denied": _rfc(6749, "4.1.2.1", _("The person, or this site for them, said no.")),
    "temporarily_unavailable": _rfc(
        6585, "4", _("There were too many requests. Retry-After says when to come back.")
    ),
    "server_error": _rfc(6749, "4.1.2.1", _("This site failed. The request may be right.")),
    "invalid_token": _TOKEN,
    "insufficient_scope": _rfc(6750, "3.1", _("The token has the scope that the endpoint needs.")),
    **dict.fromkeys(("login_required", "consent_required", "interaction_required"), _SILENT),
    "account_selection_required": _SILENT,
    "unmet_authentication_requirements": Rule(
        "OpenID Connect Core Error Code unmet_authentication_requirements 1.0",
        "https://openid.net/specs/openid-connect-unmet-authentication-requirements-1_0.html",
        _("The person signs in as acr_values demand, or the request fails."),
    ),
    **dict.fromkeys(
        ("request_not_supported", "request_uri_not_supported", "registration_not_supported"),
        _core("6.1", "RequestObject", _("This site takes signed request objects, sent by value.")),
    ),
    **dict.fromkeys(("authorization_pending", "slow_down", "expired_token"), _DEVICE),
}
_BY_STATUS = {
    405: _rfc(9110, "15.5.6", _("The endpoint takes the methods that Allow names.")),
    429: _BY_ERROR["temporarily_unavailable"],
    500: _BY_ERROR["server_error"],
}


def rule_for(endpoint: str, status: int, error: str, problem: str) -> Rule | None:
    """Return the rule that a request was refused by, None where it was not refused."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if endpoint == "userinfo" and error in ("invalid_request", "invalid_token", ""):
        return (_TOKEN if error == "invalid_token" else _BEARER) if status >= 400 else None
    if not error:
        return None
    said = (rule for words, rule in _BY_WORDS.items() if words in problem)
    return next(said, None) or _BY_ERROR.get(error)
