"""An admin sees what an app receives of a person: exactly that, and of nobody whom they may not
view."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client as Browser

from accounts.models import Membership, User
from accounts.oauth_server.models import Authorization, Client, PairwiseSubject
from tests.accounts.admin.scene import desk_of, permission
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.claims.test_release import id_token, userinfo

OF_THE_MOMENT = {*("iat", "exp", "at_hash", "auth_time", "sid", "acr", "amr")}


@pytest.fixture
def grafana(app: App, alice: User) -> App:
    """An app that reads roles everywhere; Alice is an editor there."""
    group = Group.objects.create(name="Writers")
    Membership.objects.create(user=alice, group=group)
    app.client.scopes = "openid email groups offline_access"
    app.client.claims_in_id_token = True
    app.client.groups_claim = "roles"
    app.client.groups_in = "id_token userinfo introspection"
    app.client.save()
    app.client.group_values.create(group=group, value="Editor")
    return app


def address(app: App) -> str:
    return f"/admin/oauth_server/client/{app.client.pk}/preview/"


def shown(page: Any) -> list[dict[str, Any]]:
    documents = re.findall(r"<pre>(.*?)</pre>", page.content.decode(), re.DOTALL)
    return [json.loads(unescape(each)) for each in documents]


def steady(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name not in OF_THE_MOMENT}


def test_it_is_what_the_app_receives_then(desk: Browser, grafana: App, alice: User) -> None:
    tokens = grafana.tokens_for(alice, scope="openid email groups")
    at_id_token, at_userinfo, at_introspection = shown(
        desk.get(address(grafana), {"person": alice.email})
    )

    assert steady(at_id_token) == steady(id_token(tokens))
    assert set(id_token(tokens)) <= set(at_id_token)
    assert set(at_id_token) - set(id_token(tokens)) <= OF_THE_MOMENT
    assert at_userinfo == userinfo(tokens)
    answer = grafana.introspect(tokens["access_token"])
    assert steady(at_introspection) == steady(answer)
    assert at_introspection["roles"] == ["Editor"]


def test_before_anybody_decided_it_is_all_that_it_may_ask_for_and_nothing_is_written(
    desk: Browser, grafana: App, alice: User
) -> None:
    Client.objects.update(subject_type="pairwise")
    page = desk.get(address(grafana), {"person": alice.sub})

    assert "has not decided" in page.content.decode()
    (at_id_token, at_userinfo, _) = shown(page)
    assert at_userinfo["sub"] == at_id_token["sub"] == "(made when the person first uses the app)"
    assert at_userinfo["roles"] == ["Editor"]
    assert not PairwiseSubject.objects.exists()
    assert not Authorization.objects.exists()


def test_it_has_no_more_than_the_person_allowed(desk: Browser, grafana: App, alice: User) -> None:
    grafana.tokens_for(alice, scope="openid")
    for claims in shown(desk.get(address(grafana), {"person": alice.email})):
        assert not {"email", "roles"} & set(claims)


def test_it_says_where_the_person_cannot_use_the_app(
    desk: Browser, grafana: App, alice: User
) -> None:
    Client.objects.update(is_restricted=True)
    page = desk.get(address(grafana), {"person": alice.email})
    assert "cannot use the app now" in page.content.decode()


def test_without_openid_there_is_no_id_token_to_show(
    desk: Browser, grafana: App, alice: User
) -> None:
    Client.objects.update(scopes="email", default_scopes="email")
    page = desk.get(address(grafana), {"person": alice.email})
    assert len(shown(page)) == 1
    assert "does not have the scope openid" in page.content.decode()


def test_a_signed_answer_is_shown_with_what_it_has_beside(
    desk: Browser, grafana: App, alice: User
) -> None:
    Client.objects.update(userinfo_signed_response_alg="RS256")
    _, at_userinfo, _ = shown(desk.get(address(grafana), {"person": alice.email}))
    assert at_userinfo["aud"] == grafana.client.client_id


def test_nobody_by_that_name_is_said_so(desk: Browser, grafana: App) -> None:
    page = desk.get(address(grafana), {"person": "nobody@example.com"})
    assert page.status_code == 404
    assert "nobody with this address" in page.content.decode()
    assert desk.get(address(grafana)).status_code == 200
    assert desk.post(address(grafana)).status_code == 405
    assert desk.get("/admin/oauth_server/client/4711/preview/").status_code == 404


@pytest.mark.parametrize(
    ("labels", "status"),
    [
        ((), 403),
        (("oauth_server.Client",), 403),
        (("accounts.User",), 403),
        (("oauth_server.Client", "accounts.User"), 200),
    ],
)
def test_it_needs_the_permission_to_view_both(
    grafana: App, alice: User, mallory: User, labels: tuple[str, ...], status: int
) -> None:
    desk = desk_of(mallory, *(permission("view", label) for label in labels))
    assert desk.get(address(grafana), {"person": alice.email}).status_code == status


def test_a_superuser_is_not_there_for_anybody_else(grafana: App, bob: User, mallory: User) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    labels = ("oauth_server.Client", "accounts.User")
    desk = desk_of(mallory, *(permission("view", label) for label in labels))
    page = desk.get(address(grafana), {"person": bob.email})
    assert page.status_code == 404
    assert shown(page) == []
