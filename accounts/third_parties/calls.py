"""Call a third party with a stored token: to refresh it, and for a person's profile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.utils import timezone
from requests.auth import HTTPBasicAuth

from accounts.third_parties.errors import (
    NoProfileEndpoint,
    RefreshTokenDead,
    ThirdPartyMisbehaved,
    ThirdPartyRefused,
    ThirdPartyUnavailable,
)
from accounts.third_parties.openid_connect import userinfo
from accounts.third_parties.openid_connect.provider import StrictOpenIDConnectProvider

# Under which of these names an adapter of allauth's keeps the address of a person's profile.
_PROFILE_URLS = ("profile_url", "identity_url", "userinfo_url", "user_info_url")


_DEAD = ("invalid_grant", "bad_refresh_token")  # the specification's word, and GitHub's


@dataclass(frozen=True)
class TokenAnswer:
    """Hold a token answer (RFC 6749 section 5.1). `refresh_token`: "" where the old stays good."""

    access_token: str
    refresh_token: str
    expires: datetime | None


def refresh(connection: SocialAccount, refresh_token: str) -> TokenAnswer:
    """Trade a refresh token (RFC 6749 section 6).

    Raises RefreshTokenDead, ThirdPartyRefused where the third party refuses for another reason
    (such as this site's own secret), ThirdPartyUnavailable, ThirdPartyMisbehaved, and
    NoProfileEndpoint where the provider is no longer set up here.
    """
    provider, adapter = _provider_and_adapter(connection)
    app = provider.app
    data = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    basic = HTTPBasicAuth(app.client_id, app.secret) if adapter.basic_auth else None
    if basic is None:
        data |= {adapter.client_class.client_id_parameter: app.client_id}
        data |= {"client_secret": app.secret} if app.secret else {}
    with get_adapter().get_requests_session() as session:
        url, headers = adapter.access_token_url, {"Accept": "application/json"}
        response = session.post(url, data=data, auth=basic, headers=headers)
    _raise_if_dead(response)
    return _parse(_read(response))


def _raise_if_dead(response: requests.Response) -> None:
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        return
    if isinstance(answer, dict) and answer.get("error") in _DEAD:
        raise RefreshTokenDead(response.status_code)


def _parse(answer: dict[str, Any]) -> TokenAnswer:
    if "error" in answer:  # GitHub refuses with status 200
        raise ThirdPartyRefused(400)
    access_token, refresh_token = answer.get("access_token"), answer.get("refresh_token") or ""
    if not isinstance(access_token, str) or not access_token or not isinstance(refresh_token, str):
        raise ThirdPartyMisbehaved("no access token")
    try:
        seconds = int(answer.get("expires_in") or 0)
        expires = timezone.now() + timedelta(seconds=seconds) if seconds else None
    except (TypeError, ValueError, OverflowError) as error:
        raise ThirdPartyMisbehaved("expires_in is not a number of seconds") from error
    return TokenAnswer(access_token, refresh_token, expires)


def fetch_profile(connection: SocialAccount, access_token: str) -> dict[str, Any]:
    """Call the third party's own API for the person's profile (OpenID Connect Core section 5.3).

    Raises ThirdPartyRefused with the status where it does not take the token, and as `refresh`.
    """
    provider, adapter = _provider_and_adapter(connection)
    url = _profile_url(adapter)
    is_openid = isinstance(provider, StrictOpenIDConnectProvider)
    accept = userinfo.ACCEPT if is_openid else "application/json"
    headers = {"Authorization": f"Bearer {access_token}", "Accept": accept}
    with get_adapter().get_requests_session() as session:
        response = session.get(url, headers=headers)
    profile = _read(response, adapter.read_userinfo if is_openid else requests.Response.json)
    if _names_somebody_else(provider, profile, connection):
        raise ThirdPartyMisbehaved("userinfo: another subject")
    return profile


def _names_somebody_else(provider: Any, profile: dict[str, Any], connection: SocialAccount) -> bool:
    if not isinstance(provider, StrictOpenIDConnectProvider):
        return False
    uid_field = provider.app.settings.get("uid_field", "sub")
    return bool(profile.get(uid_field) != connection.uid)


def _profile_url(adapter: Any) -> str:
    for name in _PROFILE_URLS:
        url = getattr(adapter, name, None)
        if url:
            return str(url)
    raise NoProfileEndpoint


def _provider_and_adapter(connection: SocialAccount) -> tuple[Any, Any]:
    try:
        provider = connection.get_provider()
    except SocialApp.DoesNotExist as error:
        raise NoProfileEndpoint from error
    return provider, provider.get_oauth2_adapter(context.request)


def _read(
    response: requests.Response,
    parse: Callable[[requests.Response], Any] = requests.Response.json,
) -> dict[str, Any]:
    if response.status_code >= 500 or response.status_code == 429:
        raise ThirdPartyUnavailable(f"status {response.status_code}")
    if not response.ok:
        raise ThirdPartyRefused(response.status_code)
    try:
        answer = parse(response)
    except requests.JSONDecodeError as error:
        raise ThirdPartyMisbehaved("not JSON") from error
    if not isinstance(answer, dict):
        raise ThirdPartyMisbehaved("not a JSON object")
    return answer
