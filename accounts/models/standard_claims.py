"""Keep what a person tells of themselves: the standard claims of OpenID Connect Core section 5.1.

Each column has its claim's name, and is empty where the person said nothing.
"""

import re
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.text import language_tags

_web_page = URLValidator(["https", "http"])
_birthdate = RegexValidator(
    r"^(?:[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])|(?!0000)[0-9]{4})\Z",
    _("Enter the date of birth as 1990-12-31, or only the year. To leave out the year, use 0000."),
)
_locale = RegexValidator(
    r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z", _("Enter a language such as en or pt-BR.")
)
_phone_number = RegexValidator(
    r"^\+[1-9][0-9]{5,14}(?:;ext=[0-9]{1,6})?\Z",
    _("Enter the phone number with country code, digits only, such as +4930123456."),
)


def check_zone(name: str) -> None:
    """Raise ValidationError unless `name` is in the time zone database."""
    if name not in _zones():
        raise ValidationError(_("Enter a time zone such as Europe/Berlin."))


@cache
def _zones() -> frozenset[str]:
    """Return all there are, read once: to look for them opens hundreds of files."""
    return frozenset(available_timezones())


class StandardClaims(models.Model):
    given_name = models.CharField(max_length=150, blank=True)
    family_name = models.CharField(max_length=150, blank=True)
    middle_name = models.CharField(max_length=150, blank=True)
    nickname = models.CharField(max_length=150, blank=True)
    preferred_username = models.CharField(max_length=150, blank=True)
    profile = models.CharField(
        _("profile page"), max_length=500, blank=True, validators=[_web_page]
    )
    picture = models.CharField(
        max_length=500, blank=True, validators=[_web_page], help_text=_("The address of an image.")
    )
    website = models.CharField(max_length=500, blank=True, validators=[_web_page])
    gender = models.CharField(max_length=50, blank=True)
    birthdate = models.CharField(max_length=10, blank=True, validators=[_birthdate])
    zoneinfo = models.CharField(_("time zone"), max_length=64, blank=True, validators=[check_zone])
    locale = models.CharField(
        "language", max_length=language_tags.LONGEST, blank=True, validators=[_locale]
    )
    phone_number = models.CharField(max_length=32, blank=True, validators=[_phone_number])
    phone_number_verified = models.BooleanField(default=False)
    street_address = models.TextField(max_length=500, blank=True)
    locality = models.CharField("city", max_length=150, blank=True)
    region = models.CharField(max_length=150, blank=True)
    postal_code = models.CharField(max_length=30, blank=True)
    country = models.CharField(max_length=100, blank=True)

    class Meta:
        abstract = True

    @property
    def address(self) -> dict[str, str]:
        """Return the claim of that name (section 5.1.1), empty where nothing of it is known."""
        names = ("street_address", "locality", "region", "postal_code", "country")
        known = {name: _lines(getattr(self, name)) for name in names if getattr(self, name)}
        return {"formatted": self._formatted_address()} | known if known else {}

    def _formatted_address(self) -> str:
        city = f"{self.postal_code} {self.locality}".strip()
        lines: tuple[Any, ...] = (self.street_address, city, self.region, self.country)
        return "\n".join(_lines(line) for line in lines if line)


def _lines(text: str) -> str:
    """Return the text with one kind of line end: browsers send a text area's lines with \r\n; both
    are allowed, one is enough."""
    return re.sub(r"\r\n?", "\n", text).strip()
