"""An admin registers client apps and ends what they hold, in Django admin."""

import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Authorization, Client, ClientSecret
from accounts.oauth_server.models.client_secret import MOST
from tests.accounts.oauth_server.app import App, error_in, me

ADD = "/admin/oauth_server/client/add/"
NO_SECRETS = {
    "secrets-TOTAL_FORMS": 0,
    "secrets-INITIAL_FORMS": 0,
    "secrets-MIN_NUM_FORMS": 0,
    "secrets-MAX_NUM_FORMS": 0,
    "group_values-TOTAL_FORMS": 0,
    "group_values-INITIAL_FORMS": 0,
}


def fill_in(**changes: object) -> dict[str, object]:
    return {
        "name": "Photo Album",
        "client_type": "confidential",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": "https://album.example/callback\r\nhttps://album.example/two",
        "scopes": ["openid", "profile"],
        "default_scopes": ["openid"],
        "is_active": "on",
        **NO_SECRETS,
    } | changes


def test_the_form_has_the_specifications_terms_and_explains_each(desk: Browser) -> None:
    answer = desk.get(ADD, {"kind": "other"})
    page = answer.content.decode()
    fields = answer.context["adminform"].form.fields
    assert [name for name, field in fields.items() if not field.help_text] == []

    for words in ("Grant types", "Client authentication", "Redirect URIs", "PKCE", "See your name"):
        assert words in page
    assert 'name="client_secret"' not in page


def test_a_new_client_gets_a_secret_that_is_shown_once(desk: Browser, alice: User) -> None:
    page = desk.post(ADD, fill_in())["Location"]
    client = Client.objects.get()

    assert desk.head(page).status_code == 405  # no robot uses up the one look
    first, second = desk.get(page), desk.get(page)
    (secret,) = set(re.findall(r"lk_cs_\w+", first.content.decode()))
    assert "no-store" in first["Cache-Control"]
    assert secret not in page
    assert secret not in second.content.decode()
    app = App(client, secret, redirect_uri="https://album.example/two")
    assert app.tokens_for(alice, scope="openid")["access_token"]
    assert client.user.email == "bob@example.com"


def test_a_public_client_gets_none(desk: Browser) -> None:
    desk.post(ADD, fill_in(client_type="public"))

    assert Client.objects.get().is_public
    assert not ClientSecret.objects.exists()


def test_a_new_secret_works_beside_the_old_one(desk: Browser, app: App, alice: User) -> None:
    answer = desk.post(f"/admin/oauth_server/client/{app.client.pk}/secret/")
    (new,) = set(re.findall(r"lk_cs_\w+", desk.get(answer["Location"]).content.decode()))

    assert app.tokens_for(alice)
    app.secret = new
    assert app.tokens_for(alice)


def test_no_more_secrets_are_made_than_a_client_may_have(desk: Browser, app: App) -> None:
    for _ in range(MOST):
        answer = desk.post(f"/admin/oauth_server/client/{app.client.pk}/secret/", follow=True)
    assert "This app has 10 secrets that work, and may have no more." in answer.content.decode()
    assert app.client.secrets.count() == MOST
    assert not LogEntry.objects.filter(change_message__contains="new client secret")[MOST - 1 :]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"redirect_uris": "http://album.example/callback"}, "loopback"),
        ({"redirect_uris": "https://*.example/callback"}, "wildcards"),
        ({"redirect_uris": "https://album.example/#x"}, "fragment"),
        ({"redirect_uris": "https://me@album.example/"}, "user name"),
        ({"redirect_uris": "album.example/callback"}, "https://"),
        ({"redirect_uris": "javascript:alert(1)"}, "https://"),
        ({"redirect_uris": "https://album.example:99999/"}, "not a URI"),
        ({"redirect_uris": ""}, "at least one redirect URI"),
        ({"default_scopes": ["email"]}, "not among the allowed scopes"),
        ({"grant_types": []}, "required"),
        ({"grant_types": ["refresh_token"]}, "refresh token grant needs"),
        ({"client_type": "public", "grant_types": ["client_credentials"]}, "no secret"),
        ({"allowed_origins": "https://album.example/path"}, "origin only"),
    ],
)
def test_what_cannot_work_is_explained_beside_its_field(
    desk: Browser, change: dict[str, object], words: str
) -> None:
    response = desk.post(ADD, fill_in(**change))

    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Client.objects.exists()


AT_FIRST = ["openid", "profile", "email", "offline_access"]  # what is ticked in a new form


def test_an_app_that_acts_for_itself_registers_without_unticking_openid(desk: Browser) -> None:
    told = fill_in(grant_types=["client_credentials"], scopes=[*AT_FIRST, "introspection"])
    answer = desk.post(ADD, told)

    assert answer.status_code == 302, answer.context["errors"]
    client = Client.objects.get()
    assert client.scopes == client.default_scopes == "profile email introspection"


def test_default_scopes_that_nobody_touched_follow_the_allowed_ones(desk: Browser) -> None:
    desk.post(ADD, fill_in(scopes=["connections"]))
    assert Client.objects.get().default_scopes == "connections"


def test_the_log_of_a_change_names_the_fields_that_changed_alone(desk: Browser) -> None:
    desk.post(ADD, fill_in())
    page = f"/admin/oauth_server/client/{Client.objects.get().pk}/change/"
    told = {"pkce": "required", "subject_type": "public", "algorithm": "RS256"}
    told |= {"token_endpoint_auth_method": "client_secret_basic", "is_verified": "on"}
    told |= {"groups_claim": "groups", "groups_form": "list", "kind": "app"}
    desk.post(page, fill_in(website="https://album.example/", **told))

    (fields,) = (
        each["changed"]["fields"] for each in json.loads(LogEntry.objects.first().change_message)
    )
    assert [field.lower() for field in fields] == ["website"]


def test_deleting_an_authorization_ends_what_hangs_from_it(
    desk: Browser, app: App, alice: User
) -> None:
    tokens = app.tokens_for(alice)
    authorization = Authorization.objects.get()

    desk.post(f"/admin/oauth_server/authorization/{authorization.pk}/delete/", {"post": "yes"})

    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_deleting_a_person_ends_what_they_allowed_and_no_client(
    desk: Browser, app: App, alice: User
) -> None:
    tokens = app.tokens_for(alice)
    app.client.user = alice
    app.client.save()

    alice.delete()

    assert me(tokens["access_token"]).status_code == 401
    app.client.refresh_from_db()
    assert app.client.user is None


@pytest.mark.every_case
@pytest.mark.parametrize(
    "model",
    ["client", "authorization", "accesstoken", "refreshtoken", "authorizationcode", "signingkey"],
)
def test_no_page_of_the_admin_shows_what_a_thief_could_use(
    desk: Browser, app: App, alice: User, model: str
) -> None:
    tokens = app.tokens_for(alice)
    listing = desk.get(f"/admin/oauth_server/{model}/")
    links = re.findall(
        rf'href="(/admin/oauth_server/{model}/\d+/change/)', listing.content.decode()
    )
    pages = [listing, *(desk.get(link) for link in links)]

    assert links
    for page in pages:
        assert page.status_code == 200
        words = page.content.decode()
        assert tokens["access_token"] not in words
        assert tokens["refresh_token"] not in words
        assert str(app.secret) not in words
        assert "PRIVATE" not in words
        assert '"d":' not in words


def test_others_see_no_admin(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)

    assert browser.get(ADD).status_code in (302, 403)
    assert browser.post(ADD, fill_in()).status_code in (302, 403)
    assert not Client.objects.exists()
