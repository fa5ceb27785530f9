"""How form fields are put on a page."""

from django import template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def without_placeholder(field: BoundField) -> SafeString:
    """Render the field's control without the placeholder that allauth gives it.

    It repeats the label in too faint a colour and is gone as soon as one types
    (WCAG 2.2, 1.4.3 and 3.3.2). A false attribute is one that Django does not render.
    """
    return field.as_widget(attrs={"placeholder": False})


@register.filter
def in_fours(key: str) -> str:
    """Part a key that people type off the screen. Authenticator apps leave the spaces out."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
