"""Serve static files as WhiteNoise does, but in no encoding that the client refuses."""

from typing import Any

from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware

from accounts.text.weights import without_refused


class StaticFiles(WhiteNoiseMiddleware):
    """Take `gzip;q=0` for a no (RFC 9110 section 12.5.3): WhiteNoise looks for the name alone."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> Any:
        if accepted := request.META.get("HTTP_ACCEPT_ENCODING"):
            request.META["HTTP_ACCEPT_ENCODING"] = without_refused(accepted)
        return WhiteNoiseMiddleware.serve(static_file, request)
