"""Show what the system checks of the database find, for admins, who do not read a terminal."""

from django import template
from django.core.checks import CheckMessage, Tags, run_checks
from django.db import DEFAULT_DB_ALIAS

register = template.Library()


@register.simple_tag
def database_findings() -> list[CheckMessage]:
    """Return what is wrong with the stored data, such as that ENCRYPTION_KEYS do not open it."""
    found = run_checks(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
    return [message for message in found if not message.is_silenced()]
