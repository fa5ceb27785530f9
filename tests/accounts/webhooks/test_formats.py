"""Security event tokens, and what a receiver answers: why not, and when to come back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import jwt
import pytest
import requests
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from accounts.doctor import webhooks as doctor
from accounts.models import SecurityEvent, User, Webhook, WebhookDelivery
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events.record import record
from accounts.webhooks import answers, event_tokens, subscriptions, worker
from accounts.webhooks.sending import RETRY_AFTER
from tests.accounts.webhooks.receiver import Receiver, receiving
from tests.accounts.webhooks.test_webhooks import is_due, subscribed

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "http://testserver/developers/events/#"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def webhook(receiver: Receiver) -> Webhook:
    return subscribed(receiver.url, *Event, format=Webhook.EVENT_TOKENS)


def heard(receiver: Receiver) -> list[dict[str, Any]]:
    unread = {"verify_signature": False}
    return [jwt.decode(body, options=unread) for _, body in receiver.heard]


def test_an_event_is_told_as_a_token_that_the_sites_keys_signed(
    receiver: Receiver, webhook: Webhook, alice: User, client: Browser
) -> None:
    event = record(Event.PASSWORD_CHANGED, actor=Actor.PERSON, user=alice, is_told=False)
    worker.work_off()
    ((headers, token),) = receiver.heard
    assert headers["content-type"] == "application/secevent+jwt"
    assert "webhook-signature" not in headers
    keys = jwt.PyJWKSet.from_dict(client.get("/oauth/jwks/").json())
    said = jwt.get_unverified_header(token)
    assert said["typ"] == "secevent+jwt"
    claims = jwt.decode(token, keys[said["kid"]], audience=receiver.url)
    delivery = WebhookDelivery.objects.get()
    issuer = "http://testserver"
    assert claims == {
        "iss": issuer,
        "aud": receiver.url,
        "iat": int(delivery.made_at.timestamp()),
        "jti": delivery.message_id,
        "toe": int(event.at.timestamp()),
        "sub_id": {"format": "iss_sub", "iss": issuer, "sub": alice.sub},
        "events": {
            f"{CAEP}credential-change": {
                "credential_type": "password",
                "change_type": "update",
                "initiating_entity": "user",
                "kind": "password_changed",
                "outcome": "succeeded",
                "actor": "person",
            }
        },
    }


def test_a_published_type_is_taken_where_it_says_exactly_what_happened(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    told: list[tuple[Event, Actor, Outcome, str]] = [
        (Event.EVERYTHING_ENDED, Actor.ADMIN, Outcome.SUCCEEDED, f"{CAEP}session-revoked"),
        (Event.EVERYTHING_ENDED, Actor.CLIENT, Outcome.SUCCEEDED, f"{RISC}account-disabled"),
        (Event.ACCOUNT_DELETED, Actor.SITE, Outcome.SUCCEEDED, f"{RISC}account-purged"),
        (Event.PASSWORD_RESET, Actor.UNKNOWN, Outcome.FAILED, f"{OWN}password_reset.failed"),
        (Event.PASSWORD_RESET, Actor.UNKNOWN, Outcome.SUCCEEDED, f"{CAEP}credential-change"),
        (Event.SIGN_OUT, Actor.PERSON, Outcome.SUCCEEDED, f"{OWN}sign_out.succeeded"),
    ]
    for kind, actor, outcome, _ in told:
        SecurityEvent.objects.create(kind=kind, outcome=outcome, actor=actor, sub=alice.sub)
    Webhook.objects.update(audience="https://collector.example/")
    worker.work_off()
    claims = heard(receiver)
    assert {each["aud"] for each in claims} == {"https://collector.example/"}
    found = {name for each in claims for name in each["events"]}
    assert found == {name for *_, name in told}
    begun_by = {
        payload.get("initiating_entity")
        for each in claims
        for name, payload in each["events"].items()
        if name.startswith(CAEP)
    }
    assert begun_by == {"admin", None}


def test_a_test_and_an_event_of_nobody_are_tokens_too(receiver: Receiver, webhook: Webhook) -> None:
    subscriptions.send_test(webhook)
    worker.work_off()
    WebhookDelivery.objects.all().delete()
    row = {"kind": Event.CLIENT_REFUSED, "outcome": Outcome.FAILED, "actor": Actor.UNKNOWN}
    SecurityEvent.objects.create(request_id="r1", **row)
    worker.work_off()
    test, refused = heard(receiver)
    assert test["events"] == {f"{OWN}test": {}}
    assert list(refused["events"]) == [f"{OWN}client_refused.failed"]
    assert ("sub_id" in refused, refused["txn"]) == (False, "r1")


WITHOUT_END = 30 * "9"


@pytest.mark.parametrize(
    "until",
    [
        f"Mon, 01 Jan 2030 00:00:00 +{WITHOUT_END}",
        f"Mon, 1 Jan {WITHOUT_END} 00:00:00 GMT",
        f"Mon, 01 Jan 2030 {WITHOUT_END}:0:0 GMT",
        5_000 * "9",
        "-1",
        "²",
    ],
)
def test_no_receiver_keeps_the_others_from_being_told(
    receiver: Receiver, webhook: Webhook, until: str
) -> None:
    receiver.answers, receiver.headers = [503], {"Retry-After": until}
    other = subscribed(receiver.url)
    for each in (webhook, other):
        subscriptions.send_test(each)
    worker.work_off()
    told = WebhookDelivery.objects.order_by("status").values_list("status", "problem")
    assert list(told) == [(204, ""), (503, "status 503")]


def _assert_told(broken: Webhook, other: Webhook) -> None:
    """Send both a message, of which the site's own fault befalls the first."""
    for each in (broken, other):
        subscriptions.send_test(each)
    worker.work_off()
    told = dict(WebhookDelivery.objects.values_list("webhook", "problem"))
    assert told == {broken.pk: "a fault of this site", other.pk: ""}
    broken.refresh_from_db()
    assert broken.failing_since is None


