"""Base every page in Django admin on one: nobody gains by a page what they were not given.

A permission of Django's is worth what docs/security.md says of it, and never what it takes to
become somebody who has more. So the rows of whom rights were given to (staff, superusers, members
of a group) are a superuser's: to everybody else they are not there, neither on a page nor in a
list, a search, a bulk action, a history or an autocomplete.
"""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.text import capfirst

from accounts.models import User
from accounts.staff import changes, versions

# Browsers have pickers of their own, which work by keyboard, on a phone and in every language.
_MOMENT = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
_PICKED: dict[Any, Any] = {
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": _MOMENT},
    models.DateField: {"widget": forms.DateInput({"type": "date"}, format="%Y-%m-%d")},
}


def is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def made_by(person: User | None) -> str:
    """Name who made a row in Django admin, for whoever may see the row: never by their address."""
    return person.name or "an admin" if person else "an admin"


class ModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Guard the rows of a page. `whose` is the field that leads from a row to the person whose it
    is, "pk" where they are the row, "" where it is nobody's. `for_superusers` are the actions that
    no permission gives: "view", "add", "change", "delete". `secrets` are fields whose values no log
    tells.
    """

    whose = ""
    for_superusers: ClassVar[frozenset[str]] = frozenset()
    secrets: ClassVar[frozenset[str]] = frozenset()
    list_per_page = 50
    object_history_template = "admin/history.html"
    formfield_overrides = _PICKED

    @property
    def media(self) -> forms.Media:
        """Load no script for a form but those of its parts: Django's are jQuery and what fills in a
        slug, for every page."""
        return forms.Media()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        script = forms.Media(js=["admin/js/actions.js"])
        return super().changelist_view(request, {"media": script, **(extra_context or {})})

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Take the plain field, without links that open windows to change what it points to; and
        name it in a list, where the head of a column is no label."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        match = request.resolver_match
        if field and match and (match.url_name or "").endswith("_changelist"):
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return field

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (versions.Versioned, form), {}) if change else form

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        form = context["adminform"].form
        held = form.version if isinstance(form, versions.Versioned) else ""
        return super().render_change_form(request, context | {"version": held}, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if is_superuser(request) or not self.whose:
            return rows
        return rows.exclude(**{f"{self.whose}__in": User.objects.trusted().values("pk")})

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open("view", request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_open("add", request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open("change", request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open("delete", request) and super().has_delete_permission(request, obj)

    def _is_open(self, action: str, request: HttpRequest) -> bool:
        return action not in self.for_superusers or is_superuser(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the address of a list filter by what the page offers, and by nothing else.

        Django takes every column of the model: `?password__startswith=…` reads a hash letter by
        letter, and columns that the page leaves out.
        """
        offered = map(_column, self.get_list_filter(request))
        is_offered = lookup.split(LOOKUP_SEP)[0] in {name.split(LOOKUP_SEP)[0] for name in offered}
        return is_offered and super().lookup_allowed(lookup, value, request)

    def get_deleted_objects(
        self, objs: QuerySet[Any] | Sequence[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Name what was chosen, and count what goes with it: that may be staff's."""
        _, counts, needed, protected = super().get_deleted_objects(objs, request)
        return [str(row) for row in objs], counts, needed, protected

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        """Go back to the page of the person on which the row was chosen, if it was there."""
        answer = super().response_delete(request, obj_display, obj_id)
        person = request.GET.get("person", "")
        if self.whose != "user" or not (person.isascii() and person.isdecimal()):
            return answer
        return redirect("admin:accounts_user_change", person)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[Any]:
        return changes.message(form, formsets, add=add, secrets=self.secrets)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._log(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Log nothing where nothing changed."""
        return self._log(request, obj, CHANGE, message) if message else None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        """Log one at a time: Django 5.2 logs several with bulk_create, which sends no signal, and
        then nothing is recorded (accounts/admin/recorders.py)."""
        return [self._log(request, row, DELETION, "") for row in queryset]

    def _log(self, request: HttpRequest, row: Any, flag: int, message: Any) -> LogEntry:
        words = json.dumps(message) if isinstance(message, list) else message
        return LogEntry.objects.create(
            user_id=request.user.pk or 0,
            content_type=ContentType.objects.get_for_model(row, for_concrete_model=False),
            object_id=row.pk,
            object_repr=self._name_in_log(row)[:200],
            action_flag=flag,
            change_message=words,
        )

    def _name_in_log(self, row: Any) -> str:
        """Log a person's rows by `sub`: names and addresses would outlive their deletion."""
        if self.whose != "user":
            return str(row)
        with translation.override(None):  # the log outlives the language of who is there
            kind = str(self.opts.verbose_name)
        return f"{kind} of {row.user.sub if row.user else 'nobody'}"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        shows_addresses = {"shows_addresses": is_superuser(request)}
        return super().history_view(request, object_id, shows_addresses | (extra_context or {}))


class ReadOnly:
    """Have nobody add or change rows: what happens elsewhere makes them. They may be deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Untouched(ReadOnly):
    """Have nobody delete them, either."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TabularInline(admin.TabularInline):  # type: ignore[type-arg]
    """Edit rows with the page that they belong to. One empty row is there without a script, too."""

    extra = 1
    formfield_overrides = _PICKED

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        form = type(formset.form.__name__, (versions.Versioned, formset.form), {})
        return type(formset.__name__, (versions.VersionedRows, formset), {"form": form})

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=["js/rows.js"])


def _column(offered: Any) -> str:
    """Return the column or parameter of an entry of `list_filter`."""
    if isinstance(offered, type) and issubclass(offered, SimpleListFilter):
        return offered.parameter_name or ""
    return str(offered[0] if isinstance(offered, list | tuple) else offered)
