"""Call this site as everybody does: by its advertised address, through whatever proxies stand
before it. SITE_URL is the operator's own, so it may be of the network around."""

from collections.abc import Iterator
from http.cookiejar import Cookie

import requests
from django.conf import settings

from accounts.doctor import clock
from accounts.doctor.calls import Call
from accounts.doctor.findings import Finding, Topic
from accounts.network.outbound import BadAnswer, BoundedSession, CallFailed

topic = Topic("site")
cookies = Topic("cookies")
proxies = Topic("proxies")

METADATA = "/.well-known/openid-configuration"
_ISSUER = "It is reached at SITE_URL as it says"
_COOKIES = "Cookies arrive as they were set"
_PROXIES = "Addresses of people are known"
_AWAY = (
    "See that SITE_URL leads to your proxy, from this machine too, and that its certificate is "
    "trusted here."
)
_REDIRECT = (
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
        yield topic.broken(_ISSUER, f"{settings.SITE_URL} answers with {error}.", _REDIRECT)
        return
    except CallFailed as error:
        yield topic.broken(_ISSUER, f"No answer from {settings.SITE_URL} ({error}).", _AWAY)
        return
    yield _named(answer)
    yield from _transport(answer)
    yield from clock.against(answer.headers.get("Date", ""), "the proxy")


def _named(answer: requests.Response) -> Finding:
    if answer.status_code != requests.codes.ok:
        found = f"{settings.SITE_URL}{METADATA} has status {answer.status_code}."
        return topic.broken(_ISSUER, found, _REDIRECT)
    try:
        issuer = answer.json()["issuer"]
    except (ValueError, LookupError, TypeError):
        issuer = None
    if issuer != settings.SITE_URL:
        return topic.broken(
            _ISSUER,
            f"Another site answers at {settings.SITE_URL}.",
            "Set SITE_URL to this site's own address, on every node alike.",
        )
    return topic.ok(_ISSUER, f"{settings.SITE_URL} is the issuer, to everybody.")


def _transport(answer: requests.Response) -> Iterator[Finding]:
    checked = "Browsers are told to stay with https"
    if not settings.HTTPS:
        yield topic.skipped(checked, "SITE_URL is http, for this machine alone.")
    elif "Strict-Transport-Security" in answer.headers:
        yield topic.ok(checked, "Strict-Transport-Security arrives.")
    else:
        remedy = "Have the proxy hand on all headers of this site."
        yield topic.warning(checked, "Strict-Transport-Security does not arrive.", remedy)


def _cookies() -> Iterator[Finding]:
    try:
        answer = _get("/accounts/login/")
    except CallFailed as error:
        yield cookies.skipped(_COOKIES, f"No answer from {settings.SITE_URL} ({error}).")
        return
    name, remedy = settings.CSRF_COOKIE_NAME, "Have the proxy hand on Set-Cookie, unchanged."
    arrived = next((each for each in answer.cookies if each.name == name), None)
    if arrived is None:
        found = f"{name} does not arrive, so no form can be sent."
        yield cookies.broken(_COOKIES, found, remedy)
    elif not _is_as_set(arrived):
        yield cookies.broken(_COOKIES, f"{name} arrives with other attributes.", remedy)
    else:
        yield cookies.ok(_COOKIES, f"{name} does.")


def _is_as_set(cookie: Cookie) -> bool:
    """Return whether it is for this whole site and no other, and out of reach of scripts."""
    is_hidden = any(cookie.has_nonstandard_attr(name) for name in ("HttpOnly", "httponly"))
    is_ours_alone = cookie.path == "/" and not cookie.domain_specified
    return is_hidden and is_ours_alone and cookie.secure == settings.HTTPS


def _get(path: str) -> requests.Response:
    with BoundedSession() as session:
        return session.get(f"{settings.SITE_URL}{path}", headers={"Accept": "text/html, */*"})


def forwarded(header: str) -> Finding:
    """Compare the X-Forwarded-For of a request with TRUSTED_PROXIES."""
    hops = len([hop for hop in header.split(",") if hop.strip()])
    if hops < settings.TRUSTED_PROXIES:
        return proxies.broken(
            _PROXIES,
            f"TRUSTED_PROXIES is {settings.TRUSTED_PROXIES}, but this request passed {hops}.",
            f"Set TRUSTED_PROXIES={hops}, or have every proxy append to X-Forwarded-For: all "
            "people share an address, and its limits, as it is.",
        )
    if hops > settings.TRUSTED_PROXIES:
        return proxies.warning(
            _PROXIES,
            f"TRUSTED_PROXIES is {settings.TRUSTED_PROXIES}, but this request passed {hops}.",
            f"Set TRUSTED_PROXIES={hops} if they are all yours, and not your company's on the way.",
        )
    return proxies.ok(_PROXIES, f"This request passed {hops}, as TRUSTED_PROXIES says.")
