"""Check the third parties that people sign in with, as an admin's press does of one."""

import io
from collections.abc import Iterable, Iterator
from functools import partial
from urllib.parse import urlsplit

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest

from accounts.doctor.calls import Call
from accounts.doctor.findings import Finding, State, Topic
from accounts.third_parties import checking

topic = Topic("providers")

_STATES = {
    checking.State.FINE: State.OK,
    checking.State.WARNING: State.WARNING,
    checking.State.BROKEN: State.BROKEN,
}


def calls() -> Iterator[Call]:
    for app in get_adapter().list_apps(None):  # those that are offered, with their secrets open
        yield Call(topic, _named(app), partial(_check, app))


def _check(app: SocialApp) -> Iterable[Finding]:
    request = _request()
    for each in checking.check(request, app, app.get_provider(request)):
        checked = f"{_named(app)}: {each.what}"
        yield Finding(topic.name, checked, _STATES[each.state], each.found, each.remedy)


def _named(app: SocialApp) -> str:
    return f"{app.name or app.provider_id or app.provider}"


def _request() -> WSGIRequest:
    """Return a request to this site as it is advertised, for the callback URLs that follow."""
    parts = urlsplit(settings.SITE_URL)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "HTTP_HOST": parts.netloc,
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(),
    }
    return WSGIRequest(environ)
