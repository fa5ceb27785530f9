"""Take the part of a person's browser at this site's own pages, within this process."""

import copy
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import resolve
from django.utils.html import strip_tags

_OF_THE_BROWSER = ("REMOTE_ADDR", "HTTP_USER_AGENT", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT")


def open_page(by: HttpRequest, address: str, form: dict[str, Any] | None = None) -> HttpResponse:
    """Open `address` (a path with its query), or send `form` there, as the person who asks `by`.

    It works on a copy of their session, so that nothing of it stays there.
    """
    parts = urlsplit(address)
    request = HttpRequest()
    request.META = {name: by.META[name] for name in _OF_THE_BROWSER if name in by.META}
    request.META |= {"QUERY_STRING": parts.query, "PATH_INFO": parts.path}
    request.method = "GET" if form is None else "POST"
    request.META["REQUEST_METHOD"] = request.method
    request.path = request.path_info = parts.path
    request.GET = QueryDict(parts.query)
    request.POST = _posted(form or {})  # type: ignore[assignment] # the stubs want it frozen
    request.user = by.user
    request.session = copy.copy(by.session)
    request.session._session_cache = copy.deepcopy(dict(by.session.items()))  # type: ignore[attr-defined]
    match = resolve(parts.path)
    request.resolver_match = match
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def _posted(form: dict[str, Any]) -> QueryDict:
    posted = QueryDict(mutable=True)
    for name, value in form.items():
        posted.setlist(name, value if isinstance(value, list) else [value])
    return posted


def parameters_of(response: HttpResponse) -> dict[str, str]:
    """Return what a redirect carries to where it leads."""
    return dict(parse_qsl(urlsplit(response.get("Location", "")).query))


def words_of(response: HttpResponse) -> str:
    """Return what a page says, without its frame."""
    html = response.content.decode()
    main = html.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    lines = (line.strip() for line in unescape(strip_tags(main)).splitlines())
    return "\n".join(line for line in lines if line)
