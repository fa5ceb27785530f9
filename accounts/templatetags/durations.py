"""Write how long something lasts, on pages that are in English whoever reads them."""

from datetime import timedelta

from django import template

register = template.Library()

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


@register.filter
def in_english(lasts: timedelta) -> str:
    """Return 1 hour for a timedelta of 3600 seconds: in the largest unit that fits."""
    seconds = int(lasts.total_seconds())
    unit, of = next((each for each in _UNITS if seconds % each[1] == 0), _UNITS[-1])
    number = seconds // of
    return f"{number} {unit}" + ("" if number == 1 else "s")
