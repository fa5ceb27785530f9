"""Read the API's OpenAPI document into what its pages show.

The document is what the API's own address of it answers, so that the pages say what programs are
told. What it does not say is left out of the page: nothing here knows a resource by its name.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.developers import own_requests
from accounts.developers.markdown import inline
from accounts.developers.schemas import Field, Schemas
from accounts.site.problems import CONTENT_TYPE, PROBLEMS, ProblemType

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    """Describe a parameter of the path, the query or the headers."""

    name: str
    place: str
    kind: str
    is_required: bool
    description: SafeString


@dataclass(frozen=True)
class Body:
    """Describe what is sent or answered: its media types, its fields, and an example as JSON."""

    media_types: tuple[str, ...]
    fields: tuple[Field, ...]
    is_list: bool
    example: str


@dataclass(frozen=True)
class Answer:
    """Describe one status that may come."""

    status: str
    phrase: str
    description: SafeString
    headers: tuple[str, ...]
    problems: tuple[ProblemType, ...]  # which of them it may be; none where it is no problem
    body: Body | None


@dataclass(frozen=True)
class Operation:
    """Describe one method of one address."""

    name: str
    method: str
    path: str
    summary: str
    description: SafeString
    scopes: tuple[str, ...]
    needs_token: bool
    parameters: tuple[Parameter, ...]
    body: Body | None
    answers: tuple[Answer, ...]

    @property
    def is_read(self) -> bool:
        return self.method == "GET"


class Reference:
    """Hold all operations of one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas = Schemas(document)

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Return them by their names, in the document's order."""
        return {each.name: each for each in self._read()}

    def _read(self) -> Iterator[Operation]:
        for path, item in self._document.get("paths", {}).items():
            for method in _METHODS:
                if method in item:
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: dict[str, Any]) -> Operation:
        said = item[method]
        security = said.get("security", self._document.get("security", []))
        parameters = [*item.get("parameters", []), *said.get("parameters", [])]
        return Operation(
            name=said.get("operationId") or f"{method}-{path.strip('/').replace('/', '-')}",
            method=method.upper(),
            path=path,
            summary=said.get("summary") or f"{method.upper()} {path}",
            description=inline(said.get("description", "")),
            scopes=tuple(dict.fromkeys(_scopes(security))),
            needs_token=bool(security) and {} not in security,
            parameters=tuple(map(self._parameter, parameters)),
            body=self._body(said.get("requestBody")),
            answers=tuple(self._answers(said.get("responses", {}))),
        )

    def _parameter(self, said: dict[str, Any]) -> Parameter:
        said = self._schemas.resolved(said)
        kind = self._schemas.kind(said.get("schema", {}))
        place = str(said.get("in", ""))
        is_required = bool(said.get("required"))
        description = inline(said.get("description", ""))
        return Parameter(str(said.get("name", "")), place, kind, is_required, description)

    def _answers(self, responses: dict[str, Any]) -> Iterator[Answer]:
        for status, reference in sorted(responses.items(), key=lambda each: str(each[0])):
            said = self._schemas.resolved(reference)
            problems = tuple(_problems(said.get("content", {})))
            phrase, description = _phrase(str(status)), said.get("description", "")
            yield Answer(
                status=str(status),
                phrase=phrase,
                description=inline("" if description == phrase else description),
                headers=tuple(said.get("headers", {})),
                problems=problems,
                body=None if problems else self._body(said),
            )

    def _body(self, said: dict[str, Any] | None) -> Body | None:
        content = self._schemas.resolved(said or {}).get("content", {})
        if not content:
            return None
        first = next(iter(content.values()))
        schema = self._schemas.resolved(first.get("schema", {}))
        is_list = schema.get("type") == "array"
        shown = self._schemas.resolved(schema.get("items", {})) if is_list else schema
        example = self._schemas.example(first, schema)
        return Body(tuple(content), tuple(self._schemas.fields(shown)), is_list, _as_json(example))


def _scopes(security: list[dict[str, list[str]]]) -> Iterator[str]:
    for requirement in security:
        for scopes in requirement.values():
            yield from filter(None, scopes)


def _problems(content: dict[str, Any]) -> Iterator[ProblemType]:
    """Return the types of problems that an answer has examples of, as they are called here."""
    for name in content.get(CONTENT_TYPE, {}).get("examples", {}):
        if name in PROBLEMS:
            yield PROBLEMS[name]


def _phrase(status: str) -> str:
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:  # "default", "4XX", or one that HTTP does not name
        return ""


def _as_json(example: Any) -> str:
    return "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)


_kept: dict[str, Reference] = {}  # by the site's address: the code of a process does not change


def reference(request: HttpRequest) -> Reference:
    """Return the reference of the API as this site describes it."""
    if settings.SITE_URL not in _kept:
        accept = {"Accept": "application/json"}
        response = own_requests.send(request, reverse("api:schema"), headers=accept)
        _kept[settings.SITE_URL] = Reference(json.loads(response.content))
    return _kept[settings.SITE_URL]
