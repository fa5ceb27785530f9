"""Lose nothing where two admins have one row open: whoever saves later is told what happened.

A form carries a digest of the columns that it changes, as they were when it was shown, and so does
each row that is edited with it. Saved anyway, a second time, it overwrites: by then its sender has
read that somebody was quicker. A row that is gone stays gone.
"""

import hashlib
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import BaseInlineFormSet, ModelForm, model_to_dict
from django.utils import formats, timezone
from django.utils.translation import gettext as _

FIELD = "version"
if TYPE_CHECKING:
    _Form = ModelForm[Any]
    _FormSet = BaseInlineFormSet[Any, Any, Any]
else:
    _Form = _FormSet = object


class Versioned(_Form):
    """Compare, in the transaction that saves and under the row's lock, with what was shown."""

    @property
    def version_name(self) -> str:
        return self.add_prefix(FIELD)

    @property
    def version(self) -> str:
        """Return the version of the row as it is stored now; "" of a new one."""
        if not self.instance.pk:
            return ""
        read = _stored_version if self.is_bound else _version
        return read(self.instance, self.fields)

    def _stored(self) -> str:
        return _stored_version(self.instance, self.fields, lock=True)

    def clean(self) -> Any:
        cleaned = super().clean()
        sent = self.data.get(self.version_name)
        if sent and self.instance.pk and sent != self._stored():
            self.add_error(None, _words(self.instance))
        return cleaned


class VersionedRows(_FormSet):
    """Take rows that are gone by now out of what was sent, once, and say so: nothing that is typed
    on the page could save them."""

    @property
    def is_without_rows(self) -> bool:
        """Return whether there is nothing to see, so that the list may be closed at first."""
        is_typed = self.is_bound and any(form.has_changed() for form in self.forms)
        return self.initial_form_count() == 0 and not is_typed and not self.non_form_errors()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gone: list[int] = []
        if self.is_bound and self.instance.pk and self.management_form.is_valid():
            self._leave_out()

    def _leave_out(self) -> None:
        # Under the lock of the row that they belong to: another admin may be about to delete them.
        type(self.instance)._base_manager.select_for_update(no_key=True).filter(
            pk=self.instance.pk
        ).first()
        rows = self.get_queryset()
        key = rows.model._meta.pk.name
        known = {str(row.pk) for row in rows}
        shown = range(self.initial_form_count())
        ids = {number: self.data.get(f"{self.add_prefix(number)}-{key}", "") for number in shown}
        self._gone = [number for number, pk in ids.items() if pk and pk not in known]
        if self._gone:
            self.data = self._without(self._gone)
            del self.management_form  # which was read from what was sent

    def _without(self, gone: list[int]) -> Any:
        """Return what was sent without these rows, and the others numbered anew."""
        kept = [number for number in range(self.total_form_count()) if number not in gone]
        numbered = {self.add_prefix(old): self.add_prefix(new) for new, old in enumerate(kept)}
        sent: Any = self.data
        data = sent.copy()
        for name in [each for each in sent if each.startswith(f"{self.prefix}-")]:
            del data[name]
        for name in sent:
            row, _, field = name.rpartition("-")
            if row in numbered:
                data.setlist(f"{numbered[row]}-{field}", sent.getlist(name))
        data[f"{self.prefix}-TOTAL_FORMS"] = len(kept)
        data[f"{self.prefix}-INITIAL_FORMS"] = self.initial_form_count() - len(gone)
        return data

    def clean(self) -> None:
        super().clean()
        if self._gone:
            raise ValidationError(
                _("A row of this list was deleted while you had it open. Save again to go on.")
            )


def _stored_version(row: Model, names: Any, *, lock: bool = False) -> str:
    """Read the row anew: a form that was sent has written into the one that it has."""
    rows = type(row)._base_manager.all()
    stored = (rows.select_for_update(no_key=True) if lock else rows).filter(pk=row.pk).first()
    return _version(stored, names) if stored else ""


def _version(row: Model, names: Any) -> str:
    values = {
        name: sorted(map(_key, value)) if isinstance(value, list) else value
        for name, value in model_to_dict(row, fields=list(names)).items()
    }
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:32]


def _key(chosen: Any) -> Any:
    """Return what tells one of a list from others: a row's key, or the text itself."""
    return chosen.pk if isinstance(chosen, Model) else chosen


def _words(row: Model) -> str:
    kind = ContentType.objects.get_for_model(row)
    last = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk)).first()
    again = _("Look through what you entered. Save again to overwrite what is there now.")
    if last is None:
        return f"{_('This was changed while you had it open.')} {again}"
    told = {"who": last.user.name, "time": formats.localize(timezone.localtime(last.action_time))}
    said = _("This was changed while you had it open, last by %(who)s on %(time)s.") % told
    return f"{said} {again}"
