"""Send a reading request to the API for a developer, by a token that they paste or by a sign-in.

Only the API's own reading operations can be chosen, and the request never leaves this process: no
address of anybody else's can be reached. A token that is pasted is used for this one request. It is
in no address, no log and no page, and is not kept.
"""

import json
from typing import Any
from urllib.parse import quote, urlencode

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.developers import own_requests
from accounts.developers.frame import page
from accounts.developers.reference import Operation, reference
from accounts.developers.walkthrough.provider_role import ProviderWalk
from accounts.limits.rate_limits import hit
from accounts.oauth_server.exchanges import wire
from accounts.oauth_server.exchanges.undone import undone
from accounts.oauth_server.exchanges.wire import Step
from accounts.oauth_server.rules.scopes import Holder, given_by_superusers, held_by
from accounts.oauth_server.wire.endpoint import no_store

_HEADERS = (
    *("Content-Type", "ETag", "Link", "RateLimit-Policy", "RateLimit", "Retry-After"),
    *("WWW-Authenticate", "Allow", "Deprecation", "Sunset"),
)
_ASKS_OTHERS = {"502"}
_SIGN_IN = "sign-in"  # the button that takes a sign-in in place of a token


class RequestForm(forms.Form):
    """Take what a request needs: its parameters, and a token."""

    def __init__(self, operation: Operation, data: Any = None) -> None:
        super().__init__(data)
        for each in operation.parameters:
            if each.place in ("path", "query"):
                self.fields[f"{each.place}-{each.name}"] = forms.CharField(
                    label=each.name,
                    required=each.is_required and each.place == "path",
                    help_text=each.description,
                    max_length=500,
                    widget=forms.TextInput({"autocomplete": "off"}),
                )
        if operation.needs_token:
            self.fields["token"] = forms.CharField(
                label="Access token",
                required=_SIGN_IN not in (data or ()),
                help_text="It is used for this one request, and not kept.",
                max_length=8000,
                widget=forms.PasswordInput({"autocomplete": "off", "spellcheck": "false"}),
            )

    def address(self, operation: Operation) -> str:
        """Return the path and query; whatever was typed is one segment, or one value."""
        path, query = operation.path, {}
        for name, value in self.cleaned_data.items():
            place, _, parameter = name.partition("-")
            if place == "path":
                path = path.replace(f"{{{parameter}}}", quote(value, safe=""))
            elif place == "query" and value:
                query[parameter] = value
        return f"{path}?{urlencode(query)}" if query else path


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    operations = [each for each in reference(request).operations.values() if each.is_read]
    context = {"operations": operations, "has_personal_tokens": settings.PERSONAL_TOKENS}
    return page(request, "try_choose", context)


@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def try_it(request: HttpRequest, name: str) -> HttpResponse:
    operation = reference(request).operations.get(name)
    if operation is None or not operation.is_read:
        raise Http404
    with translation.override("en"):
        form = RequestForm(operation, request.POST if request.method == "POST" else None)
        steps = _tried(request, operation, form) if form.is_valid() else []
        context = {"operation": operation, "form": form, "steps": steps}
        context |= {"takes_sign_in": _takes_sign_in(request, operation), "sign_in": _SIGN_IN}
        context |= {"errors": [str(each) for several in form.errors.values() for each in several]}
    return no_store(page(request, "try_it", context))


def _takes_sign_in(request: HttpRequest, operation: Operation) -> bool:
    """Return whether the person may read as themselves. What asks a third party runs in no
    transaction, and so not in one that is undone."""
    asks_others = _ASKS_OTHERS & {each.status for each in operation.answers}
    if not request.user.is_authenticated or not operation.needs_token or asks_others:
        return False
    # Never more than the person could give a token of their own.
    theirs = held_by(Holder.PERSON) & held_by(Holder.PERSONAL_TOKEN) - given_by_superusers()
    return theirs.issuperset(operation.scopes)


def _tried(request: HttpRequest, operation: Operation, form: RequestForm) -> list[Step]:
    who = (str(request.user.pk),) if request.user.is_authenticated else ()
    hit(request, "developers", *who)
    address = form.address(operation)
    if _SIGN_IN in request.POST and _takes_sign_in(request, operation):
        return _by_sign_in(request, operation, address)
    return [_send(request, address, form.cleaned_data.get("token", "").strip())]


@sensitive_variables("walked", "token")
def _by_sign_in(request: HttpRequest, operation: Operation, address: str) -> list[Step]:
    """Sign the person in to a demo app that asks for the scope, and call as that: all undone."""
    scope = " ".join(dict.fromkeys(("openid", *operation.scopes)))
    walked = ProviderWalk(request, scope=scope)

    def call() -> None:
        walked.walk(5)
        if token := walked.told.get("access_token"):
            walked.steps = [_send(request, address, token)]
        else:
            walked.steps = [each for each in walked.steps if each.error][:1]

    undone(call)
    return walked.steps


@sensitive_variables("token", "headers")
def _send(request: HttpRequest, address: str, token: str) -> Step:
    headers = {"Accept": "application/json"}
    if token and token.isascii() and token.isprintable():
        headers["Authorization"] = f"Bearer {token}"
    response = own_requests.send(request, address, headers=headers)
    sent = wire.get(address, token) if token else wire.get(address, "").rpartition("\n")[0]
    return Step(f"{response.status_code} {response.reason_phrase}", sent, _answered(response))


def _answered(response: HttpResponse) -> str:
    lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"]
    lines += [f"{name}: {response[name]}" for name in _HEADERS if name in response]
    body = response.content.decode()
    if body and "json" in response.get("Content-Type", ""):
        body = wire.as_json(json.loads(body))
    return "\n".join([*lines, "", body]).rstrip()
