"""Attacks on the API by many at once."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from accounts.models import User, Webhook
from accounts.oauth_server.models import ClientSecret, PersonalToken
from accounts.oauth_server.models.client_secret import MOST as MOST_SECRETS
from accounts.webhooks.services import MOST
from tests.api.test_attacks import Attacker, attackers, rows, told

__all__ = ["attackers", "told"]

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(number: int, ask: Callable[[int], Any]) -> Counter[int]:
    """Ask `number` times at the same moment; return how often each status was answered."""
    start, answers = threading.Barrier(number), []

    def one(which: int) -> None:
        start.wait()
        answers.append(ask(which).status_code)
        connections.close_all()

    threads = [threading.Thread(target=one, args=[each]) for each in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


def test_the_last_webhook_that_may_be_is_made_once(attackers: dict[str, Attacker]) -> None:
    service = attackers["/api/v1"]
    body = {"name": "a", "url": "https://a.example/", "kinds": ["sign_in"]}
    sent = json.dumps(body).encode()
    for _ in range(MOST - 1):
        service("POST", "/api/v1/webhooks", sent, "application/json")
    found = at_once(8, lambda _: service("POST", "/api/v1/webhooks", sent, "application/json"))
    assert found == {201: 1, 409: 7}
    assert Webhook.objects.count() == MOST


def test_the_last_secret_that_may_be_is_made_once(attackers: dict[str, Attacker]) -> None:
    service = attackers["/api/v1"]
    told = {"client_name": "a", "redirect_uris": ["https://a.example/callback"]}
    made = service("POST", "/api/v1/clients", json.dumps(told).encode(), "application/json")
    secrets = f"/api/v1/clients/{made.json()['id']}/secrets"
    for _ in range(MOST_SECRETS - 2):
        assert service("POST", secrets, b"{}", "application/json").status_code == 201
    found = at_once(8, lambda _: service("POST", secrets, b"{}", "application/json"))
    assert found == {201: 1, 409: 7}
    assert ClientSecret.objects.filter(client__name="a").count() == MOST_SECRETS


def test_of_changes_to_one_version_of_a_webhook_one_is_made(
    attackers: dict[str, Attacker], alice: User
) -> None:
    service = attackers["/api/v1"]
    hook = f"/api/v1/webhooks/{rows(attackers, alice)['webhook']}"
    read = {"If-Match": service("GET", hook).headers["ETag"]}
    found = at_once(
        8,
        lambda which: service(
            "PATCH", hook, json.dumps({"name": f"n{which}"}).encode(), "application/json", **read
        ),
    )
    assert found == {200: 1, 412: 7}


def test_of_one_name_or_address_at_once_one_is_made_and_none_is_a_fault(
    attackers: dict[str, Attacker], alice: User
) -> None:
    own, service = attackers["/api/v1/me"], attackers["/api/v1"]
    token = json.dumps({"name": "x", "scopes": ["profile"]}).encode()
    found = at_once(6, lambda _: own("POST", "/api/v1/me/tokens", token, "application/json"))
    assert found == {201: 1, 400: 5}
    person = json.dumps({"email": "new@example.com"}).encode()
    found = at_once(6, lambda _: service("POST", "/api/v1/users", person, "application/json"))
    assert found == {201: 1, 409: 5}
    there = json.dumps({"name": "x", "identifier": "https://x.example/"}).encode()
    found = at_once(6, lambda _: service("POST", "/api/v1/resources", there, "application/json"))
    assert found == {201: 1, 409: 5}


def test_deleting_and_changing_one_thing_at_once_is_no_fault(
    attackers: dict[str, Attacker], alice: User
) -> None:
    named, service, own = (
        rows(attackers, alice), attackers["/api/v1"], attackers["/api/v1/me"],
    )  # fmt: skip
    hook = f"/api/v1/webhooks/{named['webhook']}"
    steps = [
        lambda: service("DELETE", hook),
        lambda: service("PATCH", hook, b'{"name": "b"}', "application/json"),
        lambda: service("POST", f"{hook}/secret"),
        lambda: service("POST", f"{hook}/deliveries"),
        lambda: service("POST", f"{hook}/deliveries/{named['delivery']}"),
        lambda: service("DELETE", hook),
    ]
    found = at_once(len(steps), lambda which: steps[which]())
    assert set(found) <= {200, 202, 204, 404}, found
    assert found[204] == 1
    PersonalToken.objects.issue(alice, name="old", scopes={"profile"}, expires=None)
    address = f"/api/v1/me/tokens/{own('GET', '/api/v1/me/tokens').json()[0]['id']}"
    assert at_once(4, lambda _: own("DELETE", address)).keys() <= {204, 404}
    secret = f"/api/v1/clients/{named['client']}/secrets/{named['secret']}"
    assert at_once(4, lambda _: service("DELETE", secret)) == {204: 1, 404: 3}
    where = f"/api/v1/resources/{named['resource']}"
    found = at_once(4, lambda which: service("DELETE", where) if which % 2 else
        service("PATCH", where, b'{"name": "b"}', "application/json"))  # fmt: skip
    assert found.keys() <= {200, 204, 404}
    assert found[204] == 1
