"""Say of each of the seven steps what will happen, before anybody presses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StepWords:
    """Name a step, and say what is sent to whom in it and what comes back."""

    number: int
    title: str
    what: str


_TITLES = (
    "Register the app",
    "Ask the person",
    "Redirect to the authentication endpoint",
    "Receive the authorization code",
    "Make a request to the access token endpoint",
    "Receive the access token",
    "Make a request to the API endpoint",
)


def _words(*whats: str) -> tuple[StepWords, ...]:
    return tuple(
        StepWords(number, title, what)
        for number, (title, what) in enumerate(zip(_TITLES, whats, strict=True), start=1)
    )


AS_PROVIDER = _words(
    "An admin registers a demo app, with the one address that answers may be sent to. The app gets "
    "a client ID and a client secret.",
    "The demo app asks whether you want to sign in with this site. It makes up a state, a nonce "
    "and a PKCE verifier for this one sign-in. Nothing is sent yet.",
    "The demo app sends your browser to this site’s authorization endpoint, with the state, the "
    "nonce and the challenge. This site answers with the page that asks you.",
    "You say yes, as yourself. This site sends you back to the demo app with a code, the state and "
    "its own name, and the app checks the last two.",
    "The demo app’s server sends the code, the verifier and its secret to this site’s access token "
    "endpoint, which answers with tokens.",
    "The demo app takes the access token, and checks the ID token: who signed it, for whom, when, "
    "and for which sign-in.",
    "The demo app calls this site’s API with the access token, and reads what you allowed.",
)

AS_CLIENT = _words(
    "An admin of a third party registers this site, with the address that answers come back to. "
    "This site gets a client ID and a client secret. The third party is played by this site.",
    "This site’s sign-in page asks the person how they want to sign in. A browser in which nobody "
    "is signed in opens it.",
    "The person presses the button. This site makes up a state, a nonce and a PKCE verifier, and "
    "sends the browser to the third party’s authentication endpoint.",
    "You say yes at the third party, as yourself. It sends the browser back to this site with a "
    "code, the state and its name.",
    "This site looks at the state and the name, and sends the code, the verifier and its secret to "
    "the third party’s access token endpoint.",
    "This site takes the access token, and checks the ID token: who signed it, for whom, when, and "
    "for which sign-in.",
    "This site calls the third party’s API endpoint with the access token, reads who this is, and "
    "signs them in.",
)

BY_ROLE = {"client": AS_CLIENT, "provider": AS_PROVIDER}
