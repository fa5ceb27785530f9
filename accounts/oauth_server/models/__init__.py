"""Keep clients, authorizations, codes, tokens and keys. DOT's six models are swapped for the ones
here."""

from accounts.oauth_server.models.authorization import Authorization
from accounts.oauth_server.models.client import Client, ClientSecret
from accounts.oauth_server.models.client_logo import ClientLogo
from accounts.oauth_server.models.device_grant import DeviceGrant
from accounts.oauth_server.models.group_claim import GroupValue
from accounts.oauth_server.models.personal_token import PersonalToken
from accounts.oauth_server.models.registration import InitialAccessToken, Registration
from accounts.oauth_server.models.signing_key import SigningKey
from accounts.oauth_server.models.subject import PairwiseSubject
from accounts.oauth_server.models.tokens import (
    AccessToken,
    AuthorizationCode,
    IDToken,
    RefreshToken,
)
from accounts.oauth_server.models.used_assertion import UsedAssertion

__all__ = [
    "AccessToken",
    "Authorization",
    "AuthorizationCode",
    "Client",
    "ClientLogo",
    "ClientSecret",
    "DeviceGrant",
    "GroupValue",
    "IDToken",
    "InitialAccessToken",
    "PairwiseSubject",
    "PersonalToken",
    "RefreshToken",
    "Registration",
    "SigningKey",
    "UsedAssertion",
]
