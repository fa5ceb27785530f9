"""Keep clients, authorizations, codes, tokens and keys. DOT's six models are swapped for the ones
here."""

from accounts.oauth_server.models.authorization import Authorization
from accounts.oauth_server.models.blocked_host import BlockedHost
from accounts.oauth_server.models.client import Client
from accounts.oauth_server.models.client_document import ClientDocument
from accounts.oauth_server.models.client_logo import ClientLogo
from accounts.oauth_server.models.client_secret import ClientSecret
from accounts.oauth_server.models.cross_app import CrossAppPolicy
from accounts.oauth_server.models.device_grant import DeviceGrant
from accounts.oauth_server.models.group_claim import GroupValue
from accounts.oauth_server.models.kept_answer import KeptAnswer
from accounts.oauth_server.models.personal_token import PersonalToken
from accounts.oauth_server.models.protected_resource import ProtectedResource
from accounts.oauth_server.models.pushed_request import PushedRequest
from accounts.oauth_server.models.recording import RecordedRequest, Recording
from accounts.oauth_server.models.registration import InitialAccessToken, Registration
from accounts.oauth_server.models.signing_key import SigningKey
from accounts.oauth_server.models.subject import PairwiseSubject
from accounts.oauth_server.models.token_exchange import Delegation, ExchangePolicy
from accounts.oauth_server.models.tokens import (
    AccessToken,
    AuthorizationCode,
    IDToken,
    RefreshToken,
)
from accounts.oauth_server.models.used_assertion import UsedAssertion
from accounts.oauth_server.models.used_proof import UsedProof

__all__ = [
    "AccessToken",
    "Authorization",
    "AuthorizationCode",
    "BlockedHost",
    "Client",
    "ClientDocument",
    "ClientLogo",
    "ClientSecret",
    "CrossAppPolicy",
    "Delegation",
    "DeviceGrant",
    "ExchangePolicy",
    "GroupValue",
    "IDToken",
    "InitialAccessToken",
    "KeptAnswer",
    "PairwiseSubject",
    "PersonalToken",
    "ProtectedResource",
    "PushedRequest",
    "RecordedRequest",
    "Recording",
    "RefreshToken",
    "Registration",
    "SigningKey",
    "UsedAssertion",
    "UsedProof",
]
