"""Tell for Django admin's log what a form changed, field by field: the old value and the new one.

Of a secret it is told that it changed. Nothing is told of a field that says the same as before:
what a page shows and what it sends back may be spelt in two ways.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import construct_change_message
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import PasswordInput
from django.forms.utils import pretty_name
from django.utils import translation

from accounts.text.cleaning import clean
from accounts.text.field_changes import VALUES

LENGTH = 200  # of a value


def message(form: Any, formsets: Any, *, add: bool, secrets: Iterable[str]) -> list[Any]:
    """Return Django's list of what changed, with the values of each field; empty where nothing
    did. `secrets` are fields of which no value is told."""
    with translation.override(None):  # the log outlives the language of who is there
        return _message(form, formsets, add=add, secrets=secrets)


def _message(form: Any, formsets: Any, *, add: bool, secrets: Iterable[str]) -> list[Any]:
    changes: list[Any] = construct_change_message(form, formsets, add)
    changed = [] if add or not form.changed_data else [form]
    for formset in formsets or ():
        by_row = {each.instance.pk: each for each in formset.forms}
        changed += [by_row[row.pk] for row, _ in formset.changed_objects]
    told = [change["changed"] for change in changes if "changed" in change]
    for what, filled in zip(told, changed, strict=True):
        values = _values(filled, frozenset(secrets))
        what |= {"fields": list(values), VALUES: values}
    return [change for change in changes if change.get("changed", {VALUES: True})[VALUES]]


def _values(form: Any, secrets: frozenset[str]) -> dict[str, list[str]]:
    """Return the fields whose values differ, those among them that the form changed of its own
    accord because another one did."""
    told: dict[str, list[str]] = {}
    for name, field in form.fields.items():
        label = str(field.label or pretty_name(name))
        if name in secrets or isinstance(field.widget, PasswordInput):
            told |= {label: []} if name in form.changed_data else {}
            continue
        old, new = form.get_initial_for_field(field, name), form.cleaned_data.get(name)
        is_changed = name in form.changed_data or field.has_changed(old, field.prepare_value(new))
        before, after = _as_text(field, old), _as_text(field, new)
        if is_changed and before != after:
            told[label] = [clean(before, LENGTH), clean(after, LENGTH)]
    return told


def _as_text(field: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, QuerySet | list | tuple) and not isinstance(value, str):
        return ", ".join(sorted(_as_text(field, each) for each in value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if hasattr(field, "queryset") and not isinstance(value, Model):
        return _name_of_row(field, value)
    return str(value)


def _name_of_row(field: Any, pk: Any) -> str:
    try:
        return str(field.to_python(pk))
    except ValidationError:  # it was deleted meanwhile
        return str(pk)
