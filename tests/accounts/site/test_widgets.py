"""Controls of forms: written as Django writes them, to the letter."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from accounts.site.widgets import Renderer

WIDGETS = [
    *(forms.TextInput, forms.PasswordInput, forms.EmailInput, forms.HiddenInput),
    *(forms.NumberInput, forms.URLInput, forms.TelInput, forms.CheckboxInput),
    *(forms.Textarea, forms.Select, forms.DateInput, forms.RadioSelect),
]
VALUES = [None, "", "plain", "\"><script>alert('&')</script>", mark_safe("<b>"), 7, True, False]
ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"id": "id_name", "required": True, "autofocus": False, "maxlength": 1000},
    {"title": "\"'<&>", "data-x": mark_safe("&amp;"), "aria-label": gettext_lazy("Sign in")},
    {"\"'>": "x", "placeholder": None, "class": ""},
]


OURS, DJANGOS = Renderer(), DjangoTemplates()  # each of which reads a template once


@pytest.mark.parametrize("widget", WIDGETS)
@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_a_control_is_written_as_django_writes_it(
    widget: type[forms.Widget], attributes: dict[str, Any]
) -> None:
    for value in VALUES:
        how = {"name": "na<me", "value": value, "attrs": attributes}
        ours = widget().render(**how, renderer=OURS)
        assert ours == widget().render(**how, renderer=DJANGOS)
        assert hasattr(ours, "__html__")


def test_forms_are_rendered_by_it() -> None:
    assert isinstance(forms.Form().renderer, Renderer)
