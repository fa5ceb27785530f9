"""Load, before the workers are forked, what each of them would load: they share that memory then.

A page of memory that one process has written to is its own from then on. So nothing that stays is
left to be made later, and the garbage collector, which writes to all that it looks at, is kept away
from what is shared.
"""

import gc
import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.template import engines
from django.urls import URLResolver, get_resolver, reverse

from accounts.checks.encryption_keys import note_key
from accounts.network import browser_names
from api.mcp import tools

# What the ORM, the URLs, the middleware and the templates keep from their first use on: of a page,
# of the API and of the oauth server. None of them leaves anything behind in the database.
_ASKED = ("/accounts/login/", "/api/v1/me", "/oauth/userinfo/", "/oauth/introspect/")


def warm() -> None:
    """Load the addresses, the catalogues and the templates, use the database and answer some
    requests once, and have all that this leaves kept as it is."""
    reverse("account_login")
    _share_addresses(get_resolver())
    _load_templates()
    note_key()
    for path in _ASKED:
        _ask(path)
    browser_names.make_ready()
    if settings.MCP:
        tools.all_of_them()  # half a second of the first agent's
    re.purge()  # else each pattern that is new to a worker puts out, and writes to, an older one
    gc.collect()
    gc.freeze()
    # It looks at what is old when as much waits as a quarter of what it found last: now of nothing,
    # where each worker would keep five megabytes of garbage.
    gc.collect()


def _share_addresses(resolver: Any) -> None:
    """Have all languages reverse addresses by what one of them has loaded, as no address here is
    translated: Django makes the same anew for each, a megabyte and more."""
    for known in (resolver._reverse_dict, resolver._namespace_dict, resolver._app_dict):
        made = next(iter(known.values()), None)
        if made is not None:
            known |= {language: made for language, _ in settings.LANGUAGES}
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            _share_addresses(each)


def _load_templates() -> None:
    engine = engines["django"]
    for folder in engine.dirs:
        for file in Path(folder).rglob("*.*"):
            engine.get_template(str(file.relative_to(folder)))


def _ask(path: str) -> None:
    """Ask for `path` as somebody without a cookie or a token would, without a line in the log.

    Whatever cannot be answered yet is told to those who ask for it, and keeps no server from
    starting: it may be a single page.
    """
    from config.wsgi import application

    site = urlsplit(settings.SITE_URL)
    environ = {
        "HTTP_HOST": site.netloc,
        "PATH_INFO": path,
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_X_FORWARDED_PROTO": site.scheme,
        "wsgi.url_scheme": site.scheme,
    }
    setup_testing_defaults(environ)
    logging.disable()
    try:
        with suppress(Exception):
            answer = application(environ, lambda *_: None)
            b"".join(answer)
            answer.close()  # type: ignore[attr-defined]
    finally:
        logging.disable(logging.NOTSET)
