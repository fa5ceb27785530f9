"""An admin says what a client is, and is asked for what that needs, in Django admin."""

import html
import json
import re
import subprocess
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client as Browser

from accounts.oauth_server.clients.kinds import KINDS, kind_of
from accounts.oauth_server.clients.ready_lines import ready_lines
from accounts.oauth_server.models import Client
from tests.accounts.admin.scene import desk_of, permission
from tests.accounts.oauth_server.admin.client.test_clients import ADD, fill_in
from tests.accounts.oauth_server.conftest import register

pytestmark = pytest.mark.django_db

TOLD = {"name": "Photo Album", "redirect_uris": "https://album.example/callback"}


def fields_of(page: Any) -> dict[str, Any]:
    """What a browser would send with the form as it comes."""
    form = page.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in sent.items() if value not in (None, "", False)}


def shown_first(page: Any) -> tuple[str, ...]:
    return next(iter(page.context["adminform"].fieldsets))[1]["fields"]


def test_the_first_question_is_what_it_is(desk: Browser) -> None:
    page = desk.get(ADD).content.decode()
    for kind in KINDS.values():
        assert f'href="?kind={kind.key}"' in page
        assert str(kind.sentence) in page
    assert "Grafana" in page


@pytest.mark.parametrize("key", KINDS)
def test_each_kind_is_registered_by_what_is_asked_first_alone(key: str, desk: Browser) -> None:
    kind, address = KINDS[key], f"{ADD}?kind={key}"
    page = desk.get(address)
    assert shown_first(page) == kind.asks
    assert len(kind.asks) <= 3

    told = {name: value for name, value in TOLD.items() if name in kind.asks}
    answer = desk.post(address, fields_of(page) | told)
    assert answer.status_code == 302, answer.context["errors"]
    client = Client.objects.get()
    assert {name: getattr(client, name) for name in kind.columns()} == kind.columns()
    assert kind_of(client).key == key
    assert client.secrets.exists() is (kind.client_type == "confidential")
    assert client.allowed_origins == ("https://album.example" if key == "spa" else "")
    assert desk.get(answer["Location"]).status_code == 200


def test_only_a_superuser_is_offered_a_resource_server(desk: Browser, bob: Any) -> None:
    bob.is_superuser = False
    own = desk_of(bob, permission("add", "oauth_server.Client"))
    assert "kind=resource-server" not in own.get(ADD).content.decode()
    sent = {"name": "API", "scopes": ["introspection"], "grant_types": ["client_credentials"]}
    assert own.post(f"{ADD}?kind=resource-server", fill_in(**sent)).status_code == 200
    assert not Client.objects.exists()


@pytest.mark.parametrize("name", ["photo album", "Photo A1bum"])
def test_a_name_like_anothers_is_registered_when_it_is_meant(name: str, desk: Browser) -> None:
    register("Photo Album")
    answer = desk.post(ADD, fill_in(name=name))
    assert answer.status_code == 200
    page = html.unescape(answer.content.decode())
    assert "There is another app called “Photo Album”" in page
    assert 'name="name_is_meant"' in page
    assert Client.objects.count() == 1

    assert desk.post(ADD, fill_in(name=name, name_is_meant="on")).status_code == 302
    assert Client.objects.count() == 2


def test_other_changes_ask_nothing_about_a_name_that_stays(desk: Browser) -> None:
    client = register("Photo Album").client
    register("Photo Album")
    page = f"/admin/oauth_server/client/{client.pk}/change/"
    assert desk.post(page, fill_in(website="https://album.example/")).status_code == 302
    assert Client.objects.get(pk=client.pk).website == "https://album.example/"


@pytest.mark.parametrize(
    ("uri", "does"),
    [
        ("https://album.example/#x", "https://album.example/ would do"),
        ("http://album.example/cb", "https://album.example/cb would do"),
        ("https://me@album.example/", "https://album.example/ would do"),
        ("https://album.example.:8443/cb", "https://album.example:8443/cb would do"),
        ("https://münchen.example/cb", "xn--"),
        ("https://album.example/my\\cb", "my%20app"),
        ("album.example", "as in https://app.example/callback"),
        ("javascript:alert(1)", "as in https://app.example/callback"),
        ("https://*.example/cb", "List each, such as https://app.example/callback"),
        ("https://album.example/ cb", "cb: must start with https://"),
    ],
)
def test_a_wrong_address_is_answered_with_one_that_would_do(
    uri: str, does: str, desk: Browser
) -> None:
    answer = desk.post(f"{ADD}?kind=web", fill_in(redirect_uris=uri))
    problem = answer.context["adminform"].form.errors["redirect_uris"][0]
    assert does in problem
    assert problem in html.unescape(answer.content.decode())


def test_nothing_leads_to_a_page_that_a_client_does_not_have(desk: Browser) -> None:
    client = register("Photo Album").client
    kind = ContentType.objects.get_for_model(Client)
    assert desk.get(f"/admin/r/{kind.pk}/{client.pk}/").status_code == 404
    page = desk.get(f"/admin/oauth_server/client/{client.pk}/change/").content.decode()
    assert "viewsitelink" not in page


def test_lines_are_quoted_whatever_a_client_is_called_and_wherever_it_leads() -> None:
    """An app that registered itself chooses both; an admin's shell runs none of it."""
    uri = "https://app.example/$(touch${IFS}x)';\"`id`/<client_secret>"
    client = Client(client_id="a'; id", redirect_uris=uri, scopes="openid", client_type="public")
    curl, python, javascript, variables = (each.text for each in ready_lines(client))
    said = subprocess.run(
        ["sh", "-c", f'{variables}printf "%s" "$OIDC_REDIRECT_URI"'],
        capture_output=True,
        check=True,
        text=True,
    )
    assert said.stdout == uri
    assert "$(touch" not in curl.replace("'\"'\"'", "").replace(quoted(curl), "")
    for lines in (python, javascript):
        assert json.dumps(uri) in lines
        compile(python, "lines", "exec")


def quoted(curl: str) -> str:
    return re.search(r"redirect_uri=('.*') --data", curl.replace("'\"'\"'", "")).group(1)


def test_a_preset_puts_nobody_elses_address_into_its_lines(desk: Browser) -> None:
    client = register("Grafana", redirect_uris="https://g.example/login/generic_oauth").client
    Client.objects.update(website="https://g.example", registration_source="dcr")
    page = f"/admin/oauth_server/client/{client.pk}/connect/?preset=grafana"
    assert "auth.generic_oauth" not in desk.get(page).content.decode()
    Client.objects.update(registration_source="manual")
    assert "auth.generic_oauth" in desk.get(page).content.decode()
    Client.objects.update(redirect_uris="https://other.example/")
    assert "auth.generic_oauth" not in desk.get(page).content.decode()
