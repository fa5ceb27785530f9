"""Admins of a client have what it sends recorded, and read it; nobody else does."""

from datetime import timedelta

from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import RecordedRequest, Recording
from tests.accounts.admin.scene import desk_of, permission
from tests.accounts.oauth_server.app import App


def address(app: App) -> str:
    return f"/admin/oauth_server/client/{app.client.pk}/recorder/"


def page(desk: Browser, url: str) -> str:
    response = desk.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def test_an_admin_switches_it_on_sees_it_on_every_page_and_stops_it(
    desk: Browser, app: App
) -> None:
    banner = "What Photo Album sends is recorded until"
    assert banner not in page(desk, "/admin/")
    assert desk.post(address(app), {"minutes": "600"}).status_code == 302
    assert not Recording.objects.exists()
    for _ in range(2):
        desk.post(address(app), {"minutes": "15"})
    assert Recording.objects.count() == 1
    assert banner in page(desk, "/admin/")
    assert "Stop now" in page(desk, address(app))
    desk.post(address(app), {"action": "stop"})
    assert banner not in page(desk, "/admin/")
    assert not Recording.objects.open().exists()
    said = SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).values_list("details", flat=True)
    assert [each["message"][:7] for each in said.order_by("pk")] == ["Started", "Stopped"]


def test_what_was_refused_is_read_beside_its_rule(desk: Browser, app: App, other_app: App) -> None:
    for each in (app, other_app):
        Recording.objects.start(each.client, timedelta(hours=1))
    app.redeem("wrong")
    app.post("/oauth/revoke/", {"token": "wrong", "scop": "x", "client_id": app.client.client_id})
    Recording.objects.stop(app.client)
    Recording.objects.start(app.client, timedelta(hours=1))
    refused, fine = RecordedRequest.objects.order_by("number")

    first = f"{address(app)}?recording={refused.recording_id}"
    assert "POST revoke" in page(desk, first)
    assert "POST revoke" not in page(desk, f"{first}&refused")
    assert "Nothing yet" in page(desk, address(app))
    told = page(desk, f"{address(app)}{refused.pk}/")
    assert "RFC 6749, section 4.1.2" in told
    assert f"?request={refused.request_id}" in told
    assert "perhaps <code>scope</code>" in page(desk, f"{address(app)}{fine.pk}/")
    assert desk.get(f"{address(other_app)}{refused.pk}/").status_code == 404
    assert desk.get(f"{address(other_app)}?recording={refused.recording_id}").status_code == 404
    RecordedRequest.objects.update(at=refused.at - timedelta(hours=25))
    assert desk.get(f"{address(app)}{refused.pk}/").status_code == 404


def test_a_full_recording_says_so(desk: Browser, app: App) -> None:
    Recording.objects.start(app.client, timedelta(hours=1))
    Recording.objects.update(kept=999)
    app.redeem("wrong")
    assert "The recording is full" in page(desk, address(app))


def test_whoever_may_not_change_the_client_neither_records_nor_reads(
    app: App, mallory: User
) -> None:
    Recording.objects.start(app.client, timedelta(hours=1))
    app.redeem("wrong")
    one = f"{address(app)}{RecordedRequest.objects.get().pk}/"
    client, event = "oauth_server.Client", "accounts.SecurityEvent"
    manager = [permission(action, client) for action in ("view", "change")]
    for given, status in (
        ([permission("view", event)], 403),
        ([permission("view", client)], 403),
        (manager, 200),
    ):
        desk = desk_of(mallory, *given)
        assert [desk.get(url).status_code for url in (address(app), one)] == [status] * 2
        assert desk.post(address(app), {"action": "stop"}).status_code == (302, 403)[status == 403]
        sees = "is recorded until" in page(desk, "/admin/")
        assert not sees  # the manager has stopped it
    app.client.skip_authorization = True  # now it is a superuser's
    app.client.save()
    assert desk_of(mallory, *manager).get(one).status_code == 403
