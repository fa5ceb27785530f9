"""A client app as its own developer would write it, speaking to the site over URLs."""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpResponse
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client

REDIRECT_URI = "https://app.example/callback"


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def basic(client_id: str, secret: str) -> dict[str, str]:
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


def answer_in(response: HttpResponse) -> dict[str, str]:
    """The parameters with which the site sent the person back to the app."""
    query = parse_qs(urlsplit(response["Location"]).query, keep_blank_values=True)
    return {name: values[0] for name, values in query.items()}


def ticked(page: str) -> list[str]:
    """The scopes that a browser would send with the form as it comes."""
    return re.findall(r'name="scope" value="([^"]+)" checked', page)


@dataclass
class App:
    client: Client
    secret: str | None = None
    redirect_uri: str = REDIRECT_URI
    verifier: str = ""

    def __post_init__(self) -> None:
        self.verifier = secrets.token_urlsafe(48)

    @property
    def authorization(self) -> dict[str, str]:
        return basic(self.client.client_id, self.secret) if self.secret else {}

    def request(self, **changes: Any) -> dict[str, Any]:
        """The authorization request, with `changes`; None takes a parameter away."""
        parameters = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile email",
            "state": "state-of-the-app",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in parameters.items() if value is not None}

    def send(self, browser: Browser, **changes: Any) -> HttpResponse:
        """Send the person's browser to the authorization endpoint."""
        return browser.get("/oauth/authorize/", self.request(**changes))

    def ask(
        self,
        browser: Browser,
        decision: str = "allow",
        without: Iterable[str] = (),
        **changes: Any,
    ) -> HttpResponse:
        """Send the browser there and take the decision on the page that asks, where the scopes
        `without` are switched off."""
        return self.decide(browser, self.send(browser, **changes), decision, without)

    def decide(
        self,
        browser: Browser,
        page: HttpResponse,
        decision: str = "allow",
        without: Iterable[str] = (),
    ) -> HttpResponse:
        """Take the decision on the page that asks, which is open."""
        assert page.status_code == 200, page
        words = page.content.decode()
        action = re.search(r'action="(/oauth/authorize/decision/[^"]*)"', words)
        assert action, "there is no form to decide with"
        scopes = [scope for scope in ticked(words) if scope not in without]
        return browser.post(html.unescape(action[1]), {"decision": decision, "scope": scopes})

    def code_for(self, person: User, **changes: Any) -> str:
        browser = Browser()
        browser.force_login(person)
        response = self.send(browser, **changes)
        if response.status_code == 200:  # not allowed before
            response = self.decide(browser, response)
        return answer_in(response)["code"]

    def post(self, url: str, form: dict[str, Any], **headers: str) -> HttpResponse:
        if not self.secret:
            form = {"client_id": self.client.client_id} | form
        return Browser(raise_request_exception=True).post(
            url,
            urlencode(form, doseq=True),
            content_type="application/x-www-form-urlencoded",
            headers=self.authorization | headers,
        )

    def redeem(self, code: str, **changes: Any) -> HttpResponse:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        } | changes
        form = {name: value for name, value in form.items() if value is not None}
        return self.post("/oauth/token/", form)

    def tokens_for(self, person: User, **changes: Any) -> dict[str, Any]:
        response = self.redeem(self.code_for(person, **changes))
        assert response.status_code == 200, response.content
        return response.json()

    def refresh(self, refresh_token: str, **changes: Any) -> HttpResponse:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token} | changes
        return self.post("/oauth/token/", form)

    def introspect(self, token: str) -> dict[str, Any]:
        return self.post("/oauth/introspect/", {"token": token}).json()


def me(token: str) -> HttpResponse:
    """Call the API with `token`."""
    return Browser().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def error_in(response: HttpResponse) -> tuple[int, str]:
    """The status and the error code of an OAuth answer."""
    return response.status_code, response.json()["error"]
