"""The keys that sign ID tokens: one an algorithm, changed without an outage, or at once."""

import base64
import contextlib
import hashlib
import json
import re
import threading
from datetime import datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any

import jwt
import pytest
import requests
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, ProtectedResource, SigningKey
from accounts.oauth_server.models.signing_key import ALGORITHMS
from accounts.oauth_server.tokens.key_changes import forecast, state
from accounts.site import kept_answers
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.second_factors.authenticators import confirmed

HASHES = {"RS256": "sha256", "PS256": "sha256", "ES256": "sha256", "EdDSA": "sha512"}
PUBLIC_MEMBERS = {"kid", "kty", "alg", "use", "n", "e", "crv", "x", "y"}


KEYS = "/admin/oauth_server/signingkey/"
JOBS = "https://jobs.example/"


def jwks() -> dict[str, Any]:
    """What is published as soon as the process reads it anew: views/test_metadata.py says when."""
    kept_answers.forget()
    return Browser().get("/oauth/jwks/").json()


def kids() -> set[str]:
    return {key["kid"] for key in jwks()["keys"] if key["alg"] == "RS256"}


def kid_of(id_token: str) -> str:
    return jwt.get_unverified_header(id_token)["kid"]


def verify(id_token: str, app: App, keys: dict[str, Any] | None = None) -> dict[str, Any]:
    """As a client does. Raises KeyError where the key is not published."""
    key = jwt.PyJWKSet.from_dict(keys or jwks())[kid_of(id_token)]
    algorithms = [jwt.get_unverified_header(id_token)["alg"]]
    return jwt.decode(id_token, key, algorithms, audience=app.client.client_id)


def pass_time(**duration: int) -> None:
    """Let the keys grow older, as nobody can make the clock run."""
    earlier = timedelta(**duration)
    SigningKey.objects.update(
        signs_from=F("signs_from") - earlier, published_until=F("published_until") - earlier
    )


def rotate(*options: str) -> list[dict[str, str]]:
    out = StringIO()
    call_command("rotate_signing_key", "--yes", *options, stdout=out)
    return json.loads(out.getvalue())


