"""Make clients, people and codes on this site: see bench/make.py."""

import secrets

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import SecurityEvent, User, Webhook
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.authorization import codes
from accounts.oauth_server.authorization.request import AuthorizationRequest
from accounts.oauth_server.models import Authorization, Client, ClientSecret, PersonalToken
from accounts.oauth_server.rules.scopes import to_set
from accounts.sessions.sign_in import SignIn
from accounts.way_back.claims_request import ClaimsRequest
from accounts.webhooks.signature import new_secret
from api.identifiers import identifier
from bench.pkce import CHALLENGE, PEOPLE, REDIRECT_URI, SCOPE


def make(number: int) -> dict[str, object]:
    """Make a client, and as many codes for it, of one person after the other; a person's own token,
    for the list of what happened to them; and a service with a webhook."""
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
    return {
        "client_id": client.client_id,
        "client_secret": secret,
        "codes": made,
        "own_token": _own_token(people[0].user),
        **_service(),
    }


def _own_token(person: User) -> str:
    """Make a personal token, and a page of events and more that it lists."""
    SecurityEvent.objects.bulk_create(
        SecurityEvent(
            user=person,
            sub=person.sub,
            kind=Event.SIGN_IN,
            outcome=Outcome.SUCCEEDED,
            actor=Actor.PERSON,
        )
        for _ in range(100)
    )
    return PersonalToken.objects.issue(
        person, name="Bench", scopes=to_set("events profile"), expires=None
    )


def _service() -> dict[str, str]:
    """Make a client that acts for itself, and a webhook of it, whose tests can be written."""
    client = Client.objects.create(
        name="Service",
        client_type=Client.CLIENT_CONFIDENTIAL,
        grant_types="client_credentials",
        scopes="webhooks webhooks.write",
    )
    webhook = Webhook.objects.create(
        name="Bench", url="https://receiver.example/", client=client, secret=new_secret()
    )
    return {
        "service": client.client_id,
        "service_secret": ClientSecret.objects.issue(client),
        "deliveries": f"/api/v1/webhooks/{identifier('webhook', webhook.pk)}/deliveries",
    }


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
