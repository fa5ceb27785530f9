"""Walk through the seven steps with this site as the provider of the demo app.

Every request goes through the code of this site's endpoints: the app's as a program's, the
person's as their browser's. Each press performs all steps up to its own anew, so that nothing has
to be kept between two of them.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.developers import own_requests
from accounts.developers.walkthrough.browser_requests import open_page, parameters_of, words_of
from accounts.developers.walkthrough.demo_app import (
    CALLBACK,
    ELSEWHERE,
    SCOPE,
    DemoApp,
    challenge_of,
    demo_client,
)
from accounts.developers.walkthrough.id_token_checks import Checks
from accounts.oauth_server.exchanges import wire
from accounts.oauth_server.exchanges.wire import Step, as_json
from accounts.oauth_server.models import AccessToken, AuthorizationCode
from accounts.oauth_server.rules.credentials import digest

_ME = "/api/v1/me"
_A_SECOND = timedelta(seconds=1)
_RULES = ("RFC 6749 section 10.12", "RFC 9207 section 2.4")  # of the state, of the issuer


class Stopped(Exception):
    """End a walk where the next step has nothing to go on with."""


class ProviderWalk:
    """Collect the steps of one walk."""

    def __init__(self, request: HttpRequest, variation: str = "", scope: str = SCOPE) -> None:
        self.request = request
        self.scope = scope
        self.variation = variation
        self.steps: list[Step] = []
        self.code = ""
        self.told: dict[str, Any] = {}

    def walk(self, last: int) -> None:
        """Perform the steps from the first to the `last`, which alone goes wrong where it is to."""
        several: list[Callable[[bool], None]] = [
            self._register,
            self._make_up,
            self._redirect,
            self._receive_code,
            self._redeem,
            self._receive_token,
            self._call,
        ]
        try:
            for number, step in enumerate(several[:last], start=1):
                step(number == last)
        except Stopped:
            return

    def _is(self, is_last: bool, *variations: str) -> bool:
        return is_last and self.variation in variations

    def _register(self, is_last: bool) -> None:
        if self._is(is_last, "no-tls"):
            self._register_without_tls()
            return
        self.app = DemoApp(scope=self.scope)
        sent = f"name: Demo app\nredirect_uris: {CALLBACK}\nscopes: {self.scope}"
        pair = {"client_id": self.app.client.client_id, "client_secret": self.app.secret}
        self._add(
            "An admin registers the demo app, and hands out its client ID and its secret",
            sent,
            as_json(wire.cut(pair)),
            note="The client ID is public. The secret is shown this once: here, only its digest "
            "is kept.",
        )

    def _register_without_tls(self) -> None:
        uri, refused = "http://demo-app.example/callback", ""
        try:
            demo_client(uri).full_clean()
        except ValidationError as error:
            refused = " ".join(error.message_dict.get("redirect_uris", []))
        self._add(
            "The admin registers a redirect URI without TLS",
            f"redirect_uris: {uri}",
            refused=refused,
        )

    def _make_up(self, is_last: bool) -> None:
        if self._is(is_last, "no-question"):
            self._authorize("The app skips the question", prompt="none")
            return
        made = {
            "state": self.app.state,
            "nonce": self.app.nonce,
            "code_verifier": self.app.verifier,
            "code_challenge": challenge_of(self.app.verifier),
        }
        self._add(
            "The demo app asks the person whether they want to sign in with this site",
            "(a button on the app’s own page)",
            as_json(wire.cut(made)),
            note="The person presses it. The app makes these up for this one sign-in, and keeps "
            "them in the person’s session. Nothing was sent to this site yet.",
        )

    def _redirect(self, is_last: bool) -> None:
        if self._is(is_last, "other-redirect"):
            self._authorize("The app asks for the answer elsewhere", redirect_uri=ELSEWHERE)
        elif self._is(is_last, "no-challenge"):
            left_out = {"code_challenge": "", "code_challenge_method": ""}
            self._authorize("The app leaves out PKCE", **left_out)
        elif self._is(is_last, "other-scope"):
            self._authorize("The app asks for more", scope=f"{self.scope} sessions.write")
        else:
            self._authorize("The app sends the person’s browser to the authorization endpoint")

    def _authorize(self, title: str, **changes: str) -> None:
        address = self.app.authorization_request(**changes)
        response = open_page(self.request, address)
        self._add_page(title, wire.redirect(address), response)

    def _receive_code(self, is_last: bool) -> None:
        decision = "deny" if self._is(is_last, "deny") else "allow"
        query = self.app.authorization_request().partition("?")[2]
        form = {"decision": decision, "scope": self.scope.split()}
        address = f"{reverse('oauth_server:decide')}?{query}"
        response = open_page(self.request, address, form)
        if not response.get("Location", "").startswith(CALLBACK):
            # This site wants something of the person first, such as a second factor.
            self._add_page("The person says yes", wire.redirect(address), response)
            raise Stopped
        answered = parameters_of(response)
        if self._is(is_last, "wrong-state"):
            answered["state"] = "the-state-of-somebody-else"
        if self._is(is_last, "other-issuer"):
            answered["iss"] = "https://attacker.example"
        self.code = answered.get("code", "")
        self._add_answer(decision, answered)

    def _add_answer(self, decision: str, answered: dict[str, str]) -> None:
        checks, error = self.app.checks(answered), answered.get("error", "")
        refused = "" if all(checks.values()) else "The app refuses the answer, and goes no further."
        word = "no" if decision == "deny" else "yes"
        self._add(
            f"The person says {word}, and this site sends them back to the app with the answer",
            f"POST {reverse('oauth_server:decide')} HTTP/1.1\n\ndecision={decision}",
            wire.redirected(CALLBACK, answered),
            refused=answered.get("error_description", "") or refused,
            error=error,
            rule=wire.rule_at_authorize(error) if error else _rule_of(checks),
            checks=checks,
        )

    def _redeem(self, is_last: bool) -> None:
        app, changes, secret = self.app, {}, ""
        if self._is(is_last, "other-verifier"):
            changes = {"code_verifier": DemoApp("Another app").verifier}
        if self._is(is_last, "other-redirect-at-token"):
            changes = {"redirect_uri": ELSEWHERE}
        if self._is(is_last, "other-client"):
            app = DemoApp("Another app")
        if self._is(is_last, "wrong-secret"):
            secret = DemoApp("Another app").secret
        if self._is(is_last, "late"):
            AuthorizationCode.objects.filter(code=digest(self.code)).update(
                expires=timezone.now() - _A_SECOND
            )
        form = self.app.token_request(self.code, **changes)
        title = "The app redeems the code at the access token endpoint"
        self.told = self._token(title, app, form, secret)
        if "access_token" not in self.told:
            raise Stopped
        if self._is(is_last, "replay"):
            self._token("Somebody presents the same code again", app, form)
            self._api("The access token that the code had earned", self.told["access_token"])

    def _token(
        self, title: str, app: DemoApp, form: dict[str, str], secret: str = ""
    ) -> dict[str, Any]:
        path = reverse("oauth_server:token")
        response = self._post(path, app, form, secret)
        told: dict[str, Any] = json.loads(response.content)
        error = told.get("error", "")
        self._add(
            title,
            wire.post(path, app.client, form),
            wire.answer(response),
            error=error,
            refused=told.get("error_description", ""),
            rule=wire.rule(error) if error else "",
        )
        return told

    def _post(
        self, path: str, app: DemoApp, form: dict[str, str], secret: str = ""
    ) -> HttpResponse:
        return own_requests.send(
            self.request, path, method="POST", body=urlencode(form), headers=app.proof(secret)
        )

    def _receive_token(self, is_last: bool) -> None:
        id_token = self.told["id_token"]
        checks = Checks(self.request, self.app.client, nonce=self.app.nonce)
        variation = self.variation if is_last else ""
        refused = checks.refused(id_token, variation)
        self._add(
            "The app receives the access token, and checks the ID token that came with it",
            answered=as_json(wire.cut(self.told)),
            refused=refused,
            documents={
                "ID token, its header": as_json(jwt.get_unverified_header(id_token)),
                "ID token, its claims": as_json(
                    jwt.decode(id_token, options={"verify_signature": False})
                ),
            },
            checks=checks.made(),
        )

    def _call(self, is_last: bool) -> None:
        token = self.told["access_token"]
        row = AccessToken.objects.filter(token_checksum=digest(token))
        if self._is(is_last, "no-token"):
            self._api("Somebody calls the API without a token", "")
        elif self._is(is_last, "expired-token"):
            row.update(expires=timezone.now() - _A_SECOND)
            self._api("The app calls the API with a token that has expired", token)
        elif self._is(is_last, "revoked-token"):
            self._revoke(token)
            self._api("The app calls the API with the token that it revoked", token)
        elif self._is(is_last, "missing-scope"):
            self._api("The app asks for what nobody allowed", token, f"{_ME}/sessions")
        elif self._is(is_last, "token-in-query"):
            self._in_query(token)
        else:
            self._api("The app calls the API with the access token", token)

    def _revoke(self, token: str) -> None:
        path, form = reverse("oauth_server:revoke"), {"token": token}
        response = self._post(path, self.app, form)
        sent = wire.post(path, self.app.client, wire.cut({"access_token": token}))
        answered = f"HTTP/1.1 {response.status_code} {response.reason_phrase}"
        self._add("The app revokes the token", sent.replace("access_token=", "token="), answered)

    def _in_query(self, token: str) -> None:
        response = own_requests.send(self.request, f"{_ME}?{urlencode({'access_token': token})}")
        self._add_problem(
            "The app puts the token into the address",
            f"GET {_ME}?access_token={wire.short(token)} HTTP/1.1",
            response,
        )

    def _api(self, title: str, token: str, path: str = _ME) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = own_requests.send(self.request, path, headers=headers)
        sent = wire.get(path, token) if token else wire.get(path, token).rpartition("\n")[0]
        self._add_problem(title, sent, response)

    def _add_problem(self, title: str, sent: str, response: HttpResponse) -> None:
        told = json.loads(response.content)
        is_problem = response.status_code >= 400
        self._add(
            title,
            sent,
            wire.answer(response),
            error=told["title"] if is_problem else "",
            refused=told["detail"] if is_problem else "",
            rule="RFC 6750 section 3.1" if is_problem else "",
        )

    def _add_page(self, title: str, sent: str, response: HttpResponse) -> None:
        """Add what a browser is answered: a page, or the way to the next one."""
        location = response.get("Location", "")
        if location.startswith(CALLBACK):
            answered = parameters_of(response)
            error = answered.get("error", "")
            self._add(
                title,
                sent,
                wire.redirected(CALLBACK, answered),
                error=error,
                refused=answered.get("error_description", ""),
                rule=wire.rule_at_authorize(error),
            )
            return
        head = f"HTTP/1.1 {response.status_code} {response.reason_phrase}"
        said = (
            f"Location: {location}"
            if location
            else f"Content-Type: text/html\n\n{words_of(response)}"
        )
        is_refused = response.status_code >= 400
        self._add(
            title,
            sent,
            f"{head}\n{said}",
            error="Nobody is redirected" if is_refused else "",
            refused="The person stays here, and reads why." if is_refused else "",
            rule="RFC 6749 section 4.1.2.1" if is_refused else "",
            note="" if is_refused else "This page asks the person.",
        )

    def _add(self, title: str, sent: str = "", answered: str = "", **told: Any) -> None:
        refused = told.pop("refused", "")
        error = told.pop("error", "") or ("Refused" if refused else "")
        self.steps.append(Step(title, sent, answered, error=error, description=refused, **told))


def _rule_of(checks: dict[str, bool]) -> str:
    """Return where the first check that does not hold is demanded; "" where all of them hold."""
    rules = zip(checks.values(), _RULES, strict=True)
    return next((rule for holds, rule in rules if not holds), "")
