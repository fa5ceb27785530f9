"""Say what every operation of a Resource takes and may answer, from how Resource answers it.

The schema's texts are for who calls the API. What a view inherits is described here once; what is
its own, its serializers, its `problems` and its summary say.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from accounts.oauth_server.rules.scopes import SCOPES
from accounts.site.problems import CONTENT_TYPE, PROBLEMS, ProblemType, body
from api.cursors import AT_MOST, LIMIT
from api.permissions import ANY, for_method

_WRITES = ("PUT", "PATCH", "DELETE")  # which heed If-Match
_BODIES = ("POST", "PUT", "PATCH")
_EVERYWHERE = (
    *("token-in-query", "token-missing", "token-invalid", "not-acceptable", "uri-too-long"),
    *("too-many-requests", "service-unavailable"),
)
_UNCOUNTED = {"401", "406", "414", "503"}  # answered before the limit is asked
_MEMBERS: dict[str, Any] = {  # of the examples, beside those that all problems have
    "invalid-fields": {"errors": [{"pointer": "/name", "detail": "This field is required."}]},
    "invalid-json": {"errors": [{"pointer": "/name", "detail": "The member is there twice."}]},
    "invalid-parameter": {"errors": [{"parameter": "limit", "detail": "From 1 to 100."}]},
    "invalid-cursor": {"errors": [{"parameter": "cursor", "detail": "Take it from Link."}]},
    "invalid-header": {"errors": [{"header": "If-Match", "detail": "ETags in quotation marks."}]},
    "insufficient-user-authentication": {"max_age": "300"},
    "too-many-requests": {"retry_after": 27},
    "idempotency-key-in-flight": {"retry_after": 1},
}
_REQUEST_ID = "0b0f2f6c-52b6-4a5c-8c8e-5e9d3e8f1a52"


def _text(example: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"} | schema, "example": example}


HEADERS = {
    "X-Request-ID": _text(_REQUEST_ID, "Names the request in the log of this site."),
    "ETag": _text('"1f0c9a7e"', "The version of what is answered, strong (RFC 9110)."),
    "Link": _text(
        '<https://login.example/api/v1/me/events?limit=30>; rel="first"',
        "The pages beside this one (RFC 8288): `first`, `prev` and `next`, as far as there are. "
        "Follow the addresses as they are.",
    ),
    "Location": _text("https://login.example/api/v1/me/tokens/x1", "Where the new thing is."),
    "RateLimit-Policy": _text('"api";q=6000;w=60', "The limit: `q` requests in `w` seconds."),
    "RateLimit": _text('"api";r=5999;t=60', "What is left of it: `r` requests for `t` seconds."),
    "Retry-After": _text("27", "After how many seconds to send it again.", pattern="^[0-9]+$"),
    "WWW-Authenticate": _text(
        'Bearer realm="api", error="insufficient_scope", scope="profile"',
        "The challenge (RFC 6750, RFC 9470, RFC 9728): what is wrong with the token, the `scope` "
        "that opens this, and where the metadata are.",
    ),
    "Idempotency-Replayed": _text("true", "The answer is the one that was given before."),
    "Deprecation": _text("@1796860800", "Since when nobody should begin to use it (RFC 9745)."),
    "Sunset": _text("Sun, 28 Nov 2027 00:00:00 GMT", "When it ends (RFC 8594)."),
}

_TAGS = r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'


def _parameter(name: str, place: str, said: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": False} | said | more


_VERSION = '"1f0c9a7e"'
PARAMETERS = {
    "IfNoneMatch": _parameter(
        "If-None-Match",
        "header",
        _text(_VERSION, "ETags that you have: if it is still one of them, 304."),
    ),
    "IfMatch": _parameter(
        "If-Match",
        "header",
        _text(_VERSION, "Change it only if this is its ETag still; else 412.", pattern=_TAGS),
    ),
    "RequiredIfMatch": _parameter(
        "If-Match",
        "header",
        _text(
            _VERSION,
            "Change it only if this is its ETag still; else 412. `*` stands for any.",
            pattern=_TAGS,
        ),
        required=True,
    ),
    "IdempotencyKey": _parameter(
        "Idempotency-Key",
        "header",
        _text(
            "6f1f3c1e-7a52",
            "A new one for each thing that you make: the same request with the same key is "
            "answered as before, for 24 hours.",
            pattern="^[!-~]([ -~]{0,253}[!-~])?$",
        ),
    ),
    "limit": _parameter(
        "limit",
        "query",
        {
            "description": "How many entries there are on a page, at most.",
            "schema": {"type": "integer", "minimum": 1, "maximum": AT_MOST, "default": LIMIT},
            "example": LIMIT,
        },
    ),
    "cursor": _parameter(
        "cursor",
        "query",
        {
            "description": "Where the page begins: from an address of the Link header.",
            "schema": {"type": "string", "minLength": 1},
        },
    ),
}


def examples() -> dict[str, Any]:
    """Return an answer of each type of problem, by its name."""
    told = {}
    for name, problem in PROBLEMS.items():
        value = body(problem.status, problem) | _MEMBERS.get(name, {})
        told[name] = {"summary": problem.title, "value": value | {"request_id": _REQUEST_ID}}
    return told


def is_list(operation: dict[str, Any]) -> bool:
    """Tell whether what is answered comes in pages."""
    content = operation["responses"].get("200", {}).get("content", {})
    return any(said.get("schema", {}).get("type") == "array" for said in content.values())


def complete(operation: dict[str, Any], view: Any, method: str, declared: Iterable[str]) -> None:
    """Add to what a view says of itself all that it inherits. `declared` are the statuses of
    problems that it says it has of its own."""
    paged = method == "GET" and is_list(operation) and view.is_paged
    inherited = _inherited(view, method, operation, is_paged=paged)
    names = dict.fromkeys([*inherited, *view.problems.get(method, ())])
    problems: list[ProblemType] = [PROBLEMS[name] for name in names]
    for status in declared:
        if not any(str(int(each.status)) == status for each in problems):
            problems += [each for each in PROBLEMS.values() if str(int(each.status)) == status]
    added = [
        {"$ref": f"#/components/parameters/{name}"}
        for name in _parameters(view, method, is_paged=paged)
    ]
    if added:
        operation["parameters"] = [*operation.get("parameters", []), *added]
    operation["description"] = _description(operation, view, method, is_paged=paged)
    answers = _answers(operation["responses"], view, method, is_paged=paged)
    operation["responses"] = dict(sorted((answers | _refusals(problems, view)).items()))


def _inherited(view: Any, method: str, operation: Any, *, is_paged: bool) -> Iterator[str]:
    yield from _EVERYWHERE
    if view.required_scopes[method] != ANY:
        yield "insufficient-scope"
    if view.is_about_a_person:
        yield "person-required"
    if _stepped_up(view, method) != (None, None):
        yield "insufficient-user-authentication"
    if any(each.get("in") == "path" for each in operation.get("parameters", [])):
        yield "not-found"
    if is_paged:
        yield from ("invalid-parameter", "invalid-cursor")
    if method in _BODIES:
        yield from ("invalid-json", "invalid-fields", "content-too-large")
        yield "unsupported-media-type"
    if method == "POST":
        yield from ("invalid-header", "idempotency-key-in-flight", "idempotency-key-reused")
    if method in _WRITES:
        yield from ("invalid-header", "precondition-failed")
    if method in view.match_required:
        yield "precondition-required"


def _parameters(view: Any, method: str, *, is_paged: bool) -> Iterator[str]:
    if method == "GET":
        yield "IfNoneMatch"
    if is_paged:
        yield from ("limit", "cursor")
    if method in _WRITES:
        yield "RequiredIfMatch" if method in view.match_required else "IfMatch"
    if method == "POST":
        yield "IdempotencyKey"


def _stepped_up(view: Any, method: str) -> tuple[str | None, int | None]:
    acr, age = for_method(view.required_acr, method), for_method(view.max_auth_age, method)
    return acr, age


def _description(operation: Any, view: Any, method: str, *, is_paged: bool) -> str:
    said = [operation.get("description", ""), _opened_by(view, method)]
    acr, age = _stepped_up(view, method)
    if age is not None:
        said.append(
            f"An app’s token opens it only if the person signed in during the last {age} seconds."
        )
    if acr is not None:
        said.append(f"The person must have signed in as `acr_values={acr}` demands.")
    if is_paged:
        said.append("The entries come in pages, which the Link header connects.")
    if method in view.match_required:
        said.append("It needs the ETag of what it changes in If-Match.")
    if method == "POST":
        said.append("With an Idempotency-Key it can be sent again without making a second one.")
    return " ".join(filter(None, said))


def _opened_by(view: Any, method: str) -> str:
    scope = view.required_scopes[method]
    if scope == ANY:
        return "Any token opens it."
    sentence = str(SCOPES[scope].sentence) if scope in SCOPES else ""
    return f"Needs the scope `{scope}`: {sentence[:1].lower()}{sentence[1:]}."


def _answers(
    said: dict[str, Any], view: Any, method: str, *, is_paged: bool
) -> dict[str, dict[str, Any]]:
    """Return the answers that are no refusals, with their headers."""
    told = {status: answer for status, answer in said.items() if status < "300"}
    for status, answer in told.items():
        names = list(_of_success(status, method, is_paged=is_paged))
        answer["description"] = answer.get("description") or HTTPStatus(int(status)).phrase
        answer["headers"] = _headers(status, names, view)
    if method == "GET":
        headers = _headers("304", ["ETag"], view)
        told["304"] = {"description": "It is still as you have it.", "headers": headers}
    return told


def _of_success(status: str, method: str, *, is_paged: bool) -> Iterator[str]:
    if status == "200" and method in ("GET", "PUT", "PATCH"):
        yield "ETag"
    if is_paged:
        yield "Link"
    if status == "201":
        yield "Location"
    if method == "POST":
        yield "Idempotency-Replayed"


def _refusals(problems: list[ProblemType], view: Any) -> dict[str, dict[str, Any]]:
    of: dict[str, list[ProblemType]] = {}
    for each in problems:
        of.setdefault(str(int(each.status)), []).append(each)
    return {status: _refusal(status, several, view) for status, several in of.items()}


def _refusal(status: str, problems: list[ProblemType], view: Any) -> dict[str, Any]:
    names = ["WWW-Authenticate"] if status in ("401", "403") else []
    if {"too-many-requests", "idempotency-key-in-flight", "service-unavailable"} & {
        each.name for each in problems
    }:
        names.append("Retry-After")
    shown = {each.name: {"$ref": f"#/components/examples/{each.name}"} for each in problems}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": shown}
    return {
        "description": " ".join(f"{each.title}." for each in problems),
        "headers": _headers(status, names, view),
        "content": {CONTENT_TYPE: content},
    }


def _headers(status: str, names: list[str], view: Any) -> dict[str, Any]:
    names = ["X-Request-ID", *names]
    if status not in _UNCOUNTED:
        names += ["RateLimit-Policy", "RateLimit"]
    told = {"Deprecation": view.deprecated, "Sunset": view.sunset}
    names += [name for name, since in told.items() if since is not None]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
