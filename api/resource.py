"""Guard and answer alike whatever the API serves: every view inherits Resource.

A view says which scope opens each of its methods, and answers with data. From here it has: the
check of the token, the limit, problems for answers, ETags and their conditions, Idempotency-Key,
HEAD and OPTIONS, and the headers that go with all of that.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django.db import transaction
from django.http import HttpResponse
from django.utils.http import http_date
from rest_framework.exceptions import MethodNotAllowed, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import (
    BooleanField,
    CharField,
    DictField,
    IntegerField,
    ListField,
    Serializer,
)
from rest_framework.views import APIView

from accounts.limits import lots
from accounts.oauth_server import bearer, idempotency
from api import preconditions
from api.authentication import METADATA, access_of
from api.problems import Problem
from api.strict_json import JSONLine, MergePatch, StrictJSON

_READ = ("GET", "HEAD")
_VERSIONED = (*_READ, "PUT", "PATCH")  # what these answer with is the resource as it is now
_KEPT = ("Location", "Link")  # of the headers, beside the body


class Resource(APIView):
    """Guard a resource by the scope that opens each method, how the person has to have signed in
    for it (`required_acr`), and how long ago at most (`max_auth_age`, seconds): RFC 9470. Either
    holds for every method, or for those that it is a mapping of.

    `is_paged`: where it is a list, it comes in pages. `match_required` are the methods that need
    If-Match. `problems` are, by method, the types that a view raises beside those that every
    resource may answer with, for the schema. Where a resource is to go away, `deprecated` says
    since when nobody should begin to use it (RFC 9745), and `sunset` when it ends (RFC 8594).

    Whatever is no reading runs in a transaction. What it answers is one person's: nobody keeps it.
    """

    required_scopes: ClassVar[Mapping[str, str]] = {}
    required_acr: str | Mapping[str, str] | None = None
    max_auth_age: int | Mapping[str, int] | None = None
    is_about_a_person = True
    is_paged = True
    match_required: ClassVar[frozenset[str]] = frozenset()
    problems: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    deprecated: datetime | None = None
    sunset: datetime | None = None

    is_counted = True  # of requests that another view handed on, that one counted
    metadata = METADATA  # where whoever is refused learns how to get in

    renderer_classes = (JSONLine,)
    parser_classes = (StrictJSON, MergePatch)

    format_kwarg = None  # of DRF's suffixes, such as .json, which there are none of
    _standing: lots.Standing | None = None

    def scope_needed(self) -> str | None:
        """Return the scope that opens the method at hand."""
        method = str(self.request.method)
        return self.required_scopes.get("GET" if method == "HEAD" else method)

    def scope_told(self) -> str | None:
        """Return the scope that whoever is refused is told to ask for."""
        return self.scope_needed()

    def lock(self, request: Request, **named: Any) -> None:
        """Lock the row behind the resource, so that nobody changes it between the look at its ETag
        and the change. For views that take If-Match; `named` is from the address."""

    def fields(self, kind: type[Any]) -> dict[str, Any]:
        """Return the body as the serializer `kind` reads it, of a PATCH what is there of it. Raises
        ValidationError, also for a field that it does not know: else nobody notices a typing
        error."""
        data = self.request.data
        if not isinstance(data, dict):
            raise ValidationError(["The body has to be a JSON object."])
        serializer = kind(data=data, partial=self.request.method == "PATCH")
        serializer.is_valid(raise_exception=True)
        if wrong := _wrong(serializer, data):
            raise ValidationError(wrong)
        return dict(serializer.validated_data)

    def take_nothing(self) -> None:
        """Refuse a body that says something, where nothing can be chosen: whoever sends a field
        thinks that it does something. Raises ValidationError."""
        self.fields(Serializer)

    # One of each for all requests, as they keep nothing of any.

    def get_authenticators(self) -> list[Any]:
        return _made(tuple(self.authentication_classes))

    def get_permissions(self) -> list[Any]:
        return _made(tuple(self.permission_classes))

    def get_parsers(self) -> list[Any]:
        return _made(tuple(self.parser_classes))

    def get_renderers(self) -> list[Any]:
        return _made(tuple(self.renderer_classes))

    def dispatch(self, request: Any, *args: Any, **named: Any) -> Any:
        self.args, self.kwargs = args, named
        self.request = self.initialize_request(request, *args, **named)
        self.headers = self.default_response_headers
        try:
            self.initial(self.request, *args, **named)
            response = self._act(self.request, **named)
        except Exception as error:  # noqa: BLE001 (handle_exception raises what it does not know)
            response = self.handle_exception(error)
        return self.finalize_response(self.request, response, *args, **named)

    def initial(self, request: Request, *args: Any, **named: Any) -> None:
        method = str(request.method)
        if method.lower() not in self.http_method_names or not hasattr(self, method.lower()):
            raise MethodNotAllowed(method)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request
        )
        request.version = request.versioning_scheme = None
        if "\0" in request._request.path:  # which PostgreSQL refuses to look for
            raise NotFound
        if method == "OPTIONS":  # says nothing that the documentation does not
            return
        self.perform_authentication(request)
        self.check_throttles(request)
        self.check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Count the request, for the client and the person of its token together."""
        if not self.is_counted:
            return
        access = access_of(request)
        who = (access.client_id, str(access.user_id))
        self._standing = lots.take(request._request, "api", *who, client_id=access.client_id)

    def _act(self, request: Request, **named: Any) -> Response:
        method = str(request.method)
        work: Callable[..., Response] = getattr(self, method.lower())
        if method in _READ or method == "OPTIONS":
            return work(request, **named)
        if method == "POST":
            return _once(request, lambda: work(request, **named))
        wanted = preconditions.demand(request, is_required=method in self.match_required)
        with transaction.atomic():
            if wanted is not None:
                self._check_match(wanted, request, **named)
            return work(request, **named)

    def _check_match(self, wanted: str, request: Request, **named: Any) -> None:
        self.lock(request, **named)
        read: Callable[..., Response] | None = getattr(self, "get", None)
        if read is None:  # there is no version that anybody could have read
            preconditions.check(wanted, "")
            return
        renderer, media_type = request.accepted_renderer, request.accepted_media_type
        now = renderer.render(read(request, **named).data, media_type, self.get_renderer_context())
        preconditions.check(wanted, preconditions.etag(cast(bytes, now)))

    def options(self, request: Any, *args: Any, **named: Any) -> Any:
        """Say which methods there are, and in which formats they take a body."""
        response = Response(status=HTTPStatus.NO_CONTENT)
        formats = ", ".join(parser.media_type for parser in self.parser_classes)
        for method, header in (("POST", "Accept-Post"), ("PATCH", "Accept-Patch")):
            if method in self.allowed_methods:
                response[header] = "application/json" if method == "POST" else formats
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **named: Any) -> Any:
        response = super().finalize_response(request, response, *args, **named)
        response["Cache-Control"] = "no-store"
        bearer.tell_nonce(request.META, response)
        if self._standing is not None:
            _tell_limit(response, self._standing)
        if self.deprecated is not None:
            response["Deprecation"] = f"@{int(self.deprecated.timestamp())}"
        if self.sunset is not None:
            response["Sunset"] = http_date(self.sunset.timestamp())
        if response.status_code == HTTPStatus.OK and request.method in _VERSIONED:
            response.render()
            preconditions.tell_version(request, response)
        return response


