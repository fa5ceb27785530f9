"""Draw counts by day: whole numbers for the attributes of an SVG, as styles are closed to pages."""

from datetime import date
from typing import NamedTuple, Protocol

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _

register = template.Library()

_BAR, _GAP, _HEIGHT, _NAMES = 28, 10, 96, 20  # px


class _Day(Protocol):
    @property
    def date(self) -> date: ...
    @property
    def succeeded(self) -> int: ...
    @property
    def failed(self) -> int: ...


class _Counts(Protocol):
    @property
    def days(self) -> list[_Day]: ...


class Bar(NamedTuple):
    """Describe a day: what succeeded stands on the ground, what failed on top of it."""

    x: int
    middle: int
    succeeded: int
    succeeded_y: int
    failed: int
    failed_y: int
    name: str
    said: str


class Picture(NamedTuple):
    bars: list[Bar]
    width: int
    most: int
    bar: int = _BAR
    height: int = _HEIGHT + _NAMES
    ground: int = _HEIGHT
    names_y: int = _HEIGHT + 15


@register.simple_tag
def days_picture(counts: _Counts) -> Picture:
    most = max((day.succeeded + day.failed for day in counts.days), default=0)
    bars = [_bar(number, day, most) for number, day in enumerate(counts.days)]
    return Picture(bars, _GAP + len(bars) * (_BAR + _GAP), most)


def _bar(number: int, day: _Day, most: int) -> Bar:
    x = _GAP + number * (_BAR + _GAP)
    succeeded, failed = _height(day.succeeded, most), _height(day.failed, most)
    return Bar(
        x=x,
        middle=x + _BAR // 2,
        succeeded=succeeded,
        succeeded_y=_HEIGHT - succeeded,
        failed=failed,
        failed_y=_HEIGHT - succeeded - failed,
        name=date_format(day.date, "j M") if number % 2 == 0 else "",
        said=f"{day.date:%Y-%m-%d}: {_said(day)}",
    )


def _said(day: _Day) -> str:
    words = _("%(succeeded)s succeeded, %(failed)s failed")
    return words % {"succeeded": day.succeeded, "failed": day.failed}


def _height(count: int, most: int) -> int:
    """Return the height of a part of a bar: one that is there is seen."""
    return max(2, count * (_HEIGHT - 8) // most) if count else 0
