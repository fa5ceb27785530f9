"""Check how the site is branded, so that an unreadable colour shows at start."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.translation import gettext

from accounts.site import branding
from accounts.site.colours import is_colour

_EITHER = ("SUPPORT_ADDRESS", "SECURITY_CONTACT")  # a page or an e-mail address
LARGEST_LOGO = 30_000  # bytes: it is part of every page
_is_web_page = URLValidator(["https", "http"])
_is_address = EmailValidator()


@register
def check_accent(**_: Any) -> list[CheckMessage]:
    """Check that the accent colour is one, and can be read (accounts.E020 and E021)."""
    darker = gettext("WCAG 2.2 asks for 4.5:1. Choose a darker colour.")
    lighter = gettext("WCAG 2.2 asks for 4.5:1. Choose a lighter colour.")
    schemes = (
        ("BRAND_ACCENT", branding.light_accent, branding.LIGHT, darker),
        ("BRAND_ACCENT_DARK", branding.dark_accent, branding.DARK, lighter),
    )
    found: list[CheckMessage] = []
    for name, accent, grounds, better in schemes:
        colour = getattr(settings, name)
        if colour and not is_colour(colour):
            hint = gettext("Write it as #0b6a5b.")
            text = gettext("%(name)s is not a colour.") % {"name": name}
            found.append(Error(text, hint=hint, id="accounts.E020"))
        elif colour and not branding.is_readable(accent(colour), grounds):
            text = gettext(
                "%(name)s has too little contrast: links and buttons in it are hard to read."
            )
            found.append(Error(text % {"name": name}, hint=better, id="accounts.E021"))
    return found


@register
def check_logo(**_: Any) -> list[CheckMessage]:
    """Check that the logo can be shown (accounts.E022)."""
    if not settings.BRAND_LOGO:
        return []
    path = Path(settings.BRAND_LOGO)
    is_picture = path.suffix.lower() in branding.LOGO_TYPES and path.is_file()
    if is_picture and path.stat().st_size <= LARGEST_LOGO:
        return []
    hint = gettext("It is the path of an .svg or .png file of %(most)s bytes at most.") % {
        "most": LARGEST_LOGO
    }
    return [Error(gettext("BRAND_LOGO cannot be shown."), hint=hint, id="accounts.E022")]


@register
def check_links(**_: Any) -> list[CheckMessage]:
    """Check that the links beneath every page lead somewhere (accounts.E023)."""
    found: list[CheckMessage] = []
    for name in ("TERMS_URL", "PRIVACY_URL", "SUPPORT_ADDRESS", "SECURITY_CONTACT"):
        value = getattr(settings, name)
        is_good = _is_address if name in _EITHER and "://" not in value else _is_web_page
        try:
            if value:
                is_good(value)
        except ValidationError:
            hint = gettext("Write https://…, or an e-mail address for any of: %(names)s.")
            hint %= {"names": ", ".join(_EITHER)}
            text = gettext("%(name)s is no address.") % {"name": name}
            found.append(Error(text, hint=hint, id="accounts.E023"))
    return found
