"""Webhooks in Django admin, where Bob is a superuser."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User, Webhook, WebhookDelivery
from accounts.models.event_kinds import Event
from accounts.webhooks import subscriptions
from tests.accounts.admin.scene import desk_of

pytestmark = pytest.mark.django_db

WEBHOOKS = "/admin/accounts/webhook/"
DELIVERIES = "/admin/accounts/webhookdelivery/"
FORM = {
    "name": "Collector",
    "url": "https://log.example/",
    "kinds": [Event.SIGN_IN],
    "format": Webhook.STANDARD,
}


@pytest.fixture
def desk(bob: User) -> Browser:
    bob.is_superuser = True
    return desk_of(bob)


def made(desk: Browser) -> Webhook:
    assert desk.post(f"{WEBHOOKS}add/", FORM).status_code == 302
    return Webhook.objects.get()


def secret_on(page: Any) -> str:
    found = re.search(r"whsec_[\w+/=]+", page.content.decode())
    return found[0] if found else ""


def test_what_is_kept_is_said_where_something_is(desk: Browser) -> None:
    kept = "Leave empty to keep the one that is stored."
    assert kept not in desk.get(f"{WEBHOOKS}add/").content.decode()
    page = f"{WEBHOOKS}{made(desk).pk}/change/"
    assert kept not in desk.get(page).content.decode()
    Webhook.objects.update(authorization_header="Bearer x")
    assert kept in desk.get(page).content.decode()


def test_a_new_webhook_shows_its_secret_once(desk: Browser, bob: User) -> None:
    answer = desk.post(f"{WEBHOOKS}add/", FORM)
    webhook = Webhook.objects.get()
    page = desk.get(answer["Location"])
    assert secret_on(page) == webhook.secret
    assert page["Cache-Control"].find("no-store") >= 0
    assert (webhook.kinds, webhook.made_by) == (["sign_in"], bob)
    for address in (answer["Location"], f"{WEBHOOKS}{webhook.pk}/change/", WEBHOOKS):
        assert secret_on(desk.get(address)) == ""


def test_a_secret_is_replaced_and_the_new_one_shown(desk: Browser) -> None:
    webhook = made(desk)
    answer = desk.post(f"{WEBHOOKS}{webhook.pk}/new-secret/")
    shown = secret_on(desk.get(answer["Location"]))
    former, webhook = webhook.secret, Webhook.objects.get()
    assert webhook.secrets(timezone.now()) == [shown, former]
    for page in ("new-secret", "test"):
        assert desk.get(f"{WEBHOOKS}{webhook.pk}/{page}/").status_code == 405


def test_a_test_is_sent_and_a_delivery_again(desk: Browser) -> None:
    webhook = made(desk)
    page = desk.post(f"{WEBHOOKS}{webhook.pk}/test/", follow=True)
    assert "Test" in page.content.decode()
    delivery = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(due_at=None, answer="<script>alert(1)</script>", status=500)
    told = desk.get(f"{DELIVERIES}{delivery.pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)" in told
    found = [desk.get(f"{DELIVERIES}?state={each}") for each in ("failed", "waiting", "delivered")]
    assert [page.context["cl"].result_count for page in found] == [1, 0, 0]
    desk.post(DELIVERIES, {"action": "send_again", "_selected_action": [delivery.pk]})
    delivery.refresh_from_db()
    assert delivery.standing == "waiting"


def test_a_webhook_of_event_tokens_has_no_secret_to_show(desk: Browser) -> None:
    answer = desk.post(f"{WEBHOOKS}add/", FORM | {"format": Webhook.EVENT_TOKENS}, follow=True)
    assert answer.redirect_chain[-1][0].endswith("/change/")
    told = answer.content.decode()
    assert ("Send a test" in told, "Replace the secret" in told) == (True, False)


HEADER = {"new_authorization_header": "Bearer hush"}


def test_an_authorization_header_is_taken_in_and_never_given_out(desk: Browser) -> None:
    desk.post(f"{WEBHOOKS}add/", FORM | HEADER)
    webhook = Webhook.objects.get()
    assert webhook.authorization_header == "Bearer hush"
    page = f"{WEBHOOKS}{webhook.pk}/change/"
    desk.post(page, FORM | {"name": "Log"})
    desk.post(page, FORM | {"new_authorization_header": "Bearer hush-2"})
    for address in (page, WEBHOOKS, f"{WEBHOOKS}{webhook.pk}/history/", "/admin/"):
        assert "hush" not in desk.get(address).content.decode(), address
    assert not LogEntry.objects.filter(change_message__contains="hush").exists()
    webhook.refresh_from_db()
    assert webhook.authorization_header == "Bearer hush-2"
    desk.post(page, FORM | {"sends_no_header": "on"})
    webhook.refresh_from_db()
    assert not webhook.has_authorization_header


def test_an_authorization_header_is_entered_anew_for_another_host(desk: Browser) -> None:
    desk.post(f"{WEBHOOKS}add/", FORM | HEADER)
    webhook = Webhook.objects.get()
    page = f"{WEBHOOKS}{webhook.pk}/change/"
    moved = FORM | {"url": "https://mine.example/"}
    kept = desk.post(page, moved)
    assert "another host" in str(kept.context["adminform"].form.errors)
    assert "hush" not in kept.content.decode()
    assert desk.post(page, FORM | {"url": "https://log.example:443/hooks"}).status_code == 302
    assert desk.post(page, moved | HEADER).status_code == 302
    wrong = desk.post(page, moved | {"new_authorization_header": "Bearer ö"})
    assert "visible ASCII" in str(wrong.context["adminform"].form.errors)


def test_a_disabled_webhook_is_activated_and_a_bad_address_refused(desk: Browser) -> None:
    webhook = made(desk)
    Webhook.objects.update(is_active=False, failing_since=timezone.now())
    start = desk.get("/admin/").content.decode()
    assert "The webhook “Collector” was disabled" in start
    page = f"{WEBHOOKS}{webhook.pk}/change/"
    bad = desk.post(page, FORM | {"url": "http://log.example/"})
    assert "https://" in str(bad.context["adminform"].form.errors["url"])
    assert desk.post(page, FORM | {"is_active": "on"}).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.failing_since) == (True, None)
    assert subscriptions.host_of(webhook) == "log.example"
