"""Walk through the seven steps with this site as the client of a third party, which it plays.

A browser in which nobody is signed in visits this site's real pages, and the code that signs people
in by a third party runs to its end. Its calls are answered by this site's own endpoints.
"""

import base64
import json
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import requests
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.developers.walkthrough.browser_requests import open_page, parameters_of, words_of
from accounts.developers.walkthrough.demo_app import ELSEWHERE, SCOPE, demo_client
from accounts.developers.walkthrough.inner_browser import InnerBrowser
from accounts.developers.walkthrough.played_third_party import Exchange, PlayedThirdParty
from accounts.models import ProviderSecret, User
from accounts.network.outbound import played_by
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.exchanges import wire
from accounts.oauth_server.exchanges.wire import Step, as_json
from accounts.oauth_server.models import ClientSecret, SigningKey
from accounts.third_parties.registration import OPENID_CONNECT, TRUSTED_EMAIL

_ID = "demo-third-party"
_NAME = "Demo third party"


class ClientWalk:
    """Collect the steps of one walk."""

    def __init__(self, request: HttpRequest, variation: str = "") -> None:
        self.request = request
        self.variation = variation
        self.steps: list[Step] = []
        self.browser = InnerBrowser(request)
        self.played = PlayedThirdParty(request, self._change_sent, self._change_answer)
        self.callback = reverse("openid_connect_callback", args=[_ID])
        self.authorization = self.answer = ""

    def walk(self, last: int) -> None:
        """Perform the steps from the first to the `last`, which alone goes wrong where it is to."""
        several: list[Callable[[], None]] = [
            self._register,
            self._ask,
            self._redirect,
            self._receive_code,
            self._come_back,
        ]
        with played_by(self.played):
            for step in several[: min(last, 5)]:
                step()
                if self.steps[-1].error:
                    return
            if last > 5:
                self._receive_token()
            if last > 6:
                self._call()
        if last >= 5 and self.variation:
            self._add_page("What the person reads", "", self.landed)

    def _register(self) -> None:
        redirect_uri = f"{settings.SITE_URL}{self.callback}"
        known = ELSEWHERE if self.variation == "not-registered" else redirect_uri
        client = demo_client(known, "This site")
        client.save()
        self.client, self.secret = client, ClientSecret.objects.issue(client)
        told = {"server_url": settings.SITE_URL, TRUSTED_EMAIL: True, "scope": SCOPE.split()}
        app = SocialApp.objects.create(
            provider=OPENID_CONNECT,
            provider_id=_ID,
            name=_NAME,
            client_id=client.client_id,
            settings=told,
        )
        ProviderSecret.objects.create(app=app, secret=self.secret)
        # As if they had connected it before: no account is made of it, and nobody is mailed.
        person = cast(User, self.request.user)
        uid = subject_for(person, client)
        SocialAccount.objects.create(provider=_ID, uid=uid, user=person)
        pair = {"client_id": client.client_id, "client_secret": self.secret}
        self._add(
            "An admin of the third party registers this site",
            f"name: This site\nredirect_uris: {known}\nscopes: {SCOPE}",
            as_json(wire.cut(pair)),
            note="An admin of this site enters both. The secret is kept sealed.",
        )

    def _ask(self) -> None:
        begin = reverse("openid_connect_login", args=[_ID])
        if self.variation == "link":
            response = self.browser.open(begin)
            sent = f"GET {begin} HTTP/1.1\nHost: {wire.host()}"
            self._add_page(
                "Somebody sends the person a link that begins a sign-in", sent, response,
                refused="Nothing begins: the page asks first.",
            )  # fmt: skip
            return
        path = reverse("account_login")
        response = self.browser.open(path)
        self._add_page(
            "This site asks the person how they want to sign in",
            f"GET {path} HTTP/1.1\nHost: {wire.host()}",
            response,
            note=f"“{_NAME}” is a button. Nothing is sent to the third party yet.",
        )

    def _redirect(self) -> None:
        path = reverse("openid_connect_login", args=[_ID])
        response = self.browser.open(path, {})
        self.authorization = response.get("Location", "").removeprefix(settings.SITE_URL)
        sent = f"POST {path} HTTP/1.1\nHost: {wire.host()}"
        if not self.authorization.startswith(reverse("oauth_server:authorize")):
            self._add_page("The person presses the button", sent, response)
            return
        asked = dict(parse_qsl(urlsplit(self.authorization).query))
        address = settings.SITE_URL + reverse("oauth_server:authorize")
        self._add(
            "The person presses the button, and is sent to the third party",
            sent,
            wire.redirected(address, asked),
            note="state, nonce and the PKCE challenge are made for this one sign-in, and kept in "
            "the session of this one browser.",
        )
        if self.variation == "not-registered":
            self._add_page(
                "The third party does not know this address",
                wire.redirect(self.authorization),
                open_page(self.request, self.authorization),
            )

    def _receive_code(self) -> None:
        query = urlsplit(self.authorization).query
        decision = "deny" if self.variation == "deny" else "allow"
        form = {"decision": decision, "scope": SCOPE.split()}
        response = open_page(self.request, f"{reverse('oauth_server:decide')}?{query}", form)
        if not response.get("Location", "").startswith(settings.SITE_URL + self.callback):
            wants = "The third party wants something of the person first."
            sent = wire.redirect(self.authorization)
            self._add_page("The person says yes", sent, response, refused=wants)
            return
        answered = parameters_of(response)
        if self.variation == "wrong-state":
            answered["state"] = "the-state-of-somebody-else"
        if self.variation == "other-issuer":
            answered["iss"] = "https://attacker.example"
        self.answer = f"{self.callback}?{urlencode(answered)}"
        word = "no" if decision == "deny" else "yes"
        self._add(
            f"The person says {word} at the third party, which sends them back with the answer",
            answered=wire.redirected(settings.SITE_URL + self.callback, answered),
            note="You are this person, as you are signed in here.",
        )
        if self.variation == "other-browser":
            self.browser = InnerBrowser(self.request)
        if self.variation in {"wrong-state", "other-issuer", "other-browser", "deny"}:
            title = "This site looks at the answer"
            self._add_page(title, wire.redirect(self.answer), self.browser.open(self.answer))

    def _come_back(self) -> None:
        self.landed = self.browser.open(self.answer)
        exchange = self._exchange(reverse("oauth_server:token"))
        if exchange is None:
            self._add_page("The person comes back", wire.redirect(self.answer), self.landed)
            return
        self.tokens = json.loads(exchange.response.content)
        error = self.tokens.get("error", "")
        self._add(
            "This site redeems the code at the third party’s access token endpoint",
            exchange.sent,
            wire.answer(exchange.response),
            error=error,
            description=self.tokens.get("error_description", ""),
            rule=wire.rule(error) if error else "",
        )
        if error:
            self._add_page("What the person reads", "", self.landed)
        if self.variation == "replay":
            again = self.browser.open(self.answer)
            title = "The same answer comes again"
            self._add_page(title, wire.redirect(self.answer), again)

    def _receive_token(self) -> None:
        token = self.tokens["id_token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        self._add(
            "This site takes the access token, and checks the ID token that came with it",
            answered=as_json(wire.cut(self.tokens)),
            documents={"ID token, its claims": as_json(claims)},
            note="Who signed it, for whom, when, and for which sign-in (OpenID Connect Core "
            "section 3.1.3.7).",
        )

    def _call(self) -> None:
        exchange = self._exchange(reverse("oauth_server:userinfo"))
        if exchange is None:  # as it went no further
            return
        self._add(
            "This site calls the third party’s API endpoint, and reads who this is",
            exchange.sent,
            wire.answer(exchange.response),
            note="It has to be the subject of the ID token (OpenID Connect Core section 5.3.2).",
        )
        if not self.variation:
            is_in = self.browser.open(reverse("account_home")).status_code == HTTPStatus.OK
            then = "The person is signed in" if is_in else "This site asks for one more thing first"
            self._add_page(then, "", self.landed)

    def _exchange(self, path: str) -> Exchange | None:
        return next((each for each in self.played.exchanges if each.path == path), None)

    def _change_sent(self, path: str, request: requests.PreparedRequest) -> None:
        if path != reverse("oauth_server:token"):
            return
        form = dict(parse_qsl(str(request.body)))
        if self.variation == "other-verifier":
            form["code_verifier"] = "another-sign-in-has-made-this-verifier-for-itself"
        if self.variation == "wrong-secret":
            pair = f"{self.client.client_id}:wrong".encode()
            request.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        request.prepare_body(urlencode(form), None)

    def _change_answer(self, path: str, response: HttpResponse) -> None:
        changed = _CHANGES.get(self.variation)
        if changed is None or path != reverse(changed[0]):
            return
        told = json.loads(response.content)
        response.content = json.dumps(changed[1](told, self.client.algorithm)).encode()

    def _add_page(
        self, title: str, sent: str, response: HttpResponse, *, refused: str = "", note: str = ""
    ) -> None:
        head = f"HTTP/1.1 {response.status_code} {response.reason_phrase}"
        location = response.get("Location", "")
        said = f"Location: {location}" if location else f"\n{words_of(response)}"
        if response.status_code >= HTTPStatus.BAD_REQUEST or location.endswith("/cancelled/"):
            refused = refused or self.browser.problem or "Nobody is signed in."
        error = "Refused" if refused else ""
        self._add(title, sent, f"{head}\n{said}", error=error, description=refused, note=note)

    def _add(self, title: str, sent: str = "", answered: str = "", **told: Any) -> None:
        self.steps.append(Step(title, sent, answered, **told))


