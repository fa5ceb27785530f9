"""Authlib, a library for Python, as a Django site uses it to sign people in."""

import time
from typing import Any

import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.django_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from django.test import RequestFactory
from joserfc.jwk import ECKey

from docs.wire import query
from tests.interop.site import DEVICE_CODE, POST_LOGOUT_REDIRECT_URI, Client, Known

TIMEOUT = 10  # seconds


class AuthlibClient:
    """Performs the scenarios, each a method, as an app that is registered at the site."""

    def __init__(self, known: Known) -> None:
        self._known, self._person = known, known.person

    def perform(self, scenario: str) -> None:
        getattr(self, scenario)()

    def discovery(self) -> None:
        for document in ("openid-configuration", "oauth-authorization-server"):
            assert self._app(document=document).load_server_metadata()["issuer"] == (
                self._known.issuer
            )

    def code(self) -> None:
        token = self._sign_in(self._app())
        assert token["userinfo"]["aud"] == self._known.web["client_id"]
        assert token["userinfo"]["at_hash"]  # that it matches, Authlib has found
        assert token["token_type"] == "Bearer"

    def form_post(self) -> None:
        assert self._sign_in(self._app(), response_mode="form_post")["userinfo"]

    def public_client(self) -> None:
        client = self._known.native
        assert self._sign_in(self._app(client))["userinfo"]["aud"] == client["client_id"]

    def own_key(self) -> None:
        key = self._known.key
        client = self._known.signing | {"client_secret": ECKey.import_key(key)}
        proof = PrivateKeyJWT(alg="ES256", headers={"kid": key["kid"]})
        app = self._app(client, auth_method=PrivateKeyJWT.name)
        app.client_auth_methods = [proof]
        known_as = self._sign_in(app)["userinfo"]["sub"]
        assert known_as != self._sign_in(self._app())["userinfo"]["sub"]  # it is pairwise
        session = self._session(client, token_endpoint_auth_method=PrivateKeyJWT.name)
        session.register_client_auth_method(proof)
        assert session.fetch_token(self._endpoint("token"), scope="email")["access_token"]

    def refusal(self) -> None:
        with pytest.raises(OAuthError, match="access_denied"):
            self._sign_in(self._app(), decision="deny", prompt="consent")
        with pytest.raises(OAuthError, match="invalid_scope"):
            self._sign_in(self._app(), scope="openid introspection")

    def silence(self) -> None:
        self._sign_in(self._app())
        assert self._sign_in(self._app(), prompt="none")["userinfo"]
        self._person.forget()
        with pytest.raises(OAuthError, match="login_required"):
            self._sign_in(self._app(), prompt="none")

    def userinfo(self) -> None:
        app = self._app()
        token = self._sign_in(app)
        claims = app.userinfo(token=token)
        assert claims["sub"] == token["userinfo"]["sub"]
        assert claims["email"] == self._person.email

    def refresh(self) -> None:
        app = self._app()
        first = self._sign_in(app)
        next_one = self._session(token=first).refresh_token(self._endpoint("token"))
        assert next_one["refresh_token"] != first["refresh_token"]
        claims = app.parse_id_token(next_one, nonce=None)
        assert claims["auth_time"] == first["userinfo"]["auth_time"]
        assert app.userinfo(token=next_one)["sub"] == claims["sub"]

    def revocation(self) -> None:
        app = self._app()
        token = self._sign_in(app)
        session = self._session(token=token)
        url = self._endpoint("revocation")
        assert session.revoke_token(url, token_type_hint="refresh_token").status_code == 200
        with pytest.raises(requests.HTTPError, match="401"):
            app.userinfo(token=token)
        with pytest.raises(OAuthError, match="invalid_grant"):
            session.refresh_token(self._endpoint("token"))

    def introspection(self) -> None:
        token = self._sign_in(self._app())
        session, url = self._session(), self._endpoint("introspection")
        described = session.introspect_token(url, token["access_token"]).json()
        assert described["active"] is True
        assert described["sub"] == token["userinfo"]["sub"]
        session.revoke_token(self._endpoint("revocation"), token["access_token"])
        assert session.introspect_token(url, token["access_token"]).json() == {"active": False}

    def client_credentials(self) -> None:
        for method in ("client_secret_basic", "client_secret_post"):
            session = self._session(token_endpoint_auth_method=method, scope="email")
            assert session.fetch_token(self._endpoint("token"))["scope"] == "email"

    def wrong_secret(self) -> None:
        client = self._known.web | {"client_secret": "of another client: +%é"}
        for method in ("client_secret_basic", "client_secret_post"):
            session = self._session(client, token_endpoint_auth_method=method)
            with pytest.raises(OAuthError, match="invalid_client"):
                session.fetch_token(self._endpoint("token"))

    def device(self) -> None:
        client = self._known.native
        asked = {"client_id": client["client_id"], "scope": self._known.scope}
        url = self._endpoint("device_authorization")
        shown = requests.post(url, asked, timeout=TIMEOUT).json()
        with pytest.raises(OAuthError, match="authorization_pending"):
            self._poll(client, shown)
        self._person.enter_code(shown["verification_uri_complete"])
        time.sleep(shown["interval"])
        token = self._poll(client, shown)
        assert self._app(client).parse_id_token(token, nonce=None)["sub"]

    def logout(self) -> None:
        app = self._app()
        token = self._sign_in(app)
        request = RequestFactory().get("/sign-out")
        request.session = {}
        there = app.logout_redirect(request, POST_LOGOUT_REDIRECT_URI, token["id_token"])
        back = RequestFactory().get("/signed-out", query(self._person.open(there.url)["url"]))
        back.session = request.session
        assert app.validate_logout_response(back)
        with pytest.raises(OAuthError, match="login_required"):
            self._sign_in(app, prompt="none")
        with pytest.raises(requests.HTTPError, match="401"):
            app.userinfo(token=token)

    def registration(self) -> None:
        """Authlib has no code for the client's side of this: a plain request, and what Authlib
        makes of the answer."""
        told = {"client_name": "An app", "redirect_uris": [self._known.redirect_uri]}
        for token in ("", self._known.initial_access_token):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            url = self._endpoint("registration")
            answer = requests.post(url, json=told, headers=headers, timeout=TIMEOUT).json()
            client = {name: answer[name] for name in ("client_id", "client_secret")}
            assert self._sign_in(self._app(client))["userinfo"]["aud"] == client["client_id"]

    def resource(self) -> None:
        session = self._session(token=self._sign_in(self._app()))
        answer = session.get(f"{self._known.issuer}/api/v1/me", timeout=TIMEOUT)
        assert answer.json()["email"] == self._person.email

    def _app(
        self,
        client: Client | None = None,
        *,
        document: str = "openid-configuration",
        auth_method: str | None = None,
    ) -> Any:
        """Return Authlib's client, as a Django site has one for each third party."""
        options = {"token_endpoint_auth_method": auth_method, "code_challenge_method": "S256"}
        return OAuth().register(
            "site",
            **(client or self._known.web),
            server_metadata_url=f"{self._known.issuer}/.well-known/{document}",
            client_kwargs=options | {"scope": self._known.scope},
        )

    def _sign_in(self, app: Any, *, decision: str = "allow", **asked: str) -> dict[str, Any]:
        """Return the token answer, with the ID token's claims as "userinfo"."""
        going = RequestFactory().get("/sign-in")
        going.session = {}
        there = app.authorize_redirect(going, self._known.redirect_uri, **asked)
        back = self._person.open(there.url, decision)
        assert ("form" in back) == (asked.get("response_mode") == "form_post")
        send = RequestFactory().post if "form" in back else RequestFactory().get
        coming = send(back["url"], back.get("form"))
        coming.session = going.session
        return app.authorize_access_token(coming)

    def _session(self, client: Client | None = None, **options: Any) -> OAuth2Session:
        return OAuth2Session(**(client or self._known.web), **options)

    def _poll(self, client: Client, shown: dict[str, Any]) -> dict[str, Any]:
        asked = {"grant_type": DEVICE_CODE, "device_code": shown["device_code"]}
        return self._session(client).fetch_token(self._endpoint("token"), **asked)

    def _endpoint(self, name: str) -> str:
        return self._app().load_server_metadata()[f"{name}_endpoint"]