def test_there_is_one_key_an_algorithm_and_its_public_half_alone_is_shown(db: None) -> None:
    keys = jwks()["keys"]

    assert sorted(key["alg"] for key in keys) == sorted(ALGORITHMS)
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key["use"] == "sig"
        assert set(key) <= PUBLIC_MEMBERS


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_client_has_its_id_tokens_signed_as_it_registered(
    app: App, alice: User, algorithm: str
) -> None:
    app.client.algorithm = algorithm
    app.client.save()
    tokens = app.tokens_for(alice)

    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == algorithm
    claims = verify(tokens["id_token"], app)
    hashed = hashlib.new(HASHES[algorithm], tokens["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(hashed[: len(hashed) // 2]).decode().rstrip("=")
    assert claims["at_hash"] == half


def test_a_client_that_keeps_the_keys_knows_that_of_the_first_token(app: App, alice: User) -> None:
    kept = jwks()

    app.client.algorithm = "ES256"
    app.client.save()
    assert verify(app.tokens_for(alice)["id_token"], app, kept)


def test_a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_end(
    app: App, alice: User
) -> None:
    before = app.tokens_for(alice)["id_token"]
    (old,) = kids()

    (new,) = rotate()
    assert kids() == {old, new["kid"]}
    pass_time(minutes=5)  # for as long clients may keep the set
    last = app.tokens_for(alice)["id_token"]
    assert kid_of(last) == old
    kept = jwks()

    pass_time(minutes=2)
    first = app.tokens_for(alice)["id_token"]
    assert kid_of(first) == new["kid"]
    assert verify(first, app, kept)
    for token in (before, last, first):
        assert verify(token, app)

    pass_time(minutes=58)
    assert verify(last, app)
    pass_time(minutes=5)
    assert kids() == {new["kid"]}
    assert verify(app.tokens_for(alice)["id_token"], app)


def test_a_key_that_signs_no_more_is_forgotten_at_the_next_change(db: None) -> None:
    (old,) = kids()
    rotate()
    pass_time(hours=3)
    rotate()

    retired = SigningKey.objects.get(kid=old)
    assert retired.private_jwk == ""
    assert retired.public_jwk["kid"] == old


def test_changing_twice_makes_one_new_key(db: None) -> None:
    kids()
    first, second = rotate(), rotate()

    assert first == second
    assert len(kids()) == 2


def test_all_algorithms_change_at_once(db: None) -> None:
    before = jwks()["keys"]
    new = rotate("--algorithm", "all")

    assert [key["algorithm"] for key in new] == ALGORITHMS
    assert len(jwks()["keys"]) == 2 * len(before)


def test_a_stolen_key_is_replaced_at_once(app: App, alice: User) -> None:
    stolen = app.tokens_for(alice)["id_token"]
    rotate()  # the one that is waiting may have been stolen too
    (new,) = rotate("--now")

    # Until every process gives the new one to who looks it up, the old one signs.
    assert kids() == {new["kid"], kid_of(stolen)}
    assert verify(app.tokens_for(alice)["id_token"], app)
    pass_time(seconds=11)
    under_way = kids()
    assert kid_of(app.tokens_for(alice)["id_token"]) == new["kid"]
    assert under_way == {new["kid"], kid_of(stolen)}
    pass_time(seconds=11)
    assert kids() == {new["kid"]}
    with pytest.raises(KeyError):
        verify(stolen, app)
    fresh = app.tokens_for(alice)["id_token"]
    assert kid_of(fresh) == new["kid"]
    assert verify(fresh, app)
    call_command("cleartokens", stdout=StringIO())
    assert [key.kid for key in SigningKey.objects.filter(algorithm="RS256")] == [new["kid"]]


def test_who_withdraws_a_key_twice_has_one_new_key_and_one_that_signs_till_then(db: None) -> None:
    (old,) = kids()
    rotate("--now")
    (new,) = rotate("--now")
    assert kids() == {old, new["kid"]}
    assert SigningKey.objects.current("RS256").kid == old


def test_a_key_that_cannot_be_opened_is_withdrawn_at_once(db: None, settings: Any) -> None:
    kids()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    (new,) = rotate("--now")
    assert kids() == {new["kid"]}


def test_a_hint_that_a_stolen_key_signed_is_not_believed(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    browser = Browser()
    browser.force_login(alice)

    hinted = answer_in(app.send(browser, prompt="none", id_token_hint=tokens["id_token"]))
    assert "code" in hinted
    rotate("--now")
    hinted = answer_in(app.send(browser, prompt="none", id_token_hint=tokens["id_token"]))
    assert hinted["error"] == "invalid_request"


def test_an_admin_changes_keys(bob: User, app: App, alice: User) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    desk = confirmed(bob)
    (old,) = kids()
    key = SigningKey.objects.get(kid=old)

    for action, expected in (("rotate", 2), ("replace", 2)):
        form = {"action": action, "_selected_action": [key.pk]}
        before = kids()
        asked = desk.post(KEYS, form).content.decode()
        assert kids() == before
        assert key.kid[:8] in asked
        assert "Clients that use RS256: Photo Album" in asked
        page = desk.post(KEYS, form | hidden(asked), follow=True)
        assert page.request["PATH_INFO"] == f"{KEYS}receipt/"
        assert "The new key for RS256" in page.content.decode()
        assert len(kids()) == expected
        key = SigningKey.objects.filter(algorithm="RS256").latest("generation")
    pass_time(seconds=21)
    assert old not in kids()
    assert verify(app.tokens_for(alice)["id_token"], app)


def test_an_admin_reads_in_words_what_each_key_does(desk: Browser, app: App) -> None:
    def states() -> list[str]:
        keys = SigningKey.objects.filter(algorithm="RS256").order_by("generation")
        page = unescape(desk.get(KEYS).content.decode())
        found = [state(key) for key in keys]
        assert all(each in page for each in found)
        return [each.split(".")[0].split(",")[0].split(" on ")[0] for each in found]

    kids()
    assert states() == ["Signs now"]
    SigningKey.objects.rotate("RS256")
    assert states() == ["Signs now", "Waits"]
    pass_time(hours=1)
    assert states()[1] == "Signs now"
    assert states()[0] in ("Signs no more", "Retired")
    pass_time(days=90)
    assert states() == ["Retired", "Signs now"]


def hidden(page: str) -> dict[str, str]:
    """What the form of a page sends by itself."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page.split("<form")[-1]))


def is_told(moment: datetime, words: str, told: str) -> bool:
    """Whether `told` has `words` and that minute behind them, or the one of just before."""
    minutes = (moment, moment - timedelta(minutes=1))
    return any(f"{words} {each:%Y-%m-%d %H:%M} UTC" in told for each in minutes)


def test_it_is_told_before_what_a_rotation_does(app: App, alice: User) -> None:
    (old,) = kids()
    told = " ".join(forecast("RS256", now=False))
    rotate()
    key = SigningKey.objects.get(kid=old)
    new = SigningKey.objects.exclude(kid=old).get(algorithm="RS256")
    assert f"Until then {old[:8]}… signs" in told
    assert is_told(new.signs_from, "signs from", told)
    assert is_told(key.published_until, "verify until", told)
    assert "Clients that use RS256: Photo Album." in told
    again = " ".join(forecast("RS256", now=False))
    assert f"{new.kid[:8]}… waits already" in again


def test_it_is_told_before_what_a_withdrawal_does(app: App) -> None:
    (old,) = kids()
    told = " ".join(forecast("RS256", now=True))
    assert f"These are withdrawn for good: {old[:8]}…." in told
    assert "signs in 10 seconds" in told
    assert "no token that they have signed verifies" in told
    assert "No client uses ES256." in forecast("ES256", now=True)


def test_live_tokens_of_each_key_are_counted_before_and_after_a_withdrawal(
    app: App, alice: User, desk: Browser
) -> None:
    kids()
    assert desk.get(f"{KEYS}receipt/")["Location"] == KEYS  # nothing was changed in this session
    jwts = {"access_token_format": ProtectedResource.JWT, "algorithm": "RS256"}
    ProtectedResource.objects.create(identifier=JOBS, name="Jobs", **jwts)
    ends = timezone.now() + timedelta(minutes=5)
    for audience in (JOBS, f"{JOBS} https://more.example/", "https://other.example/", ""):
        AccessToken.objects.create(
            user=alice, application=app.client, expires=ends, audience=audience,
            token_checksum=f"digest of {audience}",
        )  # fmt: skip
    SigningKey.objects.rotate("RS256")
    key = SigningKey.objects.get(algorithm="RS256", generation=1)
    counted = f"Live access tokens as JWTs that {key.kid[:8]}… has signed: 2."
    form = {"action": "replace", "_selected_action": [key.pk]}
    asked = desk.post(KEYS, form).content.decode()
    assert counted in asked
    assert asked.count("Live access tokens") == 1  # the one that waits has signed nothing
    done = desk.post(KEYS, form | hidden(asked), follow=True).content.decode()
    assert counted in done
    desk.get(f"{KEYS}receipt/")  # loading it again changes nothing
    assert SigningKey.objects.filter(algorithm="RS256").count() == 2


def test_the_command_changes_nothing_where_nobody_says_yes(db: None) -> None:
    before = kids()
    for options in ([], ["--now"]):
        said = StringIO()
        with pytest.raises(CommandError, match="--yes"):
            call_command("rotate_signing_key", *options, stderr=said)
        assert next(iter(before))[:8] in said.getvalue()
    assert kids() == before


@pytest.mark.parametrize(("answer", "expected"), [("y", 2), ("n", 1), ("", 1)])
def test_the_command_asks_whoever_sits_before_it(
    db: None, monkeypatch: pytest.MonkeyPatch, answer: str, expected: int
) -> None:
    kids()
    terminal = StringIO(f"{answer}\n")
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    with contextlib.suppress(CommandError):
        call_command("rotate_signing_key", stdout=StringIO(), stderr=StringIO())
    assert len(kids()) == expected


def test_staff_without_all_powers_cannot_change_keys(bob: User) -> None:
    bob.is_staff = True
    bob.save()
    desk = confirmed(bob)
    before = kids()
    form = {"action": "replace", "_selected_action": [SigningKey.objects.first().pk]}

    assert desk.post(KEYS, form | {"sure": "yes"}).status_code == 403
    assert kids() == before


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_together_make_one_first_key(live_server: Any) -> None:
    start = threading.Barrier(6)
    seen: list[Any] = []

    def read() -> None:
        start.wait()
        answer = requests.get(f"{live_server.url}/oauth/jwks/", timeout=30, headers=HOST)
        seen.append(answer.json())

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert len(seen) == 6
    assert {key["kid"] for answer in seen for key in answer["keys"]} == {
        key["kid"] for key in jwks()["keys"]
    }
    assert SigningKey.objects.count() == len(ALGORITHMS)


HOST = {"Host": "testserver"}
