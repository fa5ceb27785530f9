"""Make clients, people and codes on the stock site: see bench/make.py."""

import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.utils import timezone
from oauth2_provider.models import get_application_model, get_grant_model

from bench.pkce import CHALLENGE, PEOPLE, REDIRECT_URI, SCOPE

Application: Any = get_application_model()
Grant: Any = get_grant_model()


def make(number: int) -> dict[str, object]:
    """Make clients, and as many codes for the first, of one person after the other.

    Its secret is hashed once. That of the second is hashed as the toolkit does it by itself.
    """
    secret = secrets.token_urlsafe(48)
    client = _client("authorization-code", make_password(secret, hasher="salted_sha256"))
    alone = _client("client-credentials", make_password(secret, hasher="salted_sha256"))
    documented = _client("client-credentials", secret)
    people = User.objects.bulk_create(
        User(username=f"bench{each}", email=f"bench{each}@example.com", first_name=f"Person {each}")
        for each in range(PEOPLE)
    )
    return {
        "client_id": client.client_id,
        "alone_id": alone.client_id,
        "documented_id": documented.client_id,
        "client_secret": secret,
        "codes": _codes(client, people, number),
    }


def _client(grant_type: str, secret: str) -> Any:
    return Application.objects.create(
        name="Bench",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=grant_type,
        redirect_uris=REDIRECT_URI,
        client_secret=secret,
        algorithm=Application.RS256_ALGORITHM,
    )


def _codes(client: Any, people: list[User], number: int) -> list[str]:
    expires = timezone.now() + timedelta(hours=1)
    grants = [
        Grant(
            user=people[each % PEOPLE],
            code=secrets.token_urlsafe(24),
            application=client,
            expires=expires,
            redirect_uri=REDIRECT_URI,
            scope=SCOPE,
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
        )
        for each in range(number)
    ]
    return [grant.code for grant in Grant.objects.bulk_create(grants, batch_size=500)]