def _signed_anew(**claims: Any) -> Callable[[dict[str, Any], str], dict[str, Any]]:
    """Return how the third party would answer with an ID token that says `claims`."""

    def changed(told: dict[str, Any], algorithm: str) -> dict[str, Any]:
        said = jwt.decode(told["id_token"], options={"verify_signature": False})
        expires = {"exp": int(time.time()) + claims["exp"]} if "exp" in claims else {}
        return told | {"id_token": SigningKey.objects.sign(said | claims | expires, algorithm)}

    return changed


def _written_over(told: dict[str, Any], algorithm: str) -> dict[str, Any]:
    """Name somebody else in the ID token, and leave the signature."""
    head, _, signature = told["id_token"].split(".")
    said = jwt.decode(told["id_token"], options={"verify_signature": False})
    body = base64.urlsafe_b64encode(json.dumps(said | {"sub": "somebody-else"}).encode())
    return told | {"id_token": ".".join((head, body.decode().rstrip("="), signature))}


def _unsigned(told: dict[str, Any], algorithm: str) -> dict[str, Any]:
    said = jwt.decode(told["id_token"], options={"verify_signature": False})
    return told | {"id_token": jwt.encode(said, "", algorithm="none")}


def _of_somebody_else(told: dict[str, Any], algorithm: str) -> dict[str, Any]:
    return told | {"sub": "somebody-else"}


# What a variation makes of the answer of which endpoint.
_CHANGES: dict[str, tuple[str, Callable[[dict[str, Any], str], dict[str, Any]]]] = {
    "wrong-nonce": ("oauth_server:token", _signed_anew(nonce="the-nonce-of-another-sign-in")),
    "other-audience": ("oauth_server:token", _signed_anew(aud="another-client")),
    "expired-id-token": ("oauth_server:token", _signed_anew(exp=-3600)),
    "tampered": ("oauth_server:token", _written_over),
    "unsigned": ("oauth_server:token", _unsigned),
    "other-subject": ("oauth_server:userinfo", _of_somebody_else),
}
