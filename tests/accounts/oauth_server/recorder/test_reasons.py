"""Which rule stands beside a refusal."""

from oauthlib.oauth2.rfc6749 import errors

from accounts.oauth_server.recorder.reasons import rule_for

RULES = [
    ("token", 400, "invalid_grant", "The code has expired.", "RFC 6749, section 4.1.2"),
    (
        *("token", 400, "invalid_grant", "code_verifier does not match the code_challenge."),
        "RFC 7636, section 4.6",
    ),
    ("token", 400, "invalid_grant", "The refresh token has expired.", "RFC 6749, section 6"),
    (
        *("token", 400, "invalid_grant", "The refresh token was used before; its sign-in has"),
        "RFC 9700, section 4.14.2",
    ),
    ("token", 401, "invalid_client", "The client assertion is refused: x", "RFC 7523, section 3"),
    ("token", 401, "invalid_client", "Client authentication failed.", "RFC 6749, section 2.3.1"),
    ("token", 400, "authorization_pending", "", "RFC 8628, section 3.5"),
    ("token", 405, "invalid_request", "This endpoint takes POST only.", "RFC 9110, section 15.5.6"),
    ("revoke", 429, "temporarily_unavailable", "", "RFC 6585, section 4"),
    ("authorize", 400, "invalid_request", "Mismatching redirect URI.", "RFC 9700, section 2.1"),
    ("authorize", 302, "login_required", "", "OpenID Connect Core 1.0, section 3.1.2.6"),
    ("userinfo", 401, "invalid_token", "It has expired.", "RFC 6750, section 3.1"),
    ("userinfo", 401, "", "", "RFC 6750, section 2.1"),
]


def test_a_refusal_stands_beside_its_rule() -> None:
    for *refusal, document in RULES:
        rule = rule_for(*refusal)
        assert rule is not None
        assert rule.document == document, refusal
        assert rule.words


def test_what_was_not_refused_has_none() -> None:
    assert rule_for("token", 200, "", "") is None
    assert rule_for("userinfo", 200, "", "") is None


# Of clients, of registration, and of what nobody can send here.
ELSEWHERE = {
    *("custom_error", "mismatching_state", "missing_code", "missing_token", "missing_token_type"),
    *("token_expired", "invalid_client_metadata", "invalid_request_object", "invalid_request_uri"),
}


def test_every_error_of_the_protocol_has_one() -> None:
    kinds: list[type[errors.OAuth2Error]] = [errors.OAuth2Error]
    for kind in kinds:
        kinds += kind.__subclasses__()
    ours = {each.error for each in kinds if each.error} - ELSEWHERE
    assert len(ours) > 10
    assert [error for error in sorted(ours) if rule_for("token", 400, error, "") is None] == []
