"""Hold the form that a client sent, without oauthlib's own parsing of what Django has parsed."""

from typing import Any

from django.http import HttpRequest


class Form:
    """Read each parameter as an attribute of its name, None where it was not sent; of one that was
    sent twice, the last, and its name in `duplicate_params`. One without a value counts as not sent
    (RFC 6749 section 3.2). oauthlib's errors take it as one of its own requests."""

    def __init__(self, request: HttpRequest) -> None:
        self.headers = request.META
        sent = {name: [value for value in values if value] for name, values in request.POST.lists()}
        self._parameters = {name: values[-1] for name, values in sent.items() if values}
        self.resources = sent.get("resource", [])  # which may come more than once (RFC 8707)
        self.audiences = sent.get("audience", [])  # and so may this (RFC 8693 section 2.1)
        self.duplicate_params = [name for name, values in sent.items() if len(values) > 1]

    def __getattr__(self, name: str) -> Any:
        return self.__dict__["_parameters"].get(name)
