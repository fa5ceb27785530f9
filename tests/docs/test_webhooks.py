"""docs/webhooks.md: its receiver verifies what this site signs, and what others do."""

import json
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.test import Client as Browser

from accounts.models import Webhook
from accounts.oauth_server.models import SigningKey
from accounts.webhooks import event_tokens, subscriptions
from accounts.webhooks.sending import RETRY_AFTER
from accounts.webhooks.signature import new_secret, sign
from tests.documents import Document

DOCUMENT = Document("docs/webhooks.md")
BODY = json.dumps({"type": "test"}).encode()


def receiver() -> Any:
    names: dict[str, Any] = {}
    for block in DOCUMENT.blocks("python"):
        exec(block, names)
    return names


def headers(secret: str, sent: int) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(sent),
        "webhook-signature": sign([new_secret(), secret], "msg_1", sent, BODY),
    }


def test_the_receiver_takes_a_message_once_and_refuses_what_is_not_ours() -> None:
    told, secret, seen, now = receiver(), new_secret(), set[str](), int(time.time())
    receive = told["receive"]
    assert receive(secret, headers(secret, now), BODY, seen) == {"type": "test"}
    assert receive(secret, headers(secret, now), BODY, seen) is None
    for given, body in (
        (headers(new_secret(), now), BODY),
        (headers(secret, now), BODY + b" "),
        (headers(secret, now) | {"webhook-id": "msg_2"}, BODY),
        (headers(secret, now - 400), BODY),
    ):
        with pytest.raises(told["Refused"]):
            receive(secret, given, body, set())


def test_a_signature_is_the_one_of_an_example_that_others_publish() -> None:
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signature = sign([secret], message, 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.django_db
def test_the_receiver_of_tokens_takes_a_token_once_and_no_other_token(client: Browser) -> None:
    told, seen, keys = receiver(), set[str](), client.get("/oauth/jwks/").json()
    webhook = Webhook.objects.create(name="Log", url="https://log.example/", secret="x")
    token = event_tokens.sign(subscriptions.send_test(webhook), None)
    issuer, receive = "http://testserver", told["receive_token"]
    assert receive(keys, issuer, webhook.url, token, seen)["jti"].startswith("msg_")
    assert receive(keys, issuer, webhook.url, token, seen) is None
    id_token = SigningKey.objects.sign({"iss": issuer, "aud": webhook.url, "iat": 1, "jti": "1"})
    with pytest.raises(told["Refused"]):
        receive(keys, issuer, webhook.url, id_token, set())
    with pytest.raises(jwt.InvalidAudienceError):
        receive(keys, issuer, "https://other.example/", token, set())


def test_the_document_names_each_type(client: Browser) -> None:
    told = {row[0]: row[1] for row in DOCUMENT.rows("Security event tokens")}
    for event, published in event_tokens.PUBLISHED.items():
        (said,) = [text for kinds, text in told.items() if f"`{event}`" in kinds]
        assert f"`{published.name.rpartition('/')[2]}`" in said


def test_the_document_names_each_wait() -> None:
    waits = "5 seconds, 1, 5 and 15 minutes, 1, 2, 4, 4, 8 and 8 hours"
    assert waits in " ".join(DOCUMENT.text.split())
    told = [timedelta(seconds=5), *(timedelta(minutes=m) for m in (1, 5, 15))]
    told += [timedelta(hours=h) for h in (1, 2, 4, 4, 8, 8)]
    assert [timedelta(seconds=each) for each in RETRY_AFTER] == told
