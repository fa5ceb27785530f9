"""Well-known apps: each is registered as its preset says, and signs somebody in as it would."""

import base64
import html
import io
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.clients.presets import Preset, presets
from accounts.oauth_server.models import Client
from accounts.oauth_server.rules.scopes import SCOPES
from tests.accounts.oauth_server.admin.client.test_clients import ADD, NO_SECRETS
from tests.accounts.oauth_server.app import App

pytestmark = pytest.mark.django_db

URL = "https://app.example"
NO_CHALLENGE = {"code_challenge": None, "code_challenge_method": None}
WANTED = (
    *("grafana", "gitlab", "nextcloud", "immich", "gitea", "argo-cd", "kubernetes", "vault"),
    *("jenkins", "proxmox", "oauth2-proxy", "tailscale", "jupyterhub", "mattermost", "moodle"),
    *("bookstack", "home-assistant", "paperless-ngx", "portainer", "open-webui", "auth-js"),
    *("cursor", "claude", "vs-code", "chatgpt"),
)


def register(key: str, *options: str) -> tuple[dict[str, Any], str]:
    printed, said = io.StringIO(), io.StringIO()
    url = ("--url", URL) if presets()[key].needs_url else ()
    command = ("register_client", "--preset", key, *url, *options)
    call_command(*command, stdout=printed, stderr=said)
    return json.loads(printed.getvalue()), said.getvalue()


class WellKnownApp(App):
    """An app that sends its secret as its preset says."""

    def post(self, url: str, form: dict[str, Any], **headers: str) -> Any:
        if self.secret and self.client.token_endpoint_auth_method == "client_secret_post":
            secret, self.secret = self.secret, None
            answer = super().post(url, form | {"client_secret": secret}, **headers)
            self.secret = secret
            return answer
        return super().post(url, form, **headers)


def claims_in(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def read_by(preset: Preset, tokens: dict[str, Any]) -> dict[str, Any]:
    if preset.reads == "id_token":
        return claims_in(tokens["id_token"])
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return Browser().get("/oauth/userinfo/", headers=headers).json()


@pytest.fixture
def alice(alice: User) -> User:
    alice.given_name, alice.family_name = "Alice", "Liddell"
    alice.preferred_username = "alice"
    alice.save()
    alice.groups.add(Group.objects.create(name="Staff"))
    EmailAddress.objects.update_or_create(
        user=alice, email=alice.email, defaults={"verified": True, "primary": True}
    )
    return alice


def test_there_is_one_for_each_app_that_people_ask_for() -> None:
    assert set(WANTED) <= presets().keys()


@pytest.mark.parametrize("key", sorted(presets()))
def test_the_data_says_all_that_a_preset_is_made_of(key: str) -> None:
    preset = presets()[key]
    assert preset.name
    assert preset.pages
    assert all(urlsplit(page).scheme == "https" for page in (*preset.pages, *preset.see))
    assert preset.read.year >= 2026
    assert preset.reads in ("id_token", "userinfo")
    assert preset.kind in ("public", "confidential")
    assert preset.pkce in Client.PKCE
    assert preset.auth_method in Client.AUTHENTICATION_METHODS
    assert preset.pkce == "required" or preset.notes, "a note says why PKCE is waived"
    assert "<client_id>" in preset.lines
    assert preset.is_public == ("<client_secret>" not in preset.lines)
    known = {
        claim for name in preset.scopes.split() if name in SCOPES for claim in SCOPES[name].claims
    }
    assert set(preset.claims) <= known
    assert re.findall(r"<(?!url>|issuer>|client_id>|client_secret>)\w+>", preset.lines) == []


@pytest.mark.parametrize("key", sorted(presets()))
def test_each_signs_somebody_in_as_it_would(key: str, alice: User) -> None:
    preset = presets()[key]
    made, said = register(key)
    client = Client.objects.get(client_id=made["client_id"])
    assert ("client_secret" in made) is not preset.is_public
    assert made["client_id"] in said
    assert made.get("client_secret", "") in said

    for uri in client.redirect_uris.split():
        app = WellKnownApp(client, made.get("client_secret"), redirect_uri=uri)
        without = {} if preset.pkce == "required" else NO_CHALLENGE
        code = app.code_for(alice, scope=preset.scopes, **without)
        answer = app.redeem(code, **({"code_verifier": None} if without else {}))
        assert answer.status_code == 200, answer.content
        told = read_by(preset, answer.json())
        assert {claim for claim in preset.claims if not told.get(claim)} == set()
        assert told.get("groups", []) == (["Staff"] if "groups" in preset.scopes else [])
    if "offline_access" in preset.scopes:
        assert app.refresh(answer.json()["refresh_token"]).status_code == 200


def test_run_again_it_changes_nothing_and_shows_no_secret() -> None:
    made, _ = register("grafana")
    again, said = register("grafana")
    assert again == {"client_id": made["client_id"], "created": False}
    assert made["client_secret"] not in said
    assert "THE_SECRET_THAT_IT_HAS" in said


def test_what_is_told_goes_before_the_preset() -> None:
    register("gitea", "--pkce", "required", "--name", "Our Forgejo")
    client = Client.objects.get()
    assert (client.name, client.pkce) == ("Our Forgejo", "required")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "needs its address"),
        ("http://grafana.example", "must use https"),
        ("https://grafana.example/?x=1", "without a query"),
        ("https://grafana.example/#x", "fragment"),
        ("grafana.example", "https://"),
    ],
)
def test_an_address_that_cannot_be_is_explained(url: str, words: str, desk: Browser) -> None:
    with pytest.raises(CommandError, match=f"--url: .*{words}"):
        call_command("register_client", "--preset", "grafana", "--url", url)
    page = desk.get(ADD, {"preset": "grafana", "url": url}).content.decode()
    assert words in page
    assert not Client.objects.exists()


def test_an_address_below_a_path_stays_there() -> None:
    call_command("register_client", preset="grafana", url=f"{URL}/grafana/", stdout=io.StringIO())
    assert Client.objects.get().redirect_uris == f"{URL}/grafana/login/generic_oauth"


def fields_of(page: Any) -> dict[str, Any]:
    """What a browser would send with the form as it comes."""
    form = page.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in sent.items() if value not in (None, "", False)}


@pytest.mark.parametrize("key", ["grafana", "moodle", "kubernetes"])
def test_an_admin_chooses_the_app_and_gets_the_lines_to_enter(key: str, desk: Browser) -> None:
    chosen = f"{ADD}?preset={key}&url={URL}/"
    page = desk.get(chosen)
    assert presets()[key].name in page.content.decode()
    answer = desk.post(chosen, fields_of(page) | NO_SECRETS, follow=True)

    client = Client.objects.get()
    expected = presets()[key].columns(URL)
    assert {name: getattr(client, name) for name in expected} == expected
    shown = html.unescape(answer.content.decode())
    secret = re.search(r"lk_cs_\w+", shown)
    lines = presets()[key].paste(
        url=URL, client_id=client.client_id, secret=secret[0] if secret else ""
    )
    assert lines in shown


def test_an_app_that_nobody_knows_is_asked_for_again(desk: Browser) -> None:
    page = desk.get(ADD, {"preset": "../etc", "url": URL})
    assert page.status_code == 200
    assert "What is it?" in page.content.decode()


def test_the_command_lists_them() -> None:
    printed = io.StringIO()
    call_command("presets", stdout=printed)
    assert {line.split()[0] for line in printed.getvalue().splitlines()} == presets().keys()
