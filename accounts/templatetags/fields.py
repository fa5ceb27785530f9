"""Put form fields on a page."""

from django import template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

from accounts.site import form_errors

register = template.Library()


@register.filter
def control(field: BoundField) -> SafeString:
    """Render the field's control without what Django and allauth give it too much.

    A placeholder repeats the label in too faint a colour and is gone as soon as one types
    (WCAG 2.2, 1.4.3 and 3.3.2). A maximal length makes browsers cut what is pasted without a word:
    here it is said. A false attribute is one that Django does not render.
    """
    return field.as_widget(attrs={"placeholder": False, "maxlength": False})


@register.filter
def problems(field: BoundField) -> list[str]:
    """Return what is wrong with the field: the same words beside it and in the summary."""
    return form_errors.problems(field)


@register.filter
def first_control(field: BoundField) -> str:
    """Return the ID of what a person types into or ticks first, "" where there is no such thing.

    A group of boxes or buttons has none of its own that could take the focus.
    """
    if field.is_hidden:
        return ""
    return field.id_for_label or next((each.id_for_label for each in field.subwidgets), "")


@register.filter
def in_fours(key: str) -> str:
    """Part a key that people type off the screen. Authenticator apps leave the spaces out."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
