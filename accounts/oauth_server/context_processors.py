"""Tell templates of the client that sent a person here."""

from functools import partial
from typing import Any

from allauth.utils import get_request_param
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.oauth_server.models import Client
from accounts.text.cleaning import is_storable
from accounts.way_back import app_request


def client_name(request: HttpRequest) -> dict[str, Any]:
    """Return, lazily, the name of the client app that asks."""
    return {"client_name": SimpleLazyObject(partial(_client_name, request))}


def _client_name(request: HttpRequest) -> str:
    """Name the client app to whose authorization request `next` leads, or "".

    That request is not validated before it is resumed. So nothing of it is shown but a name that
    an admin has checked: a page must not repeat what a link, or a client by itself, made up.
    """
    unverified = app_request.client_id(get_request_param(request, REDIRECT_FIELD_NAME) or "")
    if not unverified or not is_storable(unverified):
        return ""
    known = Client.objects.filter(is_active=True, is_verified=True)
    client = known.filter(client_id=unverified).first()
    return client.name if client else ""
