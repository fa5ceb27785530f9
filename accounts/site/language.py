"""Choose the language of a page. What programs read (the API, OAuth answers) is English always.

A person's own choice comes first: it is kept in a cookie, which costs no query, and in their
account, from where it goes with them to the next browser. Then comes what the client app asks for
that sent them here (`ui_locales`, OpenID Connect Core section 3.1.2.1), then what their browser
says (Accept-Language).
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from allauth.utils import get_request_param
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.encoding import iri_to_uri
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts.text import language_tags
from accounts.way_back import app_request
from accounts.way_back.address import is_own

if TYPE_CHECKING:
    from accounts.models import User

_MOST_TAGS = 10  # of those that a client app asks for

# Beneath /oauth/, all but these answer programs.
_OAUTH_PAGES = ("/oauth/authorize/", "/oauth/device/", "/oauth/logout/")
_NOT_TRANSLATED = ("/api/", "/.well-known/", "/oauth/", "/brand/", "/mcp")


def supported(tags: Iterable[str]) -> str:
    """Return the language of this site that the first tag (BCP 47) to name one names, or ""."""
    for tag in tags:
        try:
            return translation.get_supported_language_variant(tag[: language_tags.LONGEST])
        except LookupError:
            continue
    return ""


def language_of(person: "User | None", *, is_asking: bool) -> str:
    """Return the language to write to `person` in: the one they chose, where this site speaks it.

    Else it is that of the request where it is they who ask, and the site's own where somebody else
    does: a stranger's browser must not choose what the owner of an account reads.
    """
    chosen = supported([person.locale]) if person else ""
    asked = translation.get_language() if is_asking else ""
    return chosen or asked or settings.LANGUAGE_CODE


def localise(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer in the person's language: middleware.

    Not Django's LocaleMiddleware, which leaves its language to the thread's next request, and
    translates what programs read.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not _is_for_people(request.path_info):
            return get_response(request)
        asked = _asked_for(request)
        with translation.override(_chosen(request) or asked or _of_browser(request)):
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        if asked and asked != request.COOKIES.get(settings.LANGUAGE_ASKED_COOKIE_NAME):
            _keep(response, settings.LANGUAGE_ASKED_COOKIE_NAME, asked, app_request.LONGEST)
        of_account = getattr(request, "language_of_account", "")
        if of_account and not _chosen(request):
            _keep(response, settings.LANGUAGE_COOKIE_NAME, of_account, settings.LANGUAGE_COOKIE_AGE)
        return response

    return middleware


def bring_along(request: HttpRequest, user: "User") -> None:
    """Let this browser, where `user` just signed in, know what they chose in another."""
    request.language_of_account = supported([user.locale])  # type: ignore[attr-defined]


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the person's choice in the cookie and, when they are signed in, in their account."""
    chosen = supported([request.POST.get("language", "")])
    user = request.user
    if chosen and user.is_authenticated and supported([user.locale]) != chosen:
        # Who wrote "de-AT" in their profile and chooses German keeps what they wrote.
        user.locale = chosen
        user.save(update_fields=["locale", "updated_at"])
    response = set_language(request)
    onward = request.POST.get("next", "")
    if is_own(onward):  # Django's view leads to the start page where the address is long
        response["Location"] = iri_to_uri(onward)
    return response


def _is_for_people(path: str) -> bool:
    return path.startswith(_OAUTH_PAGES) or not path.startswith(_NOT_TRANSLATED)


def _chosen(request: HttpRequest) -> str:
    return supported([request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")])


def _asked_for(request: HttpRequest) -> str:
    """Return what the client app asks for, also on the pages that come before its request."""
    next_url = get_request_param(request, REDIRECT_FIELD_NAME) or request.get_full_path()
    tags = app_request.ui_locales(next_url)[:_MOST_TAGS]
    return supported([*tags, request.COOKIES.get(settings.LANGUAGE_ASKED_COOKIE_NAME, "")])


def _of_browser(request: HttpRequest) -> str:
    """Return the language that the browser wants most, as Django does, but none that it has the
    weight 0 for (RFC 9110 section 12.5.4)."""
    wanted = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "").lower())
    tags = [tag for tag, weight in wanted if weight > 0]
    named = tags[: tags.index("*")] if "*" in tags else tags
    return supported(named) or settings.LANGUAGE_CODE


def _keep(response: HttpResponse, name: str, language: str, seconds: int) -> None:
    response.set_cookie(
        name,
        language,
        max_age=seconds,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
