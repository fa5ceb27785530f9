"""About where an address is: from the operator's own database, and never in anybody's way."""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.checks import run_checks
from django.test import Client as Browser
from django.utils import translation

from accounts.models import Session, User
from accounts.network import places
from accounts.network.places import place
from accounts.oauth_server.models import Authorization, PersonalToken
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.conftest import PASSWORD
from tests.mmdb import database, named

__all__ = ["app"]

pytestmark = pytest.mark.django_db

BERLIN, QUITO, SOMEWHERE = "194.0.0.7", "2001:4f8::7", "196.0.0.7"
GERMANY = {"en": "Germany", "de": "Deutschland"}
NETWORKS = {
    "194.0.0.0/24": named({"en": "Berlin", "pt-BR": "Berlim"}, GERMANY),
    "195.0.0.0/24": named(None, GERMANY),
    SOMEWHERE: named({"en": "<b>Quito</b>\u202e"}, {"en": "Ecuador"}),
    "10.0.0.0/8": named({"en": "Nowhere"}),
    "2001:4f8::/32": named({"en": "Quito"}, {"en": "Ecuador"}),
}


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Iterator[Path]:
    path = tmp_path / "places.mmdb"
    path.write_bytes(database(NETWORKS))
    settings.GEOIP_DATABASE = str(path)
    yield path
    places.close()


def in_words(address: str, language: str = "en") -> str:
    with translation.override(language):
        return place(address)


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(
    ("address", "language", "said"),
    [
        (BERLIN, "en", "Berlin, Germany"),
        (BERLIN, "de", "Berlin, Deutschland"),
        (BERLIN, "de-at", "Berlin, Deutschland"),
        (BERLIN, "pt-br", "Berlim, Germany"),
        (BERLIN, "ar", "Berlin، Germany"),
        ("195.0.0.1", "de", "Deutschland"),
        (QUITO, "en", "Quito, Ecuador"),
        (SOMEWHERE, "en", "<b>Quito</b>\\u202e, Ecuador"),
        ("197.0.0.1", "en", ""),  # not in it
        ("10.0.0.1", "en", ""),  # in it, but private
        ("127.0.0.1", "en", ""),
        ("::1", "en", ""),
        ("", "en", ""),
        ("no address", "en", ""),
    ],
)
def test_a_place_is_said_in_the_language_of_the_person(
    address: str, language: str, said: str
) -> None:
    assert in_words(address, language) == said


def test_without_a_database_nothing_is_known_and_nothing_read(settings: Any) -> None:
    settings.GEOIP_DATABASE = ""
    assert in_words(BERLIN) == ""


def test_a_file_that_was_replaced_is_read_anew(file: Path) -> None:
    assert in_words(BERLIN) == "Berlin, Germany"
    new = file.with_suffix(".new")
    new.write_bytes(database({"194.0.0.0/24": named({"en": "Bonn"})}))
    os.replace(new, file)
    assert in_words(BERLIN) == "Bonn"


def test_a_file_that_goes_wrong_later_costs_the_place_alone(
    file: Path, alices_browser: Browser
) -> None:
    alices_browser.defaults["REMOTE_ADDR"] = BERLIN
    Session.objects.update(last_seen=None)
    alices_browser.get("/account/")
    assert "Berlin" in alices_browser.get("/account/sessions/").content.decode()
    whole = file.read_bytes()
    for broken in (whole[:100], b"", b"not a database", whole[:-40]):
        file.write_bytes(broken)
        page = alices_browser.get("/account/sessions/")
        assert page.status_code == 200
        assert BERLIN in page.content.decode()
    file.unlink()
    assert alices_browser.get("/account/sessions/").status_code == 200


def test_no_damaged_byte_is_an_error(file: Path) -> None:
    """Each in turn, and many at once: with a seed, so that a failure can be repeated."""
    whole, chance = file.read_bytes(), random.Random(7)
    for turn in range(400):
        damaged = bytearray(whole)
        for _ in range(1 + turn % 5):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        file.write_bytes(damaged)
        os.utime(file, ns=(turn, turn))  # another version of the file, however quick this is
        assert isinstance(in_words(BERLIN), str)


