"""List the kinds of events that webhooks are told of, and which published type says the same."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from accounts.developers.frame import page
from accounts.models.event_kinds import Event, Outcome
from accounts.webhooks import event_tokens
from accounts.webhooks.payload import TEST


@dataclass(frozen=True)
class Kind:
    """Describe a kind. `types` are the names that it has in messages, by its outcome."""

    label: str
    types: tuple[str, ...]
    published: str = ""


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    with translation.override("en"):
        kinds = [_kind(event) for event in Event]
    return page(request, "events", {"kinds": [*kinds, Kind("A test", (TEST,))]})


def _kind(event: Event) -> Kind:
    published = event_tokens.PUBLISHED.get(event)
    types = tuple(f"{event.value}.{outcome.value}" for outcome in Outcome)
    return Kind(str(event.label), types, published.name if published else "")
