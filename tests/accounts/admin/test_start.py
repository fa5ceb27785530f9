"""The start page of Django admin says what needs attention, to whom it may be said."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import Client, ClientSecret, SigningKey
from tests.accounts.admin.scene import desk_of
from tests.accounts.admin.test_roles import desk_in
from tests.accounts.oauth_server.conftest import register

pytestmark = pytest.mark.django_db
START = "/admin/"


def failed(kind: Event, **columns: Any) -> None:
    told = {"kind": kind, "outcome": Outcome.FAILED, "actor": Actor.UNKNOWN} | columns
    SecurityEvent.objects.create(**told)


def trouble() -> Client:
    """Let there be one of everything that needs attention."""
    client = register("Photo Album").client
    failed(Event.REQUEST_REFUSED, client=client, client_public_id=client.client_id)
    failed(Event.CLIENT_REFUSED, client=client, client_public_id=client.client_id)
    failed(Event.CLIENT_REFUSED, client_public_id="nobody", at=timezone.now() - timedelta(days=2))
    SocialApp.objects.create(
        provider="openid_connect", provider_id="corp", name="Corp", client_id="x"
    )
    failed(Event.SIGN_IN, details={"code": "third_party", "provider": "corp"})
    Client.objects.create(name="New", is_verified=False)
    ClientSecret.objects.update(expires=timezone.now() + timedelta(days=3))
    SigningKey.objects.rotate("RS256")
    return client


def notes(desk: Browser) -> list[str]:
    cache.clear()
    answer = desk.get(START)
    assert answer.status_code == 200
    return [note.text for note in answer.context["notes"]]


def test_a_superuser_reads_what_needs_attention(desk: Browser) -> None:
    client = trouble()
    told = notes(desk)
    ends, starts = (
        f"{moment:%Y-%m-%d}"
        for moment in (ClientSecret.objects.get().expires, SigningKey.objects.last().signs_from)
    )
    assert told[:4] == [
        f"Photo Album ({client.client_id}) was refused 2 times in the last day.",
        "Signing in with Corp failed once in the last day.",
        "One app is not verified: people are warned before they allow access.",
        f"A secret of Photo Album ends on {ends}.",
    ]
    assert told[4].startswith(f"A new RS256 key waits, and signs from {starts}")
    page = desk.get(START)
    for note in page.context["notes"]:
        assert desk.get(note.url).status_code == 200, note
    refused = desk.get(page.context["notes"][0].url).context["cl"].result_list
    assert len(refused) == 2


@pytest.mark.parametrize(
    ("role", "begins", "sees_counts"),
    [
        ("role-client-managers", ["Photo Album", "One app", "A secret"], False),
        ("role-people-managers", ["Photo Album", "Signing in"], True),
        ("role-auditors", ["Photo Album", "Signing in"], True),
        ("role-support", [], False),
    ],
)
def test_a_role_reads_of_it_what_it_may_view(
    mallory: User, role: str, begins: list[str], sees_counts: bool
) -> None:
    trouble()
    desk = desk_in(role, mallory)
    told = notes(desk)
    assert [text[: len(begin)] for text, begin in zip(told, begins, strict=True)] == begins
    page = desk.get(START)
    assert bool(page.context["counts"]) is sees_counts
    assert b"Doctor" not in page.content


def test_links_stand_in_the_order_of_the_work_and_none_is_of_a_package(desk: Browser) -> None:
    first, further = desk.get(START).context["app_list"]
    assert [model["name"] for model in first["models"]] == [
        *("Clients", "Third parties", "People", "Groups", "Events", "Keys", "Invitations"),
        "Webhooks",
    ]
    assert {model["name"] for model in further["models"]} == {
        *("Authorizations", "Connections", "Access tokens", "Refresh tokens"),
        *("Personal access tokens", "Authorization codes", "Initial access tokens", "Tasks"),
        *("Protected resources", "Webhook deliveries", "Blocked hosts"),
        *("Token exchange policies", "Cross-app access policies"),
    }


def test_an_admin_without_a_permission_sees_no_link_and_no_note(mallory: User) -> None:
    trouble()
    desk = desk_of(mallory)
    assert notes(desk) == []
    assert desk.get(START).context["app_list"] == []


def test_what_it_asks_does_not_grow_and_is_remembered(desk: Browser) -> None:
    asked = []
    desk.get(START)  # which looks up content types
    for _ in range(2):
        trouble()
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            desk.get(START)
        asked.append(len(captured))
        with CaptureQueriesContext(connection) as captured:
            desk.get(START)
        assert not any("accounts_securityevent" in query["sql"] for query in captured)
        SocialApp.objects.all().delete()
    assert asked[0] == asked[1] < 40
