"""Name the grant types (RFC 6749 section 4, RFC 8628 section 3.4), and say what each is for."""

from django.utils.translation import gettext_lazy as _

AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 (a grant type's name)
CLIENT_CREDENTIALS = "client_credentials"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105

GRANT_TYPES = {
    AUTHORIZATION_CODE: _("Authorization code: people sign in to the app"),
    DEVICE_CODE: _("Device code: people sign in with a code that the app shows, such as on a TV"),
    REFRESH_TOKEN: _("Refresh token: the app keeps its access without asking people again"),
    CLIENT_CREDENTIALS: _("Client credentials: the app acts on its own behalf, without a person"),
    TOKEN_EXCHANGE: _("Token exchange: the app acts for people whose tokens other apps hand it"),
    JWT_BEARER: _("JWT bearer: the app acts for people whom an identity provider vouches for"),
}

# No client registers itself for these.
FOR_ADMINS_TO_GIVE = (TOKEN_EXCHANGE, JWT_BEARER)
