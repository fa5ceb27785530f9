"""OpenID Connect towards a third party."""

from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider


class StrictOpenIDConnectProvider(OpenIDConnectProvider):  # type: ignore[misc]
    package = "allauth.socialaccount.providers.openid_connect"
