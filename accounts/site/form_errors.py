"""Say of a field that is not filled in right what would be right, with an example.

Django's own sentences name no field ("This field is required."), so that nobody understands them
in the summary above a form. In place of each stands one of ours here, for every form there is, also
for allauth's: made for the field's name, or with its label. A form that knows better says so by
`error_messages`, as always with Django; what is not Django's own sentence stays as it is.

Pages ask by the filter `problems` (templatetags/fields.py); Django admin does not.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import (
    EmailValidator,
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
)
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

# Of a field that is empty, by its name in any form.
_EMPTY = {
    "login": gettext_lazy("Enter your e-mail address."),
    "email": gettext_lazy("Enter your e-mail address."),
    "password": gettext_lazy("Enter your password."),
    "oldpassword": gettext_lazy("Enter your current password."),
    "password1": gettext_lazy("Choose a password."),
    "password2": gettext_lazy("Enter the same password again."),
}


def problems(field: BoundField) -> list[str]:
    """Return what is wrong with `field`, each in a sentence that can stand alone."""
    return [_said(field, error) for error in field.errors.as_data()]


def _said(field: BoundField, error: ValidationError) -> str:
    for djangos, ours in _IN_PLACE_OF:
        if error.message is djangos:
            return ours(field, error.params or {})
    return " ".join(error.messages)


def _empty(field: BoundField, _params: Any) -> str:
    if field.name in _EMPTY:
        return str(_EMPTY[field.name])
    return _("Fill in “%(label)s”.") % {"label": field.label}


def _no_address(_field: BoundField, _params: Any) -> str:
    return _("Enter a full e-mail address, such as name@example.com.")


def _no_date(field: BoundField, _params: Any) -> str:
    return _("“%(label)s” must be a date, such as 2030-12-31.") % {"label": field.label}


def _no_choice(field: BoundField, _params: Any) -> str:
    return _("Choose an option for “%(label)s”.") % {"label": field.label}


def _cannot_be_kept(field: BoundField, _params: Any) -> str:
    words = _("“%(label)s” contains a character that cannot be saved. Type it in again.")
    return words % {"label": field.label}


def _too_long(field: BoundField, params: dict[str, Any]) -> str:
    words = ngettext(
        "“%(label)s” must be %(limit_value)d character or fewer. It has %(show_value)d.",
        "“%(label)s” must be %(limit_value)d characters or fewer. It has %(show_value)d.",
        params["limit_value"],
    )
    return words % {**params, "label": field.label}


# Each of Django's sentences, the object itself, so that one that only reads alike is left alone.
_IN_PLACE_OF: list[tuple[object, Callable[[BoundField, dict[str, Any]], str]]] = [
    (forms.Field.default_error_messages["required"], _empty),
    (EmailValidator.message, _no_address),
    (forms.DateField.default_error_messages["invalid"], _no_date),
    (forms.ChoiceField.default_error_messages["invalid_choice"], _no_choice),
    (forms.MultipleChoiceField.default_error_messages["invalid_choice"], _no_choice),
    (forms.ModelChoiceField.default_error_messages["invalid_choice"], _no_choice),
    (ProhibitNullCharactersValidator.message, _cannot_be_kept),
    (MaxLengthValidator.message, _too_long),
]
