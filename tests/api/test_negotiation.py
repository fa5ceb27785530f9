"""How an answer is written: in JSON, for whoever takes that."""

from typing import Any

import pytest
from django.test import Client as Browser
from rest_framework.permissions import BasePermission
from rest_framework.test import APIRequestFactory

from accounts.models import User
from api.views import MeView
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]


@pytest.mark.parametrize(
    ("accept", "query", "status"),
    [
        (None, {}, 200),
        ("*/*", {}, 200),
        ("application/json", {}, 200),
        ("application/json, text/plain, */*", {}, 200),
        ("application/*", {}, 200),
        ("text/html, */*;q=0.1", {}, 200),
        ("application/json; indent=2", {}, 200),
        ("*/*", {"format": "json"}, 200),
        ("*/*", {"format": "xml"}, 200),
        ("*/*", {"page": "2"}, 200),
        ("text/html", {}, 406),
        ("application/xml", {}, 406),
        ("nonsense", {}, 406),
        ("application/json;q=0", {}, 406),
        ("application/json; Q=0.000", {}, 406),
        ("*/*;q=0", {}, 406),
        ("application/*;q=0, text/html", {}, 406),
        ("application/json;q=0, */*", {}, 406),
        ("application/json;q=0, application/*;q=0.5, */*;q=0.1", {}, 406),
        ("*/*;q=0, application/json", {}, 200),
        ("application/*;q=0, application/json;q=0.5", {}, 200),
        ("text/html;q=0, */*", {}, 200),
        ("application/json;version=2;q=0, application/json", {}, 200),
        ("application/json;q=0.001", {}, 200),
        ("application/json;q=", {}, 200),
        ("application/json;q=-0", {}, 200),
        ("application/json;q=none, */*", {}, 200),
        ("application/json;q=0, application/json", {}, 200),
        ("application/json;;q==1,,*/*", {}, 200),
    ],
)
def test_json_is_for_whoever_takes_it(
    app: App, alice: User, accept: str | None, query: dict[str, str], status: int
) -> None:
    token = app.tokens_for(alice)["access_token"]
    headers = {"Authorization": f"Bearer {token}"} | ({"Accept": accept} if accept else {})

    response = Browser().get("/api/v1/me", query, headers=headers)

    assert response.status_code == status
    kind = "application/json" if status == 200 else "application/problem+json"
    assert response["Content-Type"].partition(";")[0] == kind
    indented = accept == "application/json; indent=2"
    assert (b'\n  "sub"' in response.content) is indented


class _Closed(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class _ClosedView(MeView):
    permission_classes = (_Closed,)


def test_a_view_with_guards_of_its_own_has_those(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})

    assert MeView.as_view()(request).status_code == 200
    assert _ClosedView.as_view()(request).status_code == 403
    assert _ClosedView.as_view(permission_classes=[])(request).status_code == 200