def _wrong(serializer: Any, data: Any) -> dict[str, Any]:
    """Return what to say of the fields of `data` that `serializer` does not know, and of values
    that it would take for others: a number for a text, a text for true or false. However deep."""
    told: dict[str, Any] = {}
    for name, value in data.items():
        field = serializer.fields.get(name)
        if field is None:
            told[name] = ["There is no such field here."]
        elif isinstance(field, Serializer) and value and (inner := _wrong(field, value)):
            told[name] = inner
        elif said := _misread(field, value):
            told[name] = said
    return told


def _misread(field: Any, value: Any) -> Any:
    if isinstance(field, CharField) and isinstance(value, int | float):
        return ["Not a valid string."]
    if isinstance(field, IntegerField) and isinstance(value, str):
        return ["A valid integer is required."]
    if isinstance(field, BooleanField) and not isinstance(value, bool | None):
        return ["It has to be true or false."]
    if isinstance(field, ListField | DictField) and value:
        inside = value.items() if isinstance(field, DictField) else enumerate(value)
        found = ((name, _misread(field.child, each)) for name, each in inside)
        return {str(name): said for name, said in found if said}
    return None


def _tell_limit(response: HttpResponse, standing: lots.Standing) -> None:
    """Set the fields of draft-ietf-httpapi-ratelimit-headers-11."""
    rate = standing.rate
    response["RateLimit-Policy"] = f'"api";q={rate.limit};w={rate.seconds}'
    response["RateLimit"] = f'"api";r={standing.left};t={standing.seconds}'


def _once(request: Request, work: Callable[[], Response]) -> Response:
    """Do `work` in a transaction, and once for each Idempotency-Key."""
    key = _key(request)
    if key is None:
        with transaction.atomic():
            return work()
    made: list[Response] = []

    def answer() -> idempotency.Answer:
        made.append(work())
        data = json.loads(JSONLine().render(made[0].data) or b"null")
        return idempotency.Answer(made[0].status_code, data, _kept(made[0]))

    where = f"{request.method} {request._request.path}"
    access, asked = access_of(request), request._request.body
    # A script's other token may open more: what that made is not for this one.
    of = "" if access.client_id else str(request.META.get("HTTP_AUTHORIZATION"))
    try:
        told = idempotency.once(access, f"{of} {key}".strip(), where, asked, answer)
    except idempotency.Reused as error:
        raise Problem("idempotency-key-reused") from error
    except idempotency.InFlight as error:
        raise Problem("idempotency-key-in-flight", retry_after=1) from error
    if not told.is_repeated:
        return made[0]
    return Response(told.data, told.status, headers=told.headers | {"Idempotency-Replayed": "true"})


def _kept(response: Response) -> dict[str, str]:
    return {name: response[name] for name in _KEPT if name in response}


def _key(request: Request) -> str | None:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if 1 <= len(key) <= 255 and key.isascii() and key.isprintable() and key.strip():
        return str(key)
    detail = "1 to 255 visible ASCII characters, of your choosing."
    raise Problem("invalid-header", errors=[{"header": "Idempotency-Key", "detail": detail}])


@cache
def _made(kinds: tuple[Any, ...]) -> list[Any]:
    return [kind() for kind in kinds]
