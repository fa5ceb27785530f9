"""Offer the languages of the site, each in its own words."""

from functools import cache
from typing import NamedTuple

from django import template
from django.conf import settings
from django.utils.translation import get_language_info

register = template.Library()


class Language(NamedTuple):
    code: str
    name: str


@register.simple_tag
def languages() -> tuple[Language, ...]:
    """Return the languages that people may choose."""
    return _named(tuple(code for code, _ in settings.LANGUAGES))


@cache
def _named(codes: tuple[str, ...]) -> tuple[Language, ...]:
    return tuple(Language(code, get_language_info(code)["name_local"]) for code in codes)
