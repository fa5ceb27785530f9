"""Turn what goes wrong with a third party into a page, at one edge."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.core import context
from allauth.socialaccount.models import SocialApp
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from accounts.third_parties import errors
from accounts.way_back import address as way_back

_VISIT = "accounts.third_parties.visit"  # in request.META
_PACKAGES = ("allauth.socialaccount.providers.", "accounts.third_parties.openid_connect.")
_QUERY_OF_LOGIN = {"process", "next"}
_PROCESSES = {"login", "connect"}


@dataclass
class Visit:
    """Track a request to a view that speaks with a third party.

    `reading` ends where its answer is understood: what goes wrong later is this site's fault.
    """

    provider_id: str
    reading: bool = True


def answer_is_read() -> None:
    """Note that, from here on, this request no longer works on the third party's answer."""
    visit = context.request.META.get(_VISIT) if context.request else None
    if visit:
        visit.reading = False


class ThirdPartyViews:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not view.__module__.startswith(_PACKAGES) or request.resolver_match is None:
            return
        name, _, step = (request.resolver_match.url_name or "").rpartition("_")
        # Google's and Facebook's token endpoints take an ID token without state and nonce: anyone
        # could sign anyone else in as themselves.
        if step not in {"login", "callback"}:
            raise Http404
        if step == "login":
            request.GET = _allowed_query(request.GET)  # type: ignore[assignment]
        else:
            way_back.put_from_third_party(request)
        request.META[_VISIT] = Visit(kwargs.get("provider_id") or name)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, SocialApp.DoesNotExist):
            raise Http404  # taken away meanwhile, or never there
        visit = request.META.get(_VISIT)
        if visit is None:
            return None
        problem = errors.translate(exception, reading=visit.reading)
        return errors.page(request, problem, visit.provider_id) if problem else None


def _allowed_query(query: QueryDict) -> QueryDict:
    """Drop what allauth would take from the link, `scope`, `auth_params` and more: whoever
    made that link would decide what this site asks a third party for."""
    allowed = query.copy()
    for name in set(query) - _QUERY_OF_LOGIN:
        del allowed[name]
    if allowed.get("process") not in _PROCESSES:
        allowed.pop("process", None)
    return allowed
