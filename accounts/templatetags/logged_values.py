"""Show what Django admin's log holds of a change: old and new values, field by field."""

import json

from django import template
from django.contrib.admin.models import LogEntry

from accounts.text.field_changes import in_words, read

register = template.Library()


@register.filter
def logged_values(entry: LogEntry) -> list[str]:
    """Return a line for each field; none for entries that are older, or words of our own."""
    try:
        return [in_words(change) for change in read(json.loads(entry.change_message))]
    except (ValueError, TypeError, AttributeError):
        return []
