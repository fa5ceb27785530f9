"""Choose how an answer is written: JSON is all there is, and nearly everybody asks for that."""

from typing import TYPE_CHECKING, Any

from rest_framework.negotiation import DefaultContentNegotiation

if TYPE_CHECKING:  # DRF loads this module while it loads those
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

# What client libraries accept as they come. DRF reads any other list, and refuses what has no JSON.
_JSON_WILL_DO = {"*/*", "application/json", "application/json, */*"} | {
    "application/json, text/plain, */*"
}


class JSONAtOnce(DefaultContentNegotiation):
    def select_renderer(
        self, request: "Request", renderers: Any, format_suffix: str | None = None
    ) -> tuple["BaseRenderer", str]:
        is_json = renderers[0].media_type == "application/json"
        if (
            is_json
            and not format_suffix
            and request.META.get("HTTP_ACCEPT", "*/*") in _JSON_WILL_DO
        ):
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)
