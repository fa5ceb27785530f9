"""What admins change is recorded, and the record in Django admin is for reading alone."""

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import Authorization, Client
from accounts.security_events.details import Limit, Name
from tests.accounts.admin.forms import filled
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import register
from tests.accounts.security_events.events import happens, recorded

pytestmark = pytest.mark.django_db
SECRET = "Created a new client secret: does not expire."
LIST = "/admin/accounts/securityevent/"


def delete(browser: Browser, page: str, *rows: Any) -> None:
    browser.post(
        page,
        {
            "action": "delete_selected",
            "_selected_action": [row.pk for row in rows],
            "post": "yes",
        },
    )


def disable_all() -> None:
    """An app that is active is not deleted."""
    Client.objects.update(is_active=False)


def test_a_client_that_is_registered_changed_and_deleted(desk: Browser, app: App) -> None:
    disable_all()
    desk.post(f"/admin/oauth_server/client/{app.client.pk}/secret/")
    desk.post(f"/admin/oauth_server/client/{app.client.pk}/delete/", {"post": "yes"})
    of_album = {
        "model": "oauth_server.client",
        "object_id": str(app.client.pk),
        "object": "Photo Album",
    }
    assert recorded(Event.ADMIN_CLIENT) == [
        ("succeeded", "Bob", "admin", of_album | {"action": "change", "message": SECRET}),
        ("succeeded", "Bob", "admin", of_album | {"action": "deletion"}),
    ]
    event = SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).first()
    assert (event.client, event.client_public_id) == (None, app.client.client_id)


def test_each_of_several_that_are_deleted_at_once(desk: Browser, db: None) -> None:
    clients = [register(f"App {number}").client for number in range(3)]
    disable_all()
    delete(desk, "/admin/oauth_server/client/", *clients)
    assert not Client.objects.exists()
    assert len(recorded(Event.ADMIN_CLIENT)) == 3


def test_a_person_who_is_switched_off_can_read_who_did_it(desk: Browser, alice: User) -> None:
    page = f"/admin/accounts/user/{alice.pk}/change/"
    typed = filled(desk.get(page))
    typed.pop("is_active")
    desk.post(page, typed)
    alice.refresh_from_db()
    assert not alice.is_active
    changed = {"changed": {"fields": ["Active"], "values": {"Active": ["yes", "no"]}}}
    change = {"action": "change", "changes": [changed]}
    of_alice = {"model": "accounts.user", "object_id": str(alice.pk), "object": "Alice"}
    assert recorded(Event.ADMIN_PERSON) == [
        ("succeeded", "Bob", "admin", change | of_alice),
    ]
    assert recorded(Event.CHANGED_BY_ADMIN) == [("succeeded", "Alice", "admin", change)]
    assert [event[1:3] for event in recorded(Event.EVERYTHING_ENDED)] == [("Alice", "admin")]


def test_an_app_that_an_admin_removes(desk: Browser, app: App, alice: User) -> None:
    app.tokens_for(alice)
    delete(desk, "/admin/oauth_server/authorization/", Authorization.objects.get())
    assert recorded(Event.APP_REMOVED) == [("succeeded", "Alice", "admin", {})]
    assert [event[1:3] for event in recorded(Event.ADMIN_PERSON)] == [("Bob", "admin")]


def test_a_third_party_that_is_deleted(desk: Browser, register: Any) -> None:
    provider = register()
    desk.post(f"/admin/socialaccount/socialapp/{provider.pk}/delete/", {"post": "yes"})
    assert len(recorded(Event.ADMIN_PROVIDER)) == 1


def test_the_record_cannot_be_changed_in_the_admin(desk: Browser, alice: User) -> None:
    event = happens(Event.SIGN_OUT, user=alice)
    assert desk.get(LIST).status_code == 200
    page = desk.get(f"{LIST}{event.pk}/change/")
    assert page.status_code == 200
    assert "_save" not in page.content.decode()
    assert desk.post(f"{LIST}{event.pk}/change/", {"details": "{}"}).status_code == 403
    assert desk.get(f"{LIST}add/").status_code == 403
    assert desk.post(f"{LIST}{event.pk}/delete/", {"post": "yes"}).status_code == 403
    delete(desk, LIST, event)
    assert SecurityEvent.objects.filter(pk=event.pk, details={}).exists()


@pytest.mark.every_case
@pytest.mark.parametrize(
    "query",
    [
        *("q=alice@example.com", "kind=limit_hit", "outcome=failed", "q=192.0.2.44"),
        *("actor=unknown", "q=found", "q=FOUND"),
    ],
)
def test_it_can_be_filtered_and_searched(desk: Browser, alice: User, rf: Any, query: str) -> None:
    request, by = rf.get("/", REMOTE_ADDR="192.0.2.44"), Actor.UNKNOWN
    found, failed = Limit("found"), Outcome.FAILED
    happens(Event.LIMIT_HIT, failed, request=request, user=alice, details=found, actor=by)
    happens(Event.PASSKEY_ADDED, details=Name("not looked for"))
    page = desk.get(f"{LIST}?{query}").content.decode()
    assert "found" in page
    assert "not looked for" not in page


def test_deleting_a_person_or_a_client_keeps_what_they_did(
    desk: Browser, app: App, alice: User
) -> None:
    app.tokens_for(alice)
    disable_all()
    delete(desk, "/admin/oauth_server/client/", app.client)
    delete(desk, "/admin/accounts/user/", alice)
    assert not User.objects.filter(pk=alice.pk).exists()
    event = SecurityEvent.objects.get(kind=Event.CODE_REDEEMED)
    assert (event.user, event.client) == (None, None)
    assert (event.sub, event.client_public_id) == (alice.sub, app.client.client_id)
