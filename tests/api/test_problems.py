"""What a view raises becomes a problem document (RFC 9457), and only a fault of ours a 500."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client as Browser
from django.urls import include, path
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import User
from api.resource import Resource
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]

RAISED = {
    "missing": Http404(),
    "forbidden": PermissionDenied(),
    "invalid": ValidationError({"name": ["It is too long."]}),
}


class Raising(Resource):
    required_scopes = {"GET": "profile"}

    def get(self, request: Request, what: str) -> None:
        raise RAISED[what]


class WithoutScope(Raising):
    required_scopes = {}


urlpatterns = [
    path("api/v1/raising/<str:what>", Raising.as_view()),
    path("api/v1/closed/<str:what>", WithoutScope.as_view()),
    path("", include("config.urls")),
]


def ask(token: str, address: str, settings: Any) -> Any:
    settings.ROOT_URLCONF = __name__
    headers = {"Authorization": f"Bearer {token}"}
    return Browser(raise_request_exception=False).get(address, headers=headers)


@pytest.mark.parametrize(
    ("what", "status", "title"),
    [("missing", 404, "Not found"), ("forbidden", 403, "Forbidden")],
)
def test_what_django_raises_is_a_problem(
    app: App, alice: User, settings: Any, what: str, status: int, title: str
) -> None:
    token = app.tokens_for(alice)["access_token"]
    response = ask(token, f"/api/v1/raising/{what}", settings)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["title"] == title


def test_each_field_that_is_wrong_is_named(app: App, alice: User, settings: Any) -> None:
    token = app.tokens_for(alice)["access_token"]
    response = ask(token, "/api/v1/raising/invalid", settings)

    assert response.status_code == 400
    assert response.json()["errors"] == [{"pointer": "/name", "detail": "It is too long."}]
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_a_view_that_names_no_scope_is_closed(app: App, alice: User, settings: Any) -> None:
    token = app.tokens_for(alice)["access_token"]
    assert ask(token, "/api/v1/closed/missing", settings).status_code == 403