def test_a_message_that_cannot_be_written_holds_up_no_other(
    receiver: Receiver, webhook: Webhook
) -> None:
    webhook.format = "of a later version"
    webhook.save()
    _assert_told(webhook, subscribed(receiver.url))


def test_a_message_that_breaks_on_its_way_holds_up_no_other(
    receiver: Receiver, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook.url = f"{receiver.url}/broken"
    webhook.save()
    real = requests.Session.send

    def send(session: Any, request: Any, **options: Any) -> Any:
        if request.url == webhook.url:
            raise TypeError(HEADER)
        return real(session, request, **options)

    monkeypatch.setattr(requests.Session, "send", send)
    _assert_told(webhook, subscribed(receiver.url))


HEADER = "Bearer hush-0123456789"


@pytest.mark.parametrize("format", [Webhook.STANDARD, Webhook.EVENT_TOKENS])
def test_the_header_that_was_agreed_on_is_sent_and_never_told(
    receiver: Receiver, format: str, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    subscribed(receiver.url, *Event, format=format, authorization_header=HEADER)
    receiver.answers = [307, 400, 401, 200]
    receiver.says = f'{{"err": "no_{HEADER}", "seen": "{HEADER[7:]}"}}'.encode()
    record(Event.PASSWORD_CHANGED, actor=Actor.PERSON, user=alice, is_told=False)
    for _ in range(4):
        worker.work_off()
        is_due()
    assert [headers.get("authorization") for headers, _ in receiver.heard] == 4 * [HEADER]
    told = WebhookDelivery.objects.get()
    assert told.delivered_at
    assert "hush" not in f"{told.problem}{told.answer}{caplog.text}"
    assert "withheld" in told.answer


def test_without_one_there_is_no_authorization_header(receiver: Receiver, webhook: Webhook) -> None:
    subscriptions.send_test(webhook)
    worker.work_off()
    assert "authorization" not in receiver.heard[0][0]


def test_a_header_that_no_key_opens_is_not_left_out(receiver: Receiver, webhook: Webhook) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_webhook SET authorization_header = 'x'")
    subscriptions.send_test(webhook)
    worker.work_off()
    assert (receiver.heard, Webhook.objects.get().has_authorization_header) == ([], True)
    assert "ENCRYPTION_KEYS" in WebhookDelivery.objects.get().problem
    (found,) = [each for each in doctor.examine() if each.checked.endswith("opens")]
    assert "Collector" in found.found


def test_what_the_receiver_can_never_read_is_not_sent_again(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    record(Event.SIGN_OUT, actor=Actor.PERSON, user=alice)
    receiver.answers = [400, 400, 400, 400]
    for says, problem, standing in (
        (b'{"err": "invalid_audience", "description": "?"}', "invalid_audience", "waiting"),
        (b"<p>out of order", "", "waiting"),
        (b'{"err": ["x"]}', "", "waiting"),
        (b'{"err": "invalid_request"}', "invalid_request", "failed"),
    ):
        receiver.says = says
        worker.work_off()
        delivery = WebhookDelivery.objects.get()
        assert delivery.problem == f"status 400{': ' * bool(problem)}{problem}"
        assert delivery.standing == standing
        is_due()


def test_a_receiver_that_asks_for_time_is_left_alone_for_as_long(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    receiver.answers, receiver.headers = [503, 503], {"Retry-After": "120"}
    record(Event.SIGN_OUT, actor=Actor.PERSON, user=alice)
    worker.work_off()
    delivery, began = WebhookDelivery.objects.get(), timezone.now()
    assert delivery.due_at is not None
    assert 110 < (delivery.due_at - began).total_seconds() <= 120
    record(Event.SIGN_OUT, actor=Actor.PERSON, user=alice)
    is_due()
    worker.work_off()
    assert len(receiver.heard) == 1, "neither the same message nor another"
    subscriptions.send_test(webhook)  # somebody wants to see it answer
    worker.work_off()
    assert len(receiver.heard) == 2


def test_how_long_to_wait_is_read_within_bounds() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    webhook = Webhook()
    for text, least, most in (
        *(("30", 30, 30), ("0", 0, 0), ("9" * 40, 28_800, 28_800), ("-5", 0, 0), ("²", 0, 0)),
        *((soon, 50, 60), (soon.replace("GMT", "-0000"), 50, 60)),
        *(("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("tomorrow", 0, 0), ("", 0, 0)),
        ("Wed, 21 Oct 9999 07:28:00 GMT", 28_800, 28_800),
    ):
        answer = requests.Response()
        answer.status_code, answer._content = 429, b""
        answer.headers["Retry-After"] = text
        assert least <= answers.read(webhook, answer, 0).wait <= most, text
        answer.status_code = 500
        assert answers.read(webhook, answer, 0).wait == 0
    assert max(RETRY_AFTER) == answers.LONGEST_WAIT


def test_every_published_type_is_told_on_the_page_of_events(client: Browser) -> None:
    told = client.get(event_tokens.PAGE).content.decode()
    assert [each.name for each in event_tokens.PUBLISHED.values() if each.name not in told] == []
    for kind in (*(f"{event}.failed" for event in Event), "test"):
        assert f'id="{kind}"' in told
