"""Call this site as everybody does: by its advertised address, through whatever proxies stand
before it. SITE_URL is the operator's own, so it may be of the network around."""

from collections.abc import Iterator
from http.cookiejar import Cookie
from typing import TYPE_CHECKING

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.doctor import clock
from accounts.doctor.calls import Call
from accounts.doctor.findings import Finding, Topic
from accounts.network.outbound import BadAnswer, BoundedSession, CallFailed

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

topic = Topic("site")
cookies = Topic("cookies")
proxies = Topic("proxies")

METADATA = "/.well-known/openid-configuration"
_ISSUER = _("It is reached at SITE_URL as it says")
_COOKIES = _("Cookies arrive as they were set")
_PROXIES = _("Addresses of people are known")
_AWAY = _(
    "See that SITE_URL leads to your proxy, from this machine too, and that its certificate is "
    "trusted here."
)
_NO_ANSWER = _("No answer from %(url)s (%(error)s).")
_REDIRECT = _(
    "Have the proxy set X-Forwarded-Proto and hand on Host, set TRUSTED_PROXIES to how many there "
    "are, and SITE_URL to where they end."
)


def calls() -> Iterator[Call]:
    yield Call(topic, _ISSUER, _issuer)
    yield Call(cookies, _COOKIES, _cookies)


def _issuer() -> Iterator[Finding]:
    try:
        answer = _get(METADATA)
    except BadAnswer as error:
        words = _("%(url)s answers with something else (%(error)s).")
        yield topic.broken(_ISSUER, _about(words, error), _REDIRECT)
        return
    except CallFailed as error:
        yield topic.broken(_ISSUER, _about(_NO_ANSWER, error), _AWAY)
        return
    yield _named(answer)
    yield from _transport(answer)
    yield from clock.against(answer.headers.get("Date", ""))


def _named(answer: requests.Response) -> Finding:
    if answer.status_code != requests.codes.ok:
        words = _("%(url)s has status %(status)s.")
        found = words % {"url": settings.SITE_URL + METADATA, "status": answer.status_code}
        return topic.broken(_ISSUER, found, _REDIRECT)
    try:
        issuer = answer.json()["issuer"]
    except (ValueError, LookupError, TypeError):
        issuer = None
    if issuer != settings.SITE_URL:
        return topic.broken(
            _ISSUER,
            _("Another site answers at %(url)s.") % {"url": settings.SITE_URL},
            _("Set SITE_URL to this site's own address, on every node alike."),
        )
    found = _("%(url)s is the issuer, to everybody.") % {"url": settings.SITE_URL}
    return topic.ok(_ISSUER, found)


def _transport(answer: requests.Response) -> Iterator[Finding]:
    checked = _("Browsers are told to stay with https")
    if not settings.HTTPS:
        yield topic.skipped(checked, _("SITE_URL is http, for this machine alone."))
    elif "Strict-Transport-Security" in answer.headers:
        yield topic.ok(checked, _("Strict-Transport-Security arrives."))
    else:
        remedy = _("Have the proxy hand on all headers of this site.")
        yield topic.warning(checked, _("Strict-Transport-Security does not arrive."), remedy)


def _cookies() -> Iterator[Finding]:
    try:
        answer = _get("/accounts/login/")
    except CallFailed as error:
        yield cookies.skipped(_COOKIES, _about(_NO_ANSWER, error))
        return
    name, remedy = settings.CSRF_COOKIE_NAME, _("Have the proxy hand on Set-Cookie, unchanged.")
    arrived = next((each for each in answer.cookies if each.name == name), None)
    if arrived is None:
        found = _("%(name)s does not arrive, so no form can be sent.") % {"name": name}
        yield cookies.broken(_COOKIES, found, remedy)
    elif not _is_as_set(arrived):
        found = _("%(name)s arrives with other attributes.") % {"name": name}
        yield cookies.broken(_COOKIES, found, remedy)
    else:
        yield cookies.ok(_COOKIES, _("%(name)s does.") % {"name": name})


def _is_as_set(cookie: Cookie) -> bool:
    """Return whether it is for this whole site and no other, and out of reach of scripts."""
    is_hidden = any(cookie.has_nonstandard_attr(name) for name in ("HttpOnly", "httponly"))
    is_ours_alone = cookie.path == "/" and not cookie.domain_specified
    return is_hidden and is_ours_alone and cookie.secure == settings.HTTPS


def _get(path: str) -> requests.Response:
    with BoundedSession() as session:
        return session.get(f"{settings.SITE_URL}{path}", headers={"Accept": "text/html, */*"})


def _about(words: "_StrPromise", error: CallFailed) -> str:
    return words % {"url": settings.SITE_URL, "error": error.said}


def forwarded(header: str) -> Finding:
    """Compare the X-Forwarded-For of a request with TRUSTED_PROXIES."""
    hops = len([hop for hop in header.split(",") if hop.strip()])
    told = {"set": settings.TRUSTED_PROXIES, "hops": hops}
    found = _("TRUSTED_PROXIES is %(set)s, but this request passed %(hops)s.") % told
    if hops < settings.TRUSTED_PROXIES:
        remedy = _(
            "Set TRUSTED_PROXIES=%(hops)s, or have every proxy append to X-Forwarded-For: all "
            "people share an address, and its limits, as it is."
        )
        return proxies.broken(_PROXIES, found, remedy % told)
    if hops > settings.TRUSTED_PROXIES:
        remedy = _(
            "Set TRUSTED_PROXIES=%(hops)s if they are all yours, and not your company's on the way."
        )
        return proxies.warning(_PROXIES, found, remedy % told)
    words = _("This request passed %(hops)s, as TRUSTED_PROXIES says.")
    return proxies.ok(_PROXIES, words % told)
