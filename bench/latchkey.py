"""Make a client, people and codes on this site: see bench/make.py."""

import secrets

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.authorization import codes
from accounts.oauth_server.authorization.request import AuthorizationRequest
from accounts.oauth_server.models import Authorization, Client, ClientSecret
from accounts.oauth_server.rules.scopes import to_set
from accounts.sessions.sign_in import SignIn
from accounts.way_back.claims_request import ClaimsRequest
from bench.pkce import CHALLENGE, PEOPLE, REDIRECT_URI, SCOPE


def make(number: int) -> dict[str, object]:
    """Make a client, and as many codes for it, of one person after the other."""
    client = Client.objects.create(
        name="Bench",
        client_type=Client.CLIENT_CONFIDENTIAL,
        redirect_uris=REDIRECT_URI,
        grant_types="authorization_code refresh_token client_credentials",
        scopes=SCOPE,
    )
    people = [_allow(client, each) for each in range(PEOPLE)]
    made = [_code(people[each % PEOPLE]) for each in range(number)]
    secret = ClientSecret.objects.issue(client)
    return {"client_id": client.client_id, "client_secret": secret, "codes": made}


def _allow(client: Client, number: int) -> Authorization:
    email = f"bench{number}@example.com"
    person = User.objects.create_user(email, name=f"Person {number}")
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    allowed: Authorization = Authorization.objects.record(
        person, client, to_set(SCOPE), address="192.0.2.1"
    )
    return allowed


def _code(authorization: Authorization) -> str:
    asked = AuthorizationRequest(
        client=authorization.client,
        redirect_uri=REDIRECT_URI,
        sent_redirect_uri=REDIRECT_URI,
        scopes=to_set(SCOPE),
        state="",
        nonce="",
        code_challenge=CHALLENGE,
        prompt=frozenset(),
        max_age=None,
        response_mode="query",
        claims=ClaimsRequest(),
        expected_sub="",
        acr_values=(),
        wished_acr_values=(),
    )
    sign_in = SignIn(timezone.now(), ("pwd",), secrets.token_hex(16))
    return codes.issue(authorization, asked, sign_in)
