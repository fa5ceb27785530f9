"""Serve the logos of clients from this site's own origin, so that no app learns who looks at it."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.oauth_server.models import ClientLogo

# Opened by itself, too, a picture is nothing but a picture.
_POLICY = "default-src 'none'; sandbox"
_YEAR = 365 * 24 * 60 * 60  # seconds: another picture has another address

_DIGEST = re.compile(r"[0-9a-f]{64}")


@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """Answer the picture whose SHA-256 is `digest`."""
    png = ClientLogo.objects.picture(digest) if _DIGEST.fullmatch(digest) else None
    if png is None:
        raise Http404
    response = HttpResponse(png, content_type="image/png")
    response["Content-Security-Policy"] = _POLICY
    response["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    response["ETag"] = f'"{digest}"'
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
