"""The history of a row says what changed, and nothing else: field by field, old and new."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client as Browser

from accounts.models import GroupRule, SecurityEvent, User
from accounts.oauth_server.models import Client
from tests.accounts.admin.forms import filled
from tests.accounts.admin.scene import address_of, fill, rows_of, rows_of_nobody
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app as photo_album

__all__ = ["photo_album"]

pytestmark = pytest.mark.django_db
WHO = "Who may sign up with it"
KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@pytest.fixture
def rows(photo_album: App, alice: User) -> dict[str, Any]:
    """A row of every page that can be changed, with rows of every inline."""
    fill(photo_album, alice)
    found: dict[str, Any] = rows_of(alice) | rows_of_nobody()
    alice.birthdate, alice.zoneinfo = "1990-02-03", "Europe/Berlin"
    alice.save()
    EmailAddress.objects.get_or_create(user=alice, email=alice.email, primary=True, verified=True)
    GroupRule.objects.create(group=found["auth.Group"], kind=GroupRule.DOMAIN, value="example.com")
    client = found["oauth_server.Client"]
    client.group_values.create(group=Group.objects.create(name="Editors"), value="editor")
    client.jwks, client.is_restricted = {"keys": [KEY]}, True
    client.save()
    client.groups.add(found["auth.Group"])
    return found


def logged() -> list[Any]:
    entries = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    return [json.loads(each) for each in entries]


def test_a_page_that_is_saved_as_it_came_logs_nothing(desk: Browser, rows: dict[str, Any]) -> None:
    saved = []
    for label, row in rows.items():
        page = desk.get(address_of(row, "change/"))
        if b'name="_save"' not in page.content:
            continue
        answer = desk.post(address_of(row, "change/"), filled(page))
        assert answer.status_code == 302, (label, answer.context["errors"])
        saved.append(label)
        assert (label, logged()) == (label, [])
    assert set(saved) == {
        *("accounts.User", "oauth_server.Client", "socialaccount.SocialApp", "auth.Group"),
        *("accounts.Webhook", "oauth_server.ProtectedResource"),
        *("oauth_server.CrossAppPolicy", "oauth_server.ExchangePolicy"),
    }
    assert not SecurityEvent.objects.filter(kind__startswith="admin_").exists()


@pytest.mark.parametrize(
    ("label", "typed", "told"),
    [
        ("oauth_server.Client", {"name": "Prints"}, {"Name": ["Photo Album", "Prints"]}),
        ("oauth_server.Client", {"is_restricted": ""}, {"Who may use it": ["yes", "no"]}),
        ("oauth_server.Client", {"groups_claim": "roles"}, {"Claim": ["groups", "roles"]}),
        ("accounts.User", {"name": "Alison"}, {"Name": ["Alice", "Alison"]}),
        ("auth.Group", {"description": "Who helps"}, {"Description": ["", "Who helps"]}),
        ("socialaccount.SocialApp", {"sign_up": "closed"}, {WHO: ["", "closed"]}),
        ("socialaccount.SocialApp", {"new_secret": "s3cret"}, {"Client secret": []}),
    ],
)  # fmt: skip
def test_one_field_is_told_with_its_old_and_its_new_value(
    desk: Browser, rows: dict[str, Any], label: str, typed: dict[str, str], told: dict[str, Any]
) -> None:
    page = address_of(rows[label], "change/")
    answer = desk.post(page, filled(desk.get(page)) | typed)
    assert answer.status_code == 302, answer.context["errors"]
    assert logged() == [[{"changed": {"fields": list(told), "values": told}}]]
    event = SecurityEvent.objects.filter(kind__startswith="admin_").get()
    assert event.details["changes"] == logged()[0]
    history = desk.get(address_of(rows[label], "history/")).content.decode()
    ((field, values),) = told.items()
    assert f"{field}: {' → '.join(each or 'empty' for each in values) or 'changed'}" in history
    assert "s3cret" not in history


def test_a_row_on_the_page_is_told_with_its_name(desk: Browser, rows: dict[str, Any]) -> None:
    page = address_of(rows["oauth_server.Client"], "change/")
    desk.post(page, filled(desk.get(page)) | {"group_values-0-value": "author"})
    (change,) = logged()[0]
    assert change["changed"]["values"] == {"Value": ["editor", "author"]}
    assert Client.objects.get().group_values.get().value == "author"


def test_what_follows_from_a_change_is_told_with_it(desk: Browser, rows: dict[str, Any]) -> None:
    page = address_of(rows["oauth_server.Client"], "change/")
    typed = {"grant_types": ["client_credentials"], "redirect_uris": ""}
    assert desk.post(page, filled(desk.get(page)) | typed).status_code == 302
    (change,) = logged()[0]
    values = change["changed"]["values"]
    assert set(values) == {"Grant types", "Redirect URIs", "Scopes"}
    assert values["Redirect URIs"][1] == ""
    assert "openid" in values["Scopes"][0]
    assert "openid" not in values["Scopes"][1]
