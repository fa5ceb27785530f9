"""Load the WSGI application, for production servers."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from config.loading import load

load()
_site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the site, to whom the length of every body is told.

    Django reads as much as Content-Length says, and of a body in chunks (RFC 9112 section 7.1)
    nothing at all: a client that sends one would be told that it had sent an empty form.
    """
    if environ.get("HTTP_TRANSFER_ENCODING") and environ.get("wsgi.input_terminated"):
        from django.conf import settings

        body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    return _site(environ, start_response)
