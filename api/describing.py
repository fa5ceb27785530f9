"""Note what an operation is called, takes and answers with, for the API's description.

This does what drf-spectacular's `extend_schema` does, which loads drf-spectacular, and Django's
test client with it: three megabytes of every process that serves, of which only the description
itself needs anything (api/schema.py, api/described.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from rest_framework.fields import empty

Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Said:
    """Hold what is said of an operation. `request` and `responses` are serializers, the latter by
    status; `parameters` are those of the query that are its own."""

    summary: str
    responses: Mapping[int, Any]
    operation_id: str = ""  # else one is made of the address
    description: str = ""
    parameters: Sequence[Any] = ()
    request: Any = empty


def describe(**said: Any) -> Callable[[Method], Method]:
    """Say of the method of a view what Said holds."""
    noted = Said(**said)

    def note(method: Method) -> Method:
        method.said = noted  # type: ignore[attr-defined]
        return method

    return note


def said_of(view: Any, method: str) -> Said:
    """Return what is said of a view's `method`. Raises ImproperlyConfigured where nothing is."""
    said = getattr(getattr(view, method.lower()), "said", None)
    if not isinstance(said, Said):
        where = f"{type(view).__name__}.{method.lower()}"
        raise ImproperlyConfigured(f"{where} is not described: put @describe(...) above it.")
    return said
