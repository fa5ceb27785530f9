"""Ask an OpenID provider for a sign-in, and decide what is believed of the answer."""

import json
import secrets
import time
from typing import Any, cast

import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from accounts.third_parties.errors import ThirdPartyMisbehaved
from accounts.third_parties.openid_connect import auth_time, id_token, issuer, userinfo
from accounts.way_back.app_request import demanded_age

OFFLINE_ACCESS = "offline_access"
# What an ID token says of itself, as opposed to of the person: not for keeping.
_OF_THE_TOKEN = (
    *("aud", "exp", "iat", "nonce", "at_hash", "c_hash", "azp", "jti", "sid"),
    "auth_time",
)
_TEXTS = ("email", "name", "given_name", "family_name", "preferred_username", "picture")


class StrictOpenIDConnectAdapter(OpenIDConnectOAuth2Adapter):
    """Make one exchange with an issuer. `state` is what was stashed when this sign-in began."""

    state: dict[str, Any]

    @cached_property
    def provider(self) -> "StrictOpenIDConnectProvider":
        return cast("StrictOpenIDConnectProvider", super().get_provider())

    def get_provider(self) -> "StrictOpenIDConnectProvider":
        """Return the provider, looked up once an exchange: allauth asks again and again."""
        return self.provider

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        app = self.provider.app
        found = issuer.metadata(app.settings.get("server_url", ""))
        return found | app.settings.get("openid_configuration_overrides", {})

    @property
    def basic_auth(self) -> bool:
        """Return whether to authenticate by Basic, which every server must know (RFC 6749 section
        2.3.1) and which is Discovery's default."""
        app = self.provider.app
        basic = "client_secret_basic"
        offered = self.openid_config.get("token_endpoint_auth_methods_supported") or [basic]
        chosen = app.settings.get("token_auth_method") or (basic if basic in offered else "")
        # A colon in the client ID would end it early under Basic, as `requests` writes it.
        return bool(app.secret) and chosen == basic and ":" not in app.client_id

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        claims = id_token.verify(
            kwargs["response"].get("id_token"),
            metadata=self.openid_config,
            client_id=app.client_id,
            nonce=self.state["nonce"],
        )
        self.state.update(auth_time.read(claims, self.state["asked_at"]))
        profile = _merge(claims, self.fetch_userinfo(token.token, claims["sub"]))
        return self.provider.sociallogin_from_response(request, {"userinfo": profile})

    def fetch_userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        """Return the userinfo claims, {} where the issuer has no such endpoint."""
        if "userinfo_endpoint" not in self.openid_config:
            return {}
        headers = {"Authorization": f"Bearer {access_token}", "Accept": userinfo.ACCEPT}
        with get_adapter().get_requests_session() as session:
            response = session.get(self.profile_url, headers=headers)
        response.raise_for_status()
        claims = self.read_userinfo(response)
        # Core section 5.3.2: a token that was swapped for another person's ends here.
        if claims.get("sub") != subject:
            raise ThirdPartyMisbehaved("userinfo: another subject")
        return claims

    def read_userinfo(self, response: requests.Response) -> dict[str, Any]:
        """Return the claims of an answer of the userinfo endpoint; see userinfo.read."""
        client_id = self.provider.app.client_id
        return userinfo.read(response, metadata=self.openid_config, client_id=client_id)


def _merge(claims: dict[str, Any], of_userinfo: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of both. An address is verified only by the one that it comes from."""
    left_out = {*_OF_THE_TOKEN, *({"email_verified"} if "email" in of_userinfo else ())}
    claims = {name: value for name, value in claims.items() if name not in left_out}
    merged = claims | of_userinfo
    for name in _TEXTS:
        if not isinstance(merged.get(name) or "", str):
            raise ThirdPartyMisbehaved(f"{name} is not a string")
    try:
        json.dumps(merged, allow_nan=False)
    except ValueError as error:  # Python reads NaN and Infinity, which no database stores
        raise ThirdPartyMisbehaved("not JSON (RFC 8259)") from error
    return merged


def _demand(age: int | None) -> dict[str, str]:
    """Return how an issuer is asked for a sign-in of at most that age, in seconds. It must then say
    when it asked (Core section 3.1.2.1), where its own session may be from long ago."""
    if age is None:
        return {}
    return {"max_age": str(age), **({} if age else {"prompt": "login"})}


class StrictOpenIDConnectProvider(OpenIDConnectProvider):
    oauth2_adapter_class = StrictOpenIDConnectAdapter

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,
        **kwargs: Any,
    ) -> HttpResponse:
        """Send the person to the issuer, with a nonce that ties its ID token to this sign-in."""
        nonce = secrets.token_urlsafe(32)
        proves = process == AuthProcess.REDIRECT  # third_parties/reauthentication.py, and no other
        age = 0 if proves else demanded_age(next_url or "")
        kwargs["auth_params"] = {**self.get_auth_params(), "nonce": nonce, **_demand(age)}
        kwargs |= {"nonce": nonce, "asked_at": time.time()}
        return cast(HttpResponse, super().redirect(request, process, next_url, data, **kwargs))

    def get_pkce_params(self) -> dict[str, Any]:
        return generate_code_challenge()

    def get_scope(self) -> list[str]:
        """Ask for a refresh token too, where the issuer offers one and no scopes are set."""
        scopes: list[str] = super().get_scope()
        if "openid" not in scopes:
            scopes.insert(0, "openid")
        offered = self.get_oauth2_adapter(self.request).openid_config.get("scopes_supported") or []
        if "scope" not in self.app.settings and OFFLINE_ACCESS in offered:
            scopes.append(OFFLINE_ACCESS)
        return scopes

    def serialize(self) -> dict[str, Any]:
        # allauth finds it again by its client ID, which two issuers may have given alike.
        return {**super().serialize(), "id": self.app.provider_id}

    def extract_uid(self, data: dict[str, Any]) -> str:
        uid = data["userinfo"].get(self.app.settings.get("uid_field", "sub"))
        if not isinstance(uid, str) or not uid:
            raise ThirdPartyMisbehaved("the subject is not a string")
        return uid
