"""Several writes at once: what is written is what the ORM writes, and it is all or none."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.oauth_server.models import AccessToken, Authorization, Client
from accounts.storage.rows import Rows
from accounts.storage.writes import write

pytestmark = pytest.mark.django_db(transaction=True)

_tokens, _authorizations, _events = Rows(AccessToken), Rows(Authorization), Rows(SecurityEvent)


@pytest.fixture
def authorization(alice: User) -> Authorization:
    client = Client.objects.create(name="Photo Album", redirect_uris="https://app.example/callback")
    return Authorization.objects.create(user=alice, client=client, scope="openid")


def token_of(authorization: Authorization, checksum: str) -> AccessToken:
    return AccessToken(
        user=authorization.user,
        application=authorization.client,
        authorization=authorization,
        token_checksum=checksum,
        scope="openid profile",
        expires=timezone.now() + timedelta(hours=1),
        auth_time=timezone.now(),
        amr="pwd otp",
        claims='{"id_token": {"näme": null}}',
    )


def event(**columns: object) -> SecurityEvent:
    details = {"scopes": ["openid", "ünicode"], "number": 1}
    return SecurityEvent(
        **{"kind": "sign_in", "outcome": "succeeded", "details": details} | columns
    )


def columns_of(row: AccessToken | Authorization | SecurityEvent) -> dict[str, object]:
    row.refresh_from_db()
    return {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}


def test_what_is_written_is_what_the_orm_reads(authorization: Authorization) -> None:
    new, about = token_of(authorization, "a" * 64), event(user=authorization.user)
    old = token_of(authorization, "b" * 64)
    old.save()
    authorization.last_address, authorization.last_used = "192.0.2.1", timezone.now()

    about.pk = write(
        _tokens.deleting("family", old.family),
        _tokens.inserting(new),
        _authorizations.updating(authorization, "last_used", "last_address"),
        _events.inserting(about),
    )

    meant = {each.attname: getattr(about, each.attname) for each in about._meta.concrete_fields}
    assert columns_of(about) == meant
    (found,) = AccessToken.objects.all()
    stored = columns_of(found)
    meant = {each.attname: getattr(new, each.attname) for each in new._meta.concrete_fields}
    assert stored | {"id": None, "created": None} == meant | {"created": None}
    said = (authorization.last_used, authorization.last_address)
    authorization.refresh_from_db()
    assert (authorization.last_used, authorization.last_address) == said


def test_the_orm_writes_the_same_row(authorization: Authorization) -> None:
    by_hand, by_orm = token_of(authorization, "a" * 64), token_of(authorization, "b" * 64)
    by_orm.family, by_orm.expires = by_hand.family, by_hand.expires
    by_orm.auth_time = by_hand.auth_time
    _tokens.insert(by_hand)
    by_orm.save()

    own = {"id": 0, "token_checksum": "", "created": None}
    assert columns_of(by_hand) | own == columns_of(by_orm) | own
    assert by_hand.created <= by_orm.created


def test_where_one_fails_none_is_made(authorization: Authorization) -> None:
    token = token_of(authorization, "a" * 64)

    with pytest.raises(DatabaseError):
        write(_tokens.inserting(token), _events.inserting(event(kind=None)))

    assert not AccessToken.objects.exists()
    assert not SecurityEvent.objects.exists()


def test_where_one_fails_the_transaction_around_it_is_lost(authorization: Authorization) -> None:
    token = token_of(authorization, "a" * 64)
    with transaction.atomic():  # also where somebody swallows the error
        authorization.delete()
        with pytest.raises(DatabaseError):
            write(_tokens.inserting(token), _events.inserting(event(kind=None)))

    assert Authorization.objects.exists()
