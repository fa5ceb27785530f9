"""The registry of scopes: one entry is enough for every place that names, grants or opens one."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import translation
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.oauth_server.management.commands import register_client
from accounts.oauth_server.models import Client
from accounts.oauth_server.rules.scopes import SCOPES, Holder, Scope, _claims_of, held_by
from accounts.site import kept_answers
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.oauth_server.app import App, answer_in, error_in, me
from tests.accounts.oauth_server.registering import register as register_itself

pytestmark = pytest.mark.django_db

SENTENCE = "See which country you live in"
COUNTRY = Scope("country", SENTENCE, claims=("country",))
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
TOKEN = {"name": "backup script", "scopes": ["country"], "lasts": "30"}


@contextmanager
def registered(scope: Scope) -> Iterator[None]:
    """Add one entry to the registry, for as long as this lasts. A process that starts with it
    would have remembered nothing of the others."""
    assert scope.name not in SCOPES
    SCOPES[scope.name] = scope
    _remember_nothing()
    try:
        yield
    finally:
        del SCOPES[scope.name]
        _remember_nothing()


def _remember_nothing() -> None:
    held_by.cache_clear()
    _claims_of.cache_clear()
    kept_answers.forget()


@dataclass
class Scene:
    """Alice in Berlin; an app that an admin allowed the new scope; Bob at his desk."""

    app: App
    alice: User
    desk: Browser
    settings: Any

    def browser(self) -> Browser:
        return signed_in(self.alice)

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return self.app.tokens_for(self.alice, **{"scope": "openid profile country"} | changes)


@pytest.fixture
def scene(app: App, alice: User, desk: Browser, settings: Any) -> Scene:
    alice.country = "DE"
    alice.save()
    app.client.scopes += " country"
    app.client.grant_types += f" {DEVICE_CODE}"
    app.client.save()
    return Scene(app, alice, desk, settings)


def text(response: HttpResponse) -> str:
    assert response.status_code == 200, response
    return response.content.decode()


def document(path: str) -> dict[str, Any]:
    return Browser().get(path, headers={"Accept": "application/json"}).json()


def told_at_userinfo(tokens: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return Browser().get("/oauth/userinfo/", headers=headers).json()


def device_page(scene: Scene) -> str:
    asked = {"scope": "openid country"}
    device = scene.app.post("/oauth/device-authorization/", asked).json()
    return text(scene.browser().post("/oauth/device/", {"user_code": device.get("user_code", "")}))


def app_page(scene: Scene, path: str = "") -> str:
    scene.app.ask(scene.browser(), scope="openid country")
    pk = scene.alice.authorizations.get().pk
    return text(scene.browser().get(path or f"/account/apps/{pk}/"))


def personal_token_page(scene: Scene, path: str = "") -> str:
    browser = scene.browser()
    made = browser.post("/account/tokens/new/", TOKEN)
    return text(browser.get(path) if path else made)


def scopes_of_self_registered(scene: Scene) -> str:
    scene.settings.REGISTRATION = "open"
    scene.settings.REGISTRATION_SCOPES = ["openid", "country"]
    assert [message for message in run_checks() if message.id == "oauth_server.E004"] == []
    return register_itself(scope="openid country")["scope"]


def scopes_of_command(scene: Scene) -> str:
    given = ("--name", "Map", "--redirect-uri", "https://map.example/", "--scopes", "country")
    call_command("register_client", *given, "--default-scopes", "country", stdout=StringIO())
    return Client.objects.get(name="Map").scopes


def help_of_command(scene: Scene) -> str:
    command: BaseCommand = register_client.Command()
    return command.create_parser("manage.py", "register_client").format_help()


def schema() -> dict[str, Any]:
    return document("/api/v1/schema")["components"]


# Each place, and what is read there once the entry is made.
PLACES: dict[str, tuple[Callable[[Scene], Any], str]] = {
    "consent": (lambda s: text(s.app.send(s.browser(), scope="openid country")), SENTENCE),
    "consent on a device": (device_page, SENTENCE),
    "apps page": (lambda s: app_page(s, "/account/apps/"), SENTENCE),
    "one app's page": (app_page, SENTENCE),
    "who may read the profile": (lambda s: app_page(s, "/account/profile/"), "Photo Album"),
    "form of personal tokens": (lambda s: text(s.browser().get("/account/tokens/new/")), SENTENCE),
    "personal token made": (personal_token_page, SENTENCE),
    "personal tokens": (lambda s: personal_token_page(s, "/account/tokens/"), SENTENCE),
    "OpenID metadata, scopes": (
        lambda s: document("/.well-known/openid-configuration")["scopes_supported"],
        "country",
    ),
    "OpenID metadata, claims": (
        lambda s: document("/.well-known/openid-configuration")["claims_supported"],
        "country",
    ),
    "server metadata": (
        lambda s: document("/.well-known/oauth-authorization-server")["scopes_supported"],
        "country",
    ),
    "the API's metadata": (
        lambda s: document("/.well-known/oauth-protected-resource/api/v1")["scopes_supported"],
        "country",
    ),
    "OpenAPI, scopes": (
        lambda s: schema()["securitySchemes"]["accessToken"]["flows"]["authorizationCode"][
            "scopes"
        ].values(),
        SENTENCE,
    ),
    "OpenAPI, claims": (
        lambda s: json.dumps(schema()["schemas"]["Me"]["properties"].get("country")),
        "Needs the scope country.",
    ),
    "access token": (lambda s: s.tokens()["scope"], "country"),
    "access token of an app for itself": (
        lambda s: s.app.post(
            "/oauth/token/", {"grant_type": "client_credentials", "scope": "country"}
        ).json()["scope"],
        "country",
    ),
    "introspection": (
        lambda s: s.app.introspect(s.tokens()["access_token"])["scope"],
        "country",
    ),
    "userinfo": (lambda s: told_at_userinfo(s.tokens()), "country"),
    "userinfo, asked for by name": (
        lambda s: told_at_userinfo(
            s.tokens(scope="openid", claims=json.dumps({"userinfo": {"country": None}}))
        ),
        "country",
    ),
    "/api/v1/me": (lambda s: me(s.tokens()["access_token"]).json(), "country"),
    "registration": (scopes_of_self_registered, "country"),
    "register_client": (scopes_of_command, "country"),
    "register_client --help": (help_of_command, "country"),
    "Django admin": (
        lambda s: text(s.desk.get("/admin/oauth_server/client/add/?kind=other")),
        SENTENCE,
    ),
}


def is_there(place: str, scene: Scene) -> bool:
    read, expected = PLACES[place]
    try:
        return expected in read(scene)
    except (AssertionError, CommandError, KeyError):
        return False  # it was refused


@pytest.mark.parametrize("place", PLACES)
def test_one_entry_in_the_registry_is_enough(place: str, scene: Scene) -> None:
    assert not is_there(place, scene)
    with registered(COUNTRY):
        read, expected = PLACES[place]
        assert expected in read(scene)


def test_what_the_entry_lets_in_ends_with_it(scene: Scene) -> None:
    with registered(COUNTRY):
        tokens = scene.tokens()
        token = re.search(r"lk_pat_\w+", personal_token_page(scene))
    assert token
    assert "country" not in told_at_userinfo(tokens)
    assert "country" not in scene.app.refresh(tokens["refresh_token"]).json()["scope"]
    assert me(token[0]).status_code == 403


def test_its_sentence_is_read_in_the_language_of_the_reader(scene: Scene) -> None:
    translated = replace(COUNTRY, sentence=gettext_lazy("Recently used"))
    with registered(translated):
        page = scene.app.send(scene.browser(), scope="openid country", ui_locales="de")
    with translation.override("de"):
        assert str(translated.sentence) in text(page)
    assert str(translated.sentence) not in text(page)


# --- Whom it is for ---


def test_what_is_for_apps_alone_is_asked_of_no_person(scene: Scene) -> None:
    with registered(replace(COUNTRY, holders=Holder.CLIENT)):
        refused = scene.app.send(scene.browser(), scope="openid country")
        assert answer_in(refused)["error"] == "invalid_scope"
        device = scene.app.post("/oauth/device-authorization/", {"scope": "openid country"})
        assert error_in(device) == (400, "invalid_scope")
        assert SENTENCE not in text(scene.browser().get("/account/tokens/new/"))
        by_itself = {"grant_type": "client_credentials", "scope": "country"}
        assert scene.app.post("/oauth/token/", by_itself).json()["scope"] == "country"


def test_what_is_for_people_alone_is_had_by_no_app_for_itself(scene: Scene) -> None:
    scene.app.client.default_scopes = "profile country"
    scene.app.client.save()
    with registered(replace(COUNTRY, holders=Holder.PERSON)):
        by_itself = {"grant_type": "client_credentials"}
        refused = scene.app.post("/oauth/token/", by_itself | {"scope": "country"})
        assert error_in(refused) == (400, "invalid_scope")
        assert scene.app.post("/oauth/token/", by_itself).json()["scope"] == "profile"
        assert SENTENCE not in text(scene.browser().get("/account/tokens/new/"))
        assert scene.tokens()["scope"] == "openid profile country"


def test_what_is_for_personal_tokens_alone_is_had_by_no_app(scene: Scene) -> None:
    with registered(replace(COUNTRY, holders=Holder.PERSONAL_TOKEN)):
        assert SENTENCE in personal_token_page(scene)
        refused = scene.app.send(scene.browser(), scope="openid country")
        assert answer_in(refused)["error"] == "invalid_scope"


def test_a_claim_of_two_scopes_is_asked_for_by_the_one_that_the_app_may_have(
    scene: Scene,
) -> None:
    contact = Scope("contact", "See how you can be reached", claims=("email", "phone_number"))
    wish = json.dumps({"userinfo": {"email": None}})
    with registered(contact):
        page = text(scene.app.send(scene.browser(), scope="openid", claims=wish))
        assert str(SCOPES["email"].sentence) in page
        assert str(contact.sentence) not in page

        scene.app.client.scopes = "openid contact"
        scene.app.client.save()
        page = text(scene.app.send(scene.browser(), scope="openid", claims=wish))
        assert str(SCOPES["email"].sentence) not in page
        assert str(contact.sentence) in page
