"""What a service does with its webhooks: its own, and nobody else's."""

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import SecurityEvent, Webhook, WebhookDelivery
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client
from accounts.webhooks import queue
from accounts.webhooks.services import MOST
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import register
from tests.api.test_conventions import Script, problem

pytestmark = pytest.mark.django_db

HOOKS = "/api/v1/webhooks"
NEW = {"name": "Collector", "url": "https://log.example/hooks", "kinds": ["sign_in"]}


class Service(Script):
    def __init__(self, name: str, scopes: str = "webhooks webhooks.write") -> None:
        app: App = register(
            name, scopes=scopes, default_scopes="", grant_types="client_credentials"
        )
        self.client = app.client
        asked = {"grant_type": "client_credentials", "scope": scopes}
        self.token = app.post("/oauth/token/", asked).json()["access_token"]


@pytest.fixture
def service(db: None) -> Service:
    return Service("Collector")


def made(service: Service, **changes: Any) -> dict[str, Any]:
    answer = service("POST", HOOKS, NEW | changes)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_service_makes_changes_and_deletes_a_webhook(service: Service) -> None:
    told = made(service)
    webhook = Webhook.objects.get()
    assert told.pop("secret") == webhook.secret
    assert (webhook.client, webhook.has_personal_data) == (service.client, False)
    address = f"{HOOKS}/{told['id']}"
    assert service("GET", address).json() == told
    assert service("GET", HOOKS).json() == [told]
    assert service(
        "PATCH", address, {"name": "Log"}, "application/merge-patch+json"
    ).json() == told | {"name": "Log"}
    new = service("POST", f"{address}/secret", {}).json()["secret"]
    webhook.refresh_from_db()
    assert (webhook.secret, webhook.former_secret == new) == (new, False)
    assert service("DELETE", address).status_code == 204
    assert service("GET", address).status_code == 404
    events = SecurityEvent.objects.filter(kind=Event.WEBHOOK_CHANGED, client=service.client)
    codes = events.order_by("pk").values_list("details__code", flat=True)
    assert list(codes) == ["made", "changed", "new_secret", "deleted"]


def test_a_service_chooses_the_format(service: Service) -> None:
    told = made(service, format="security-event-tokens", audience="https://log.example/")
    assert (told["format"], told["audience"]) == ("security-event-tokens", "https://log.example/")
    changed = service("PATCH", f"{HOOKS}/{told['id']}", {"format": "standard-webhooks"})
    assert changed.json()["format"] == Webhook.objects.get().format == "standard-webhooks"


HEADER = {"authorization_header": "Bearer hush"}


def test_a_service_says_an_authorization_header_which_is_never_told(service: Service) -> None:
    told = made(service, **HEADER)
    address = f"{HOOKS}/{told['id']}"
    answers = [
        service("GET", HOOKS),
        service("GET", address),
        service("PATCH", address, {"name": "Log"}),
        service("POST", f"{address}/secret", {}),
    ]
    assert told["has_authorization_header"] is True
    assert not any("hush" in each.content.decode() for each in answers)
    assert Webhook.objects.get().authorization_header == "Bearer hush"
    moved = {"url": "https://mine.example/"}
    refused = problem(service("PATCH", address, moved), 400, "invalid-fields")
    assert [each["pointer"] for each in refused["errors"]] == ["/authorization_header"]
    assert service("PATCH", address, {"url": f"{NEW['url']}/2"}).status_code == 200
    assert service("PATCH", address, moved | HEADER).status_code == 200
    for nothing in (None, ""):
        service("PATCH", address, HEADER)
        gone = service("PATCH", address, {"authorization_header": nothing})
        assert gone.json()["has_authorization_header"] is False


def test_a_service_sends_a_test_and_one_again(service: Service) -> None:
    address = f"{HOOKS}/{made(service)['id']}/deliveries"
    answer = service("POST", address, {})
    assert answer.status_code == 202
    WebhookDelivery.objects.update(due_at=None)
    (told,) = service("GET", address).json()
    assert told["state"] == "failed"
    again = service("POST", f"{address}/{told['id']}", {})
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    assert service("GET", f"{address}/{told['id']}").json() == again.json()


def test_a_webhook_of_another_service_is_not_there(service: Service) -> None:
    other = Service("Other")
    address = f"{HOOKS}/{made(service)['id']}"
    test = service("POST", f"{address}/deliveries", {}).json()["id"]
    assert other("GET", HOOKS).json() == []
    for path in ("", "/deliveries", f"/deliveries/{test}"):
        assert other("GET", address + path).status_code == 404
    for path in ("/secret", "/deliveries", f"/deliveries/{test}"):
        assert other("POST", address + path, {}).status_code == 404
    assert other("DELETE", address).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "http://log.example/"}, "/url"),
        ({"url": "http://127.0.0.1:8000/"}, "/url"),
        ({"kinds": ["tea"]}, "/kinds/0"),
        ({"kinds": []}, "/kinds"),
        ({"format": "xml"}, "/format"),
        ({"has_personal_data": True}, "/has_personal_data"),
        ({"name": 3 * ["x"]}, "/name"),
        ({"authorization_header": "Bearer a\r\nX-Else: 1"}, "/authorization_header"),
        ({"authorization_header": " Bearer a"}, "/authorization_header"),
        ({"authorization_header": "Bearer ö"}, "/authorization_header"),
        ({"authorization_header": "x" * 5_000}, "/authorization_header"),
        ({"authorization_header": ["Bearer a"]}, "/authorization_header"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    service: Service, change: dict[str, Any], pointer: str
) -> None:
    answer = service("POST", HOOKS, NEW | change)
    assert problem(answer, 400, "invalid-fields")["errors"][0]["pointer"] == pointer
    assert not Webhook.objects.exists()


def test_there_is_an_end_to_how_many(service: Service) -> None:
    row = {"client": service.client, "kinds": ["sign_in"], "secret": "whsec_"}
    Webhook.objects.bulk_create(Webhook(name=str(each), **row) for each in range(MOST))
    assert service("POST", HOOKS, NEW).status_code == 409


def test_a_service_that_may_not_any_more_is_told_nothing(service: Service) -> None:
    made(service)
    assert [each.name for each in Webhook.objects.told()] == ["Collector"]
    for scopes in ("profile", "webhooks", "webhooks.write.more", "my-webhooks.write", ""):
        Client.objects.filter(pk=service.client.pk).update(scopes=scopes)
        assert (list(Webhook.objects.told()), queue.collect()) == ([], 0), scopes
    for scopes in ("webhooks.write", "webhooks webhooks.write", "webhooks.write profile"):
        Client.objects.filter(pk=service.client.pk).update(scopes=scopes)
        assert [each.name for each in Webhook.objects.told()] == ["Collector"], scopes
    Client.objects.filter(pk=service.client.pk).update(scopes="profile")
    reader = Service("Reader", "webhooks")
    assert reader("POST", HOOKS, NEW).status_code == 403
    assert Browser().get(HOOKS).status_code == 401
