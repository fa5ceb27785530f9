"""Say at the field of a secret in Django admin that one is kept, where one is."""

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

_KEPT = _("Leave empty to keep the one that is stored.")


def say_that_it_is_kept(form: Any, name: str) -> None:
    """Add it to the help of the field `name`, where the form has that one."""
    if field := form.fields.get(name):
        field.help_text = format_lazy("{} {}", field.help_text, _KEPT)
