"""Make the site look like its operator's, by settings alone: colour, logo, links.

The colour is served as a style sheet of its own, because the Content-Security-Policy allows no
style inside of a page. Both it and the logo have a digest in their address, and are kept.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.site.colours import contrast, mix

# The grounds of static/css/site.css that the accent colour is read on: page, card.
LIGHT = ("#f5f6f4", "#ffffff")
DARK = ("#0e1211", "#161c1a")
READABLE = 4.5  # WCAG 2.2, 1.4.3: the contrast of text

LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}

_KEPT = "public, max-age=31536000, immutable"
# An SVG file is a document: opened by itself it must run nothing, and be nobody.
_LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True)
class Accent:
    """Hold the colours of one scheme, each as "#rrggbb"."""

    colour: str
    strong: str
    on: str
    soft: str

    def as_css(self) -> str:
        return (
            f":root{{--accent:{self.colour};--accent-strong:{self.strong};"
            f"--on-accent:{self.on};--accent-soft:{self.soft}}}"
        )


def light_accent(colour: str) -> Accent:
    return Accent(colour, mix(colour, "#000000", 0.2), "#ffffff", mix(LIGHT[1], colour, 0.09))


def dark_accent(colour: str) -> Accent:
    return Accent(colour, mix(colour, "#ffffff", 0.3), "#000000", mix(DARK[1], colour, 0.12))


def derived_dark(colour: str) -> str:
    """Return the colour of the dark scheme: `colour`, as much lighter as it takes to be read."""
    steps = (mix(colour, "#ffffff", step / 20) for step in range(21))
    return next(lighter for lighter in steps if is_readable(dark_accent(lighter), DARK))


def is_readable(accent: Accent, grounds: tuple[str, ...]) -> bool:
    """Return whether links in the accent, and words upon it, keep the contrast of WCAG 2.2 AA."""
    links = [contrast(accent.colour, ground) for ground in (*grounds, accent.soft)]
    words = [contrast(accent.on, ground) for ground in (accent.colour, accent.strong)]
    return min(*links, *words) >= READABLE


def context() -> dict[str, Any]:
    """Return what every template may use of this. It reads no database, so that 500.html may."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "brand_style_url": _versioned("brand_style", _style().encode()) if _style() else "",
        "brand_logo_url": _versioned("brand_logo", _logo()) if settings.BRAND_LOGO else "",
        "support_url": support_url(),
        "terms_url": settings.TERMS_URL,
        "privacy_url": settings.PRIVACY_URL,
    }


def support_url() -> str:
    """Return where people ask for help: SUPPORT_ADDRESS is a web page or an e-mail address."""
    return as_link(settings.SUPPORT_ADDRESS)


def as_link(address: str) -> str:
    """Return an e-mail address as a link; a web page is one."""
    return f"mailto:{address}" if "@" in address and "://" not in address else address


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    if not _style():
        raise Http404
    response = HttpResponse(_style(), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = _KEPT
    return response


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    if not settings.BRAND_LOGO:
        raise Http404
    kind = LOGO_TYPES[Path(settings.BRAND_LOGO).suffix.lower()]
    response = HttpResponse(_logo(), content_type=kind)
    response["Cache-Control"] = _KEPT
    response["Content-Security-Policy"] = _LOGO_POLICY
    return response


def _style() -> str:
    if not settings.BRAND_ACCENT:
        return ""
    light = settings.BRAND_ACCENT
    dark = settings.BRAND_ACCENT_DARK or derived_dark(light)
    in_the_dark = f"@media (prefers-color-scheme:dark){{{dark_accent(dark).as_css()}}}"
    return light_accent(light).as_css() + in_the_dark


def _logo() -> bytes:
    return _read(settings.BRAND_LOGO)


@lru_cache
def _read(path: str) -> bytes:
    return Path(path).read_bytes()


def _versioned(name: str, content: bytes) -> str:
    return f"{reverse(name)}?v={hashlib.sha256(content).hexdigest()[:12]}"
