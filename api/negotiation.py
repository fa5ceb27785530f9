"""Choose how an answer is written: JSON is all there is, and nearly everybody asks for that."""

from typing import TYPE_CHECKING, Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.utils.mediatypes import media_type_matches, order_by_precedence

from accounts.text.weights import is_refused

if TYPE_CHECKING:  # DRF loads this module while it loads those
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

# What client libraries accept as they come. DRF reads any other list, and refuses what has no JSON.
_JSON_WILL_DO = {"*/*", "application/json", "application/json, */*"} | {
    "application/json, text/plain, */*"
}


class JSONAtOnce(DefaultContentNegotiation):
    """Choose as DRF does, which takes every range for wanted; but nothing that the most specific
    range for it has the weight 0 for (RFC 9110 section 12.5.1)."""

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
        accepts = super().get_accept_list(request)
        taken = [each for each in renderers if not _is_refused(each.media_type, accepts)]
        return super().select_renderer(request, taken, format_suffix)

    def get_accept_list(self, request: "Request") -> list[str]:
        return [each for each in super().get_accept_list(request) if not is_refused(each)]


def _is_refused(media_type: str, accepts: list[str]) -> bool:
    """Return whether the ranges that say most of `media_type` refuse it. One with a parameter
    beside its weight refuses no more than that variant, which nobody has here."""
    plain = [each for each in accepts if not (is_refused(each) and each.count(";") > 1)]
    for ranges in order_by_precedence(plain):
        if fitting := [each for each in ranges if media_type_matches(media_type, each)]:
            return all(map(is_refused, fitting))
    return False
