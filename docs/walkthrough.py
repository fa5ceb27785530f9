"""Perform the seven steps by real HTTP in both roles, and show them: `make walkthrough`.

Starts the site and its example third party on free ports over throwaway data, or over what is in
the folder that it is given. Exit status 0 only if every step did what it should.
"""

import base64
import contextlib
import hashlib
import json
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from config import demo
from config.instance import Instance, NotStartedError, free_ports, prepare, running
from config.serve import third_party
from docs.wire import Browser, Unexpected, expect, form_on, location, query, say, send, show

REDIRECT_URI = "http://127.0.0.1:9/callback"  # nothing listens: the walkthrough plays the browser
SCOPES = "openid profile email offline_access connections connections.profile"


@dataclass
class Walk:
    """Hold the two instances, Alice and her browser, and what each step leaves to the next."""

    site: Instance
    example: Instance
    browser: Browser = field(default_factory=Browser)
    password: str = ""
    client_id: str = ""
    client_secret: str = ""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    page: Any = None
    code: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)

    def api(self, path: str, *, status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        url = f"{self.site.url}/api/v1/{path}"
        return send(requests.Session(), "GET", url, status=status, headers=headers)

    def post(self, endpoint: str, *, body: bool = True, **data: str) -> Any:
        """Ask an OAuth endpoint as the client that the site knows."""
        url = f"{self.site.url}/oauth/{endpoint}/"
        client = (self.client_id, self.client_secret)
        return send(requests.Session(), "POST", url, status=200, body=body, data=data, auth=client)


# --- First role: the site is the client of a third party -----------------------------------------


def register_at_third_party(walk: Walk) -> None:
    say("At the third party, its admin registers the site as a client app:")
    client = json.loads(walk.example.manage("register_client", *demo.site_as_client(walk.site.url)))
    show(client)
    expect(client["client_secret"], "a client secret")
    say("At the site, its admin enters what the third party handed out:")
    provider = demo.third_party_as_provider(walk.example.url, client["client_id"])
    registered = walk.site.manage(
        "register_provider", *provider, "--client-secret", "-", question=client["client_secret"]
    )
    show(json.loads(registered))
    person = ("--email", demo.ALICE, "--name", "Alice Example")
    walk.password = json.loads(walk.example.manage("create_person", *person))["password"]


def ask_the_person(walk: Walk) -> None:
    walk.page = walk.browser.open(f"{walk.site.url}/accounts/login/")
    offer = form_on(walk.page, to="/accounts/oidc/example/login/")
    say(f"The page asks: “{offer.text}”")
    expect("Example ID" in offer.text, "to be asked about Example ID", offer.text)


def redirect_to_third_party(walk: Walk) -> None:
    offer = form_on(walk.page, to="/accounts/oidc/example/login/")
    walk.page = walk.browser.submit(offer)
    asked = query(location(walk.page))
    expect(location(walk.page).startswith(f"{walk.example.url}/oauth/authorize/"), "the way there")
    expect(asked["response_type"] == "code", "to ask for a code", asked)
    expect(asked["code_challenge_method"] == "S256", "PKCE with S256", asked)
    expect({"state", "nonce", "code_challenge"} <= asked.keys(), "state, nonce, challenge", asked)
    say("There Alice signs in, with the password that only the third party knows:")
    walk.page = walk.browser.follow(walk.page, status=302)
    page = walk.browser.follow(walk.page)
    form = form_on(page, to="/accounts/login/")
    walk.page = walk.browser.submit(form, login=demo.ALICE, password=walk.password)


def receive_code_from_third_party(walk: Walk) -> None:
    say("The third party asks Alice whether she lets the site in; she does:")
    consent = form_on(walk.browser.follow(walk.page), to="/oauth/authorize/")
    walk.page = walk.browser.submit(consent, decision="allow")
    answer = query(location(walk.page))
    say("Her browser carries to the site:")
    show(answer)
    expect(answer.get("code"), "a code", answer)
    expect(answer.get("iss") == walk.example.url, "the issuer's name (RFC 9207)", answer)


def site_asks_token_endpoint(walk: Walk) -> None:
    walk.page = walk.browser.follow(walk.page, status=302)
    say("Meanwhile, without the browser; the third party's log says:")
    expect_in_log(walk.example, "POST /oauth/token/")


def site_receives_access_token(walk: Walk) -> None:
    say("The token is kept sealed by the site and never shown to the browser.")
    walk.page = walk.browser.follow(walk.page)
    expect(demo.ALICE in walk.page.text or "Alice" in walk.page.text, "Alice to be signed in")
    say("Alice is signed in at the site.")


def site_calls_third_party(walk: Walk) -> None:
    say("The site asked the third party's API who she is; the third party's log says:")
    expect_in_log(walk.example, "GET /oauth/userinfo/")
    say("It does so again, on Alice's behalf, at the end of the second role.")


def expect_in_log(instance: Instance, request: str) -> None:
    """Find `request`, answered with 200, in what `instance` has logged, and show it."""
    for line in instance.logged().splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("request") == request and entry.get("code") == requests.codes.ok:
            return show({request: f"answered with {entry['code']}"})
    raise Unexpected(f"Expected {request} in the log of {instance.name}, answered with 200.")


# --- Second role: the site is the server of its own clients --------------------------------------


def register_at_site(walk: Walk) -> None:
    say("The site's admin registers a client app:")
    command = ("--name", "Walkthrough", "--redirect-uri", REDIRECT_URI, "--scopes", SCOPES)
    client = json.loads(walk.site.manage("register_client", *command))
    show(client)
    walk.client_id, walk.client_secret = client["client_id"], client["client_secret"]


def client_asks_the_person(walk: Walk) -> None:
    say("The app shows a button: “Sign in with Latchkey”. To be sure that the answer belongs to")
    say("its question, it makes a state, and a PKCE verifier of which it sends the SHA-256:")
    show({"state": walk.state, "code_verifier": walk.verifier})
    expect(len(walk.verifier) >= 43, "a verifier of 43 characters or more (RFC 7636)")


def redirect_to_site(walk: Walk) -> None:
    digest = hashlib.sha256(walk.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": walk.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPES,
        "state": walk.state,
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    walk.page = walk.browser.open(f"{walk.site.url}/oauth/authorize/?{urlencode(asked)}")
    expect("Walkthrough" in walk.page.text, "the consent page to name the app")


def receive_code_from_site(walk: Walk) -> None:
    say("Alice lets the app in:")
    consent = form_on(walk.page, to="/oauth/authorize/")
    walk.page = walk.browser.submit(consent, decision="allow")
    expect(location(walk.page).startswith(REDIRECT_URI), "the app's redirect URI")
    answer = query(location(walk.page))
    show(answer)
    expect(answer.get("state") == walk.state, "the state that was sent", answer)
    expect(answer.get("iss") == walk.site.url, "the issuer's name (RFC 9207)", answer)
    walk.code = answer["code"]


def client_asks_token_endpoint(walk: Walk) -> None:
    say("With its client secret and the verifier, the app redeems the code:")
    walk.tokens = walk.post(
        "token",
        body=False,
        grant_type="authorization_code",
        code=walk.code,
        redirect_uri=REDIRECT_URI,
        code_verifier=walk.verifier,
    ).json()


def client_receives_access_token(walk: Walk) -> None:
    say("It stands in the answer:")
    show(walk.tokens)
    expect({"access_token", "refresh_token", "id_token"} <= walk.tokens.keys(), "three tokens")
    expect(walk.tokens["expires_in"] > 0, "a token that lives for a while")


def client_calls_site(walk: Walk) -> None:
    profile = walk.api("me").json()
    expect(profile.get("email") == demo.ALICE, "Alice's profile", profile)
    say("Which third parties is she connected to?")
    connections = walk.api("me/connections").json()
    found = connections["results"] if isinstance(connections, dict) else connections
    expect(len(found) == 1, "one connection", found)
    say("The first role's seventh step, on her behalf: the site calls the third party's API.")
    theirs = walk.api(f"me/connections/{found[0]['id']}/profile").json()
    expect(demo.ALICE in json.dumps(theirs), "Alice's profile at the third party", theirs)


def after_the_seven_steps(walk: Walk) -> None:
    old = walk.tokens
    say("The access token ends after an hour. The app refreshes it:")
    walk.tokens = walk.post(
        "token", grant_type="refresh_token", refresh_token=old["refresh_token"]
    ).json()
    expect(walk.tokens["refresh_token"] != old["refresh_token"], "a new refresh token")
    expect(walk.api("me").json()["email"] == demo.ALICE, "the new token to work")
    say("Alice signs out of the app. It revokes its tokens, and they open nothing any more:")
    walk.post("revoke", token=walk.tokens["refresh_token"])
    walk.api("me", status=401)


FIRST_ROLE = [
    ("Register your application to get a client ID and a client secret", register_at_third_party),
    ("Ask the person whether they want to sign in via a third party", ask_the_person),
    ("Redirect to the third party's authentication endpoint", redirect_to_third_party),
    ("Receive the authorization code", receive_code_from_third_party),
    ("Make a request to the access token endpoint", site_asks_token_endpoint),
    ("Receive the access token", site_receives_access_token),
    ("Make a request to the third party's API endpoint", site_calls_third_party),
]
SECOND_ROLE = [
    ("Register your application to get a client ID and a client secret", register_at_site),
    ("Ask the person whether they want to sign in via a third party", client_asks_the_person),
    ("Redirect to the third party's authentication endpoint", redirect_to_site),
    ("Receive the authorization code", receive_code_from_site),
    ("Make a request to the access token endpoint", client_asks_token_endpoint),
    ("Receive the access token", client_receives_access_token),
    ("Make a request to the third party's API endpoint", client_calls_site),
]


def perform(walk: Walk) -> None:
    """Perform all steps in both roles. Raises Unexpected at the first that goes wrong."""
    roles = {
        "The site as the client of a third party": FIRST_ROLE,
        "The site as the server of its own clients (to them, it is the third party)": SECOND_ROLE,
    }
    for role, steps in roles.items():
        say(f"\n{role}\n{'=' * len(role)}", indent=0)
        for number, (name, step) in enumerate(steps, start=1):
            say(f"\n{number}. {name}.", indent=0)
            step(walk)
    say("\nAfterwards", indent=0)
    after_the_seven_steps(walk)


def throwaway(folder: Path) -> tuple[Instance, Instance]:
    """Return the site and its example third party, with free ports and nothing in their data."""
    port, next_port = free_ports(2)
    site = Instance("Latchkey", port, folder / "site", log=folder / "site.log")
    example = third_party(next_port, folder / "thirdparty")
    logging = {"LOG_LEVEL": "INFO", "LOG_JSON": "true"}  # for expect_in_log
    settings = example.settings | logging
    return site, replace(example, settings=settings, log=folder / "thirdparty.log")


def main(arguments: list[str]) -> int:
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix="latchkey-walkthrough-")
        site, example = throwaway(Path(*arguments or [stack.enter_context(made)]))
        say("Starting the site and its example third party over throwaway data ...", indent=0)
        try:
            prepare(site, example)
            with running(site, example):
                perform(Walk(site, example))
        except (Unexpected, NotStartedError, requests.RequestException) as problem:
            say(f"\nThis went wrong. {problem}", indent=0)
            sys.stderr.write(f"{site.logged()}{example.logged()}")
            return 1
    seconds = time.monotonic() - began
    say(f"\nAll steps did what they should, in {seconds:.0f} seconds.", indent=0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
