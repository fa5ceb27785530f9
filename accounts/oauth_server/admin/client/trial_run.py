"""Run a trial through the code of the endpoints, in a transaction that is rolled back.

So what an app would be told is told, and nothing of it is ever there for anybody else: no code, no
token, no consent, no event, no mail.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import jwt
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.models import User
from accounts.network.client_address import client_address
from accounts.oauth_server.authorization import codes, trials
from accounts.oauth_server.authorization.trials import Trial
from accounts.oauth_server.exchanges import wire
from accounts.oauth_server.exchanges.undone import undone
from accounts.oauth_server.exchanges.wire import Step, as_json
from accounts.oauth_server.grants import dispatch
from accounts.oauth_server.models import (
    Authorization,
    Client,
    DeviceGrant,
    RefreshToken,
    access,
)
from accounts.oauth_server.models.client import CLIENT_CREDENTIALS, DEVICE_CODE
from accounts.oauth_server.rules.credentials import digest
from accounts.oauth_server.rules.scopes import to_set
from accounts.oauth_server.tokens import id_tokens
from accounts.oauth_server.views import device, userinfo
from accounts.oauth_server.wire.endpoint import error_response, json_response
from accounts.oauth_server.wire.form import Form
from accounts.oauth_server.wire.own_request import OwnForm
from accounts.sessions.authentication import sign_in_of

_LATER = timedelta(seconds=1)


class TrialRun:
    """Collect the steps of one trial."""

    def __init__(self, request: HttpRequest, client: Client) -> None:
        self.request = request
        self.client = client
        self.steps: list[Step] = []

    def undone(self, run: Callable[[], None]) -> list[Step]:
        """Run it, undo all that it wrote, and return its steps."""
        undone(run, algorithm=self.client.algorithm)
        return self.steps

    def redeem(self, trial: Trial, code: str) -> None:
        """Redeem the code that the person allowed, and use what it earns."""
        user = cast(User, self.request.user)
        allowed, declined = to_set(trial.allowed), to_set(trial.declined)
        address = client_address(self.request)
        authorization = Authorization.objects.record(
            user, self.client, allowed, declined, address=address
        )
        codes.keep(digest(code), authorization, trial.columns or {}, sign_in_of(self.request))
        form = {"grant_type": "authorization_code", "code": code}
        form |= {"redirect_uri": trials.redirect_uri(self.client.pk)}
        form |= {"code_verifier": trial.verifier}
        told = self._token(_("The code is redeemed"), form)
        if told:
            self._use(told, nonce=(trial.columns or {}).get("nonce", ""))
            self._token(
                _("The code is presented again"),
                form,
                note=_("One of the two who present a code is not the app: what it earned ends."),
            )

    def act_for_itself(self, scope: str) -> None:
        """Ask for a token as a client that acts for itself."""
        form = {"grant_type": CLIENT_CREDENTIALS, "scope": scope}
        self._token(_("The app asks for a token of its own"), _with_values(form))

    def show_code(self, scope: str) -> None:
        """Ask as a device does, and allow it as the admin would on the page of the code."""
        form = _with_values({"scope": scope})
        address = reverse("oauth_server:device-authorization")
        started = self._post(_("The device asks for a code"), address, device.begin, form)
        if not started:
            return
        polling = {"grant_type": DEVICE_CODE, "device_code": started["device_code"]}
        self._token(_("The device asks whether somebody has decided"), polling)
        self._token(_("It asks again without waiting"), polling)
        self._decide(started["device_code"])
        told = self._token(_("It asks again after you have decided"), polling)
        if told:
            self._use(told)

    def _decide(self, device_code: str) -> None:
        user = cast(User, self.request.user)
        grants = DeviceGrant.objects.filter(device_code=digest(device_code))
        grants.update(last_polled=None)  # as if it had waited
        grant = grants.get()
        if not access.is_open(self.client, user):
            DeviceGrant.objects.deny(grant.pk)
            return
        scopes, address = to_set(grant.scope), client_address(self.request)
        authorization = Authorization.objects.record(user, self.client, scopes, address=address)
        sign_in = replace(sign_in_of(self.request), sid="")
        DeviceGrant.objects.approve(grant.pk, authorization, scopes, sign_in)

    def _use(self, told: dict[str, Any], nonce: str = "") -> None:
        if "openid" in told["scope"].split():
            self._userinfo(told["access_token"])
        if nonce and "id_token" in told:
            self._check(told, nonce)
        if "refresh_token" in told:
            self._refresh(told["refresh_token"])

    def _check(self, told: dict[str, Any], nonce: str) -> None:
        """Check the ID token as an app has to (OpenID Connect Core section 3.1.3.7)."""
        claims = id_tokens.read(told["id_token"], audience=self.client.client_id) or {}
        hashed = id_tokens.at_hash(told["access_token"], self.client.algorithm)
        checks = {
            _(
                "The signature verifies with a key of the JWK set, for this issuer and this client"
            ): (bool(claims)),
            _("nonce is the one that was sent"): claims.get("nonce") == nonce,
            _("at_hash fits the access token"): claims.get("at_hash") == hashed,
        }
        self.steps.append(Step(_("The app checks the ID token"), checks=checks))

    def _userinfo(self, token: str) -> None:
        asked = HttpRequest()
        asked.method = "GET"
        asked.META = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        response = userinfo.userinfo(asked)
        path = reverse("oauth_server:userinfo")
        documents = {}
        if self.client.userinfo_signed_response_alg:
            documents = {_("Decoded"): as_json(_decoded(response.content.decode()))}
        sent, answered = wire.get(path, token), wire.answer(response)
        self.steps.append(Step(_("The app asks for claims"), sent, answered, documents=documents))

    def _refresh(self, token: str) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        rotates = _("A new pair takes the place of the old one.")
        if not self._token(_("The app refreshes"), form, note=rotates):
            return
        window = settings.REFRESH_RETRY_WINDOW
        seconds = int(window.total_seconds())
        self._token(
            _("The old refresh token comes again at once"),
            form,
            note=ngettext(
                "An app that lost the answer is given the same one for %(seconds)s second.",
                "An app that lost the answer is given the same one for %(seconds)s seconds.",
                seconds,
            )
            % {"seconds": seconds},
        )
        then = timezone.now() - window - _LATER
        RefreshToken.objects.filter(token_checksum=digest(token)).update(superseded=then)
        self._token(
            _("The old refresh token comes again later"),
            form,
            note=_("Somebody else has one of the two: everything of this sign-in ends."),
        )

    def _token(self, title: str, form: dict[str, str], note: str = "") -> dict[str, Any]:
        return self._post(title, reverse("oauth_server:token"), dispatch.answer, form, note)

    def _post(
        self,
        title: str,
        path: str,
        answer: Callable[[Form], dict[str, Any]],
        form: dict[str, str],
        note: str = "",
    ) -> dict[str, Any]:
        """Return what was answered, {} for an error."""
        told: dict[str, Any] = {}
        try:
            told = answer(OwnForm(self.client, form))
            response: Any = json_response(told)
        except OAuth2Error as error:
            response = error_response(error)
        said = {} if told else json.loads(response.content)
        documents = {}
        if "id_token" in told:
            header = jwt.get_unverified_header(told["id_token"])
            documents[_("ID token, its header")] = as_json(header)
            documents[_("ID token, its claims")] = as_json(_decoded(told["id_token"]))
        self.steps.append(
            Step(
                title,
                wire.post(path, self.client, form),
                wire.answer(response),
                error=said.get("error", ""),
                description=said.get("error_description", ""),
                rule=wire.rule(said["error"]) if said else "",
                note=note,
                documents=documents,
            )
        )
        return told


def _decoded(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _with_values(form: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in form.items() if value}
