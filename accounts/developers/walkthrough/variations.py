"""List what a developer can do wrong on purpose in the seven steps, and what that would open."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variation:
    """Describe one wrong thing: the step that it is done in, what its button says, and what would
    happen if nobody checked."""

    key: str
    step: int
    button: str
    danger: str


def _by_key(*several: Variation) -> dict[str, Variation]:
    return {each.key: each for each in several}


_STATE = Variation(
    "wrong-state",
    4,
    "Send a wrong state",
    "Anybody could hand your browser a sign-in that they began, and you would work in their "
    "account without noticing (login CSRF).",
)
_ISSUER = Variation(
    "other-issuer",
    4,
    "Answer in another issuer’s name",
    "An evil third party could have a code of an honest one sent to itself (mix-up, RFC 9207).",
)
_NONCE = Variation(
    "wrong-nonce",
    6,
    "Expect another nonce",
    "An ID token of an earlier sign-in, found in a log, would sign somebody in again.",
)
_AUDIENCE = Variation(
    "other-audience",
    6,
    "Take it for another client’s",
    "Any app that somebody signs in to could go on as that person at every other app.",
)
_TAMPERED = Variation(
    "tampered",
    6,
    "Change whom it names",
    "Whoever can write JSON could be anybody.",
)
_EXPIRED = Variation(
    "expired-id-token",
    6,
    "Use one that has expired",
    "A token that leaks would sign its finder in forever.",
)

AS_PROVIDER = _by_key(
    Variation(
        "no-tls",
        1,
        "Register a redirect URI without TLS",
        "Whoever shares a network with the person could read the code on its way.",
    ),
    Variation(
        "no-question",
        2,
        "Skip the question (prompt=none)",
        "Apps could take what nobody gave them.",
    ),
    Variation(
        "other-redirect",
        3,
        "Ask for the answer elsewhere",
        "The code would be sent to whoever made the link.",
    ),
    Variation(
        "no-challenge",
        3,
        "Leave out PKCE",
        "A code that somebody intercepts could be redeemed by them.",
    ),
    Variation(
        "other-scope",
        3,
        "Ask for a scope that the app may not have",
        "An app could get more than an admin allowed it.",
    ),
    Variation("deny", 4, "Say no", "The person’s answer would mean nothing."),
    _STATE,
    _ISSUER,
    Variation(
        "replay",
        5,
        "Replay the code",
        "A code that is found in a history or a log would earn its finder tokens. Here even what "
        "it earned before ends, as one of the two is not the app.",
    ),
    Variation(
        "other-verifier",
        5,
        "Use another client’s verifier",
        "Whoever intercepts a code could redeem it. Only who began the sign-in knows the verifier.",
    ),
    Variation(
        "other-client",
        5,
        "Redeem it as another client",
        "A dishonest app could redeem a code that was meant for an honest one.",
    ),
    Variation(
        "wrong-secret",
        5,
        "Use a wrong secret",
        "Anybody could act in the app’s name: its client ID is public.",
    ),
    Variation(
        "other-redirect-at-token",
        5,
        "Name another redirect URI",
        "A code that was sent to a wrong address could be redeemed all the same.",
    ),
    Variation(
        "late",
        5,
        "Come too late",
        "A code would stay good for as long as somebody needs to find it.",
    ),
    _AUDIENCE,
    _NONCE,
    _TAMPERED,
    _EXPIRED,
    Variation(
        "no-token", 7, "Call without a token", "Everybody could read what belongs to one person."
    ),
    Variation(
        "expired-token",
        7,
        "Use a token that has expired",
        "A token that leaks would stay good forever.",
    ),
    Variation(
        "revoked-token",
        7,
        "Revoke the token first",
        "People could not take back what they allowed.",
    ),
    Variation(
        "missing-scope",
        7,
        "Ask for what was not allowed",
        "Whoever lets an app see their name would let it see everything.",
    ),
    Variation(
        "token-in-query",
        7,
        "Put the token into the address",
        "It would stay in histories and logs, and be sent on as a referrer.",
    ),
)

AS_CLIENT = _by_key(
    Variation(
        "link",
        2,
        "Begin by a link",
        "A link in a mail could sign people in to something without asking them.",
    ),
    Variation(
        "not-registered",
        3,
        "Come from an address that is not registered",
        "Anybody could pass for this site, and be sent the code.",
    ),
    _STATE,
    Variation(
        "other-browser",
        4,
        "Take the answer to another browser",
        "A sign-in that somebody began and sends you would be taken for yours.",
    ),
    _ISSUER,
    Variation("deny", 4, "Say no", "The person’s answer would mean nothing."),
    Variation(
        "replay",
        5,
        "Replay the answer with the code",
        "Whoever finds the address in a history would be signed in as you.",
    ),
    Variation(
        "other-verifier",
        5,
        "Use another sign-in’s verifier",
        "A code that was slipped into your browser would be redeemed (code injection).",
    ),
    Variation(
        "wrong-secret",
        5,
        "Use a wrong secret",
        "Anybody could redeem codes in this site’s name: its client ID is public.",
    ),
    _AUDIENCE,
    _NONCE,
    _TAMPERED,
    Variation("unsigned", 6, "Leave out the signature", "Whoever can write JSON could be anybody."),
    _EXPIRED,
    Variation(
        "other-subject",
        7,
        "Answer about somebody else",
        "An access token that was swapped for another person’s would sign that person in.",
    ),
)

BY_ROLE = {"client": AS_CLIENT, "provider": AS_PROVIDER}
