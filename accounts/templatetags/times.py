"""Say when something happened, for a reader anywhere: in UTC, until static/js/times.js knows
better."""

from datetime import UTC, datetime

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def moment(at: datetime, *, in_full: bool = False) -> str:
    """Return a <time> that says `at` in UTC, and that it is UTC.

    The script turns it into local time: "2 minutes ago", the date once that is a week ago; or
    `in_full`, as for what is still to come. A page that has one loads the script.
    """
    text = f"{date_format(at.astimezone(UTC), 'DATETIME_FORMAT')} UTC"
    kind = "full" if in_full else "ago"
    return format_html('<time datetime="{}" data-moment="{}">{}</time>', at.isoformat(), kind, text)