@pytest.mark.parametrize(
    ("kind", "said"), [("missing", "there is no such file"), ("text", "not a MaxMind DB")]
)
def test_a_wrong_path_shows_at_start(kind: str, said: str, tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "places.mmdb"
    if kind == "text":
        path.write_text("<html>Please sign in to download</html>")
    settings.GEOIP_DATABASE = str(path)
    (found,) = [message for message in run_checks() if message.id == "accounts.E024"]
    assert said in found.msg
    assert ".mmdb" in str(found.hint)


def test_a_directory_is_no_database(tmp_path: Path, settings: Any) -> None:
    settings.GEOIP_DATABASE = str(tmp_path)
    assert "accounts.E024" in {message.id for message in run_checks()}


@pytest.mark.usefixtures("file")
def test_a_good_database_is_no_problem() -> None:
    assert {"accounts.E024", "accounts.W005"}.isdisjoint(message.id for message in run_checks())


@pytest.mark.parametrize(
    "record",
    [
        {"autonomous_system_number": 64500, "autonomous_system_organization": "Example"},
        {"is_anonymous": 1},
        {"country": "DE", "country_name": "Germany"},  # IPinfo's: no names by language
        {"country": {"iso_code": "DE"}},
        {},
    ],
)
def test_a_database_of_something_else_shows_at_start(file: Path, record: dict[str, Any]) -> None:
    file.write_bytes(database({"194.0.0.0/24": record}, "Test-ASN"))
    (found,) = [message for message in run_checks() if message.id == "accounts.W005"]
    assert "Test-ASN" in found.msg
    assert ".mmdb" in str(found.hint)
    assert in_words(BERLIN) == ""


def test_a_database_of_countries_alone_is_fine(file: Path) -> None:
    file.write_bytes(database({"194.0.0.0/24": named(None, {"fr": "Allemagne"})}))
    assert "accounts.W005" not in {message.id for message in run_checks()}


@pytest.mark.usefixtures("file")
def test_pages_say_where_it_was_near(alice: User, app: App) -> None:
    browser = signed_in(alice)
    app.tokens_for(alice)
    Authorization.objects.update(last_address=SOMEWHERE)
    Session.objects.filter(user=alice).update(address=BERLIN)
    PersonalToken.objects.issue(alice, name="mine", scopes=frozenset({"profile"}), expires=None)
    PersonalToken.objects.update(last_used="2030-01-01T00:00Z", last_address=BERLIN)
    browser.defaults["REMOTE_ADDR"] = BERLIN
    browser.post("/account/export/")
    app_page = f"/account/apps/{Authorization.objects.get().pk}/"

    for path in ("/account/sessions/", "/account/activity/", "/account/tokens/"):
        page = browser.get(path).content.decode()
        assert "near <bdi>Berlin, Germany</bdi>" in page, path
    for path in ("/account/apps/", app_page):
        page = browser.get(path).content.decode()
        assert "near <bdi>&lt;b&gt;Quito&lt;/b&gt;" in page, path


def test_an_app_was_let_in_from_where_its_person_said_yes(alice: User, app: App) -> None:
    browser = signed_in(alice)
    browser.defaults["REMOTE_ADDR"] = BERLIN
    app.ask(browser)
    assert Authorization.objects.get().last_address == BERLIN


def test_an_app_was_last_used_from_where_it_fetched_its_tokens(alice: User, app: App) -> None:
    app.tokens_for(alice)
    assert Authorization.objects.get().last_address == "127.0.0.1"


@pytest.mark.usefixtures("file")
def test_the_export_says_it_beside_each_address(alice: User, app: App) -> None:
    browser = signed_in(alice)
    browser.defaults["REMOTE_ADDR"] = BERLIN
    app.tokens_for(alice)
    Authorization.objects.update(last_address=BERLIN)
    Session.objects.filter(user=alice).update(address=BERLIN)
    response: Any = browser.post("/account/export/")
    found = json.loads(b"".join(response.streaming_content))
    assert found["apps"][0]["near"] == "Berlin, Germany"
    assert found["sessions"][0]["near"] == "Berlin, Germany"
    assert found["security_events"][0]["near"] == "Berlin, Germany"
    assert "near" not in found["email_addresses"][0]


@pytest.mark.usefixtures("file")
@pytest.mark.django_db(transaction=True)
def test_a_notice_says_it_in_the_language_of_its_reader(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(locale="de")
    User.objects.filter(pk=alice.pk).update(date_joined="2020-01-01T00:00Z")
    browser = Browser(REMOTE_ADDR=BERLIN)
    browser.post("/accounts/login/code/", {"email": alice.email})
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    code, new_sign_in = mail.outbox
    for message in (code, new_sign_in):
        assert "Berlin, Deutschland" in message.body
