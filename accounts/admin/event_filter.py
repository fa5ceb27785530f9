"""Filter security events in Django admin by what an index knows, and by nothing that has to be
chosen from a long list: people and clients are named by who filters.

What is filtered stands in the address, so that a filter is kept as a bookmark.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import Client
from accounts.site.admin_search import named_clients, named_people

_KINDS = sorted(Event.choices, key=lambda kind: str(kind[1]).lower())
_TYPED = {"autocomplete": "off", "spellcheck": "false"}


class EventFilter(forms.Form):
    person = forms.CharField(
        label=_("Person"),
        required=False,
        max_length=320,
        help_text=_("E-mail address or subject (sub)."),
    )
    client = forms.CharField(
        label=_("Client"), required=False, max_length=200, help_text=_("Client ID or whole name.")
    )
    kind = forms.ChoiceField(label=_("Event"), required=False, choices=[("", _("All")), *_KINDS])
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False, choices=[("", _("All")), *Outcome.choices]
    )
    actor = forms.ChoiceField(
        label=_("Done by"), required=False, choices=[("", _("All")), *Actor.choices]
    )
    since = forms.DateTimeField(label=_("From"), required=False, help_text=_("UTC."))
    until = forms.DateTimeField(label=_("Until"), required=False, help_text=_("UTC, not included."))
    request = forms.CharField(
        label=_("Request number"),
        required=False,
        max_length=36,
        help_text=_("As error pages and the log show it."),
    )
    address = forms.CharField(label=_("IP address"), required=False, max_length=45)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("person", "client", "request", "address"):
            self.fields[name].widget.attrs.update(_TYPED)
        for name in ("since", "until"):
            self.fields[name].widget.input_type = "datetime-local"

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or self.cleaned_data
        if chosen.get("since") and chosen.get("until") and chosen["since"] >= chosen["until"]:
            self.add_error("until", gettext("Enter a time after the first one."))
        return chosen

    def rows(self, events: QuerySet[SecurityEvent]) -> QuerySet[SecurityEvent]:
        """Return those of `events` that are filtered; none where a field makes no sense, lest more
        is counted or exported than somebody meant."""
        if not self.is_valid():
            return events.none()
        for condition in self._conditions():
            events = events.filter(condition)
        return events

    def said(self) -> tuple[str, ...]:
        """Return what is filtered for the record. A person is named by their subject, which may
        stay when they are deleted."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        if "person" in chosen:
            subs = User.objects.filter(pk__in=named_people(chosen["person"])).values_list("sub")
            chosen["person"] = " ".join(sub for (sub,) in subs) or gettext("nobody known")
        times = {name: value.isoformat() for name, value in chosen.items() if name in _TIMES}
        return tuple(f"{name}: {value}" for name, value in (chosen | times).items())

    def _conditions(self) -> Iterator[Q]:
        chosen = self.cleaned_data
        if chosen["person"]:
            yield _of_person(chosen["person"])
        if chosen["client"]:
            yield _of_client(chosen["client"])
        columns = {"request_id": "request", "at__gte": "since", "at__lt": "until"}
        columns |= {name: name for name in ("kind", "outcome", "actor", "address")}
        for column, name in columns.items():
            if chosen[name]:
                yield Q(**{column: chosen[name]})


_TIMES = ("since", "until")


def _of_person(typed: str) -> Q:
    """Name a person, or by subject one who is deleted."""
    found = named_people(typed)
    return Q(user__in=found) if found else Q(user=None, sub=typed)


def _of_client(typed: str) -> Q:
    found = named_clients(Client.objects.all(), typed)
    return Q(client__in=found) if found else Q(client=None, client_public_id=typed)


class Filtered(admin.ListFilter):
    """Hand the address of the list to the filter. Its form stands above the list, in one piece."""

    title = "filter"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        sent = {name: params.pop(name) for name in EventFilter.base_fields if name in params}
        self.form = EventFilter({name: values[-1] for name, values in sent.items()})

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        return iter(())

    def expected_parameters(self) -> list[str | None]:
        return list(EventFilter.base_fields)

    def queryset(self, request: HttpRequest, events: QuerySet[Any]) -> QuerySet[Any]:
        return self.form.rows(events)

    @property
    def first_and_last(self) -> tuple[Any, Any]:
        """Return the times that were chosen; for the last one, now where there is none."""
        chosen = self.form.cleaned_data if self.form.is_valid() else {}
        return chosen.get("since"), chosen.get("until") or timezone.now()
