"""Register the types of problems that the API answers with (RFC 9457), and what each page says.

The `type` of an answer is the address of a page of this site, which is made from the same entry: it
says why that happens and what to do. A type of one's own is one more entry of PROBLEMS. The API and
its pages speak English only.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from accounts.site import request_id

PAGES = "/developers/problems/"  # not looked up: a fault of ours may be that nothing can be
CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class ProblemType:
    """Describe one type of problem. `cause` and `remedy` are for the developer who met it."""

    name: str
    status: HTTPStatus
    title: str
    cause: str
    remedy: str

    @property
    def address(self) -> str:
        return f"{settings.SITE_URL}{PAGES}{self.name}/"


def _type(name: str, status: int, title: str, cause: str, remedy: str) -> ProblemType:
    return ProblemType(name, HTTPStatus(status), title, cause, remedy)


PROBLEMS = {
    problem.name: problem
    for problem in (
        _type(
            "bad-request",
            400,
            "Bad request",
            "The request cannot be read as HTTP, or names another host than this site.",
            "Compare the request with the example in the documentation of the endpoint.",
        ),
        _type(
            "invalid-json",
            400,
            "The body is not valid JSON",
            "The body is not JSON in UTF-8 (RFC 8259), names a member twice, has NaN, Infinity, a "
            "NUL character or half of a surrogate pair, or is nested too deeply. Where “errors” is "
            "there, its pointer leads to the place.",
            "Write the body with a JSON library, and send it as UTF-8.",
        ),
        _type(
            "invalid-fields",
            400,
            "Some fields are not valid",
            "A field of the body is missing, unknown, or has a value that the endpoint does not "
            "take. Nothing was changed.",
            "Each entry of “errors” has a JSON Pointer (RFC 6901) to the field, and says what it "
            "should be. Correct these and send the request again.",
        ),
        _type(
            "invalid-parameter",
            400,
            "A parameter of the query is not valid",
            "A parameter in the address has a value that the endpoint does not take. “errors” "
            "names it.",
            "Correct the parameter, or leave it out.",
        ),
        _type(
            "invalid-cursor",
            400,
            "The cursor is not valid here",
            "A cursor belongs to one list with its filters, and to the person and app that it was "
            "given to. This one is of another, or was altered.",
            "Follow the addresses in the Link header as they are. Begin anew without a cursor.",
        ),
        _type(
            "invalid-header",
            400,
            "A header cannot be read",
            "A header that this request depends on, such as If-Match or Idempotency-Key, is not "
            "written as its specification says. “errors” names it.",
            "Write an ETag in quotation marks, as it was received. An Idempotency-Key has 1 to 255 "
            "visible ASCII characters.",
        ),
        _type(
            "token-in-query",
            400,
            "A token does not belong into an address",
            "The address has the parameter access_token. Addresses end up in logs and histories.",
            "Send the token in the Authorization header alone, and revoke one that was sent so.",
        ),
        _type(
            "token-missing",
            401,
            "An access token is needed",
            "The request came without “Authorization: Bearer …”.",
            "Get an access token with the scope that WWW-Authenticate names, or make a personal "
            "access token, and send it in the Authorization header.",
        ),
        _type(
            "token-invalid",
            401,
            "The access token is not valid",
            "The token has expired, was revoked, or is none of this site. The person may have "
            "removed the app.",
            "Refresh the access token. Where that fails too, send the person to sign in again.",
        ),
        _type(
            "insufficient-user-authentication",
            401,
            "The person has to prove again who they are",
            "This needs a sign-in that is more recent, or stronger, than the one behind the token "
            "(RFC 9470).",
            "Send the person through an authorization request with the acr_values and max_age that "
            "WWW-Authenticate names, and use the token that comes of it.",
        ),
        _type(
            "insufficient-scope",
            403,
            "The access token lacks a scope",
            "The token is valid, and does not have the scope that this needs. WWW-Authenticate "
            "names it.",
            "Ask for that scope in an authorization request; an admin may have to allow that.",
        ),
        _type(
            "person-required",
            403,
            "The access token speaks for no person",
            "The endpoint is about a person, and the token is one that an app got for itself.",
            "Use a token that a person’s sign-in brought, or a personal access token.",
        ),
        _type(
            "forbidden",
            403,
            "Forbidden",
            "The token is valid, and this is not allowed to whom it speaks for.",
            "“detail” says what is missing, as far as that may be told.",
        ),
        _type(
            "not-found",
            404,
            "Not found",
            "There is nothing at this address: it is mistyped, what was there is gone, or it "
            "belongs to somebody else.",
            "Take addresses and identifiers from the API’s own answers.",
        ),
        _type(
            "method-not-allowed",
            405,
            "The method is not allowed here",
            "The address is right, and does not take this method.",
            "The Allow header lists the methods that it takes.",
        ),
        _type(
            "not-acceptable",
            406,
            "No representation is acceptable",
            "The Accept header excludes JSON, and JSON is all that there is.",
            "Send “Accept: application/json”, or no Accept header.",
        ),
        _type(
            "conflict",
            409,
            "The request conflicts with the present state",
            "What is there now does not allow this. “detail” says why.",
            "Read the resource again, and decide from that.",
        ),
        _type(
            "last-way-in",
            409,
            "It is the person’s only way to sign in",
            "Without this connection the person could not sign in any more.",
            "Let the person verify an e-mail address, add a passkey or connect another account "
            "first.",
        ),
        _type(
            "idempotency-key-in-flight",
            409,
            "A request with this Idempotency-Key is being answered",
            "The first request with this key has not been answered yet.",
            "Wait a moment, and send the same request again: it is answered as the first one was.",
        ),
        _type(
            "reconnect",
            409,
            "The connection has to be renewed",
            "The third party no longer accepts what it gave this site.",
            "Let the person sign in through the third party once more.",
        ),
        _type(
            "precondition-failed",
            412,
            "It has changed in the meantime",
            "None of the ETags in If-Match is that of the resource as it is now: somebody changed "
            "it since it was read. Nothing was changed by this request.",
            "Read the resource again, apply the change to that, and send its new ETag.",
        ),
        _type(
            "content-too-large",
            413,
            "The body is too large",
            "The body is longer than the endpoint takes.",
            "Send less: “detail” says how much the endpoint takes, the API 64 KiB at most.",
        ),
        _type(
            "uri-too-long",
            414,
            "The address is too long",
            "Path and query together are longer than this site takes.",
            "Leave out parameters that are not needed: “detail” says how much there may be.",
        ),
        _type(
            "unsupported-media-type",
            415,
            "The body is not in a format that is understood",
            "The Content-Type is missing, or is none that the endpoint takes, or names another "
            "charset than UTF-8.",
            "Send “Content-Type: application/json”. Accept-Post and Accept-Patch, in the answer to "
            "OPTIONS, list what else is taken.",
        ),
        _type(
            "idempotency-key-reused",
            422,
            "The Idempotency-Key belongs to another request",
            "A request with this key, and with another body, was answered in the last 24 hours.",
            "Use a new key for each new request, and the same key only to repeat one.",
        ),
        _type(
            "precondition-required",
            428,
            "If-Match is required",
            "This change needs the ETag of what it changes, so that nobody’s change is lost.",
            "Read the resource, and send its ETag in If-Match. “If-Match: *” changes whatever is "
            "there.",
        ),
        _type(
            "too-many-requests",
            429,
            "Too many requests",
            "The limit that RateLimit-Policy names was used up, for this app and this person "
            "together.",
            "Wait for as many seconds as Retry-After says. RateLimit tells how many are left.",
        ),
        _type(
            "headers-too-large",
            431,
            "The headers are too large",
            "A header, or all of them together, are longer than the server takes. The server in "
            "front of this site may answer so itself, in its own words.",
            "Send fewer cookies and shorter headers; the API needs no cookies.",
        ),
        _type(
            "internal-error",
            500,
            "Something went wrong here",
            "It is a fault of this site.",
            "Try again later. If it stays, tell the site’s admins the request_id.",
        ),
        _type(
            "third-party-refused",
            502,
            "The third party refused",
            "This site asked the third party, which answered with an error.",
            "“detail” has the third party’s status. Try again later.",
        ),
        _type(
            "third-party-unavailable",
            503,
            "The third party cannot be reached",
            "The third party did not answer in time, or not in a way that makes sense.",
            "Try again later.",
        ),
        _type(
            "service-unavailable",
            503,
            "The site is out of order for the moment",
            "Something that this site depends on, such as its database, is away.",
            "Try again after as many seconds as Retry-After says.",
        ),
    )
}

# By which type an error is known that says no more than its status.
_OF_STATUS = {
    **{int(problem.status): problem for problem in reversed(PROBLEMS.values())},
    409: PROBLEMS["conflict"],
    403: PROBLEMS["forbidden"],
    503: PROBLEMS["service-unavailable"],
}


def of_status(status: int) -> ProblemType | None:
    """Return the type of an error that says no more than its status."""
    return _OF_STATUS.get(status)


def body(status: int, problem: ProblemType | None, detail: str = "") -> dict[str, Any]:
    """Return the body of an answer: the members that each problem has."""
    return {
        "type": problem.address if problem else "about:blank",
        "title": problem.title if problem else HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail or (problem.cause if problem else HTTPStatus(status).description),
        "request_id": request_id.current(),
    }


def answer(status: HTTPStatus, detail: str = "") -> HttpResponse:
    """Answer a program with the problem of `status`; `detail` in place of what it says always."""
    document = json.dumps(body(status, of_status(status), detail))
    return HttpResponse(f"{document}\n", status=status, content_type=CONTENT_TYPE)
