"""Speak HTTP for the walkthrough, and show every message; fill in HTML forms."""

import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

TIMEOUT = 10  # seconds

# Shown by their beginnings only. Some are no secrets but too long to be read.
_SHORTENED = {
    *("code", "code_verifier", "code_challenge", "state", "nonce", "password"),
    *("client_secret", "access_token", "refresh_token", "id_token", "token"),
    *("Authorization", "csrfmiddlewaretoken"),
}
_ADDRESSES = {"Location", "next"}
_HEADERS = ("Location", "WWW-Authenticate", "Content-Type")
_SHOWN_LETTERS = 10


class Unexpected(Exception):
    """Say what was expected and what came instead."""


def expect(met: Any, expectation: str, found: Any = "") -> None:
    """Raise Unexpected unless `met`."""
    if not met:
        raise Unexpected(f"Expected {expectation}" + (f", found {found!r}." if found else "."))


def say(text: str = "", *, indent: int = 3) -> None:
    sys.stdout.write(f"{' ' * indent}{text}".rstrip() + "\n")
    sys.stdout.flush()


def show(values: dict[str, Any]) -> None:
    for name, value in values.items():
        say(f"{name}: {_short(name, value)}", indent=9)


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _short(name: str, value: Any) -> str:
    text = str(value)
    if name in _ADDRESSES:
        return text.partition("?")[0] + ("?…" if "?" in text else "")
    if name not in _SHORTENED:
        return text
    scheme, space, rest = text.rpartition(" ") if name == "Authorization" else ("", "", text)
    return f"{scheme}{space}{rest[:_SHOWN_LETTERS]}…"


# The inputs that a browser sends as they are, beside what is ticked. Buttons are the person's to
# press.
_VALUES = ("hidden", "text", "email", "password", None)


@dataclass
class Form:
    action: str
    method: str
    text: str = ""
    fields: dict[str, Any] = field(default_factory=dict)  # a list where there are checkboxes


class _Forms(HTMLParser):
    """Collect the forms of a page: where each goes, what it says, which values it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open = False
        self._decoration = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("aria-hidden") == "true":
            self._decoration = tag
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get").upper()))
            self._open = True
        elif tag == "input" and self._open and given.get("type") in _VALUES:
            self.found[-1].fields[given.get("name", "")] = given.get("value", "")
        elif tag == "input" and self._open and "checked" in given:
            ticked = self.found[-1].fields.setdefault(given.get("name", ""), [])
            ticked.append(given.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        if tag == self._decoration:
            self._decoration = ""

    def handle_data(self, data: str) -> None:
        if self._open and not self._decoration and data.strip():
            self.found[-1].text = f"{self.found[-1].text} {data.strip()}".strip()


def form_on(page: requests.Response, *, to: str) -> Form:
    """Return the form of `page` whose action has `to` in it, that is, its path."""
    forms = _Forms()
    forms.feed(page.text)
    for form in forms.found:
        form.action = urljoin(page.url, form.action)
        if to in form.action:
            return form
    raise Unexpected(f"Expected a form that leads to {to} on {page.url}.")


class Browser:
    """Browse as a person: keep cookies, and follow a redirect when told to."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def open(self, url: str, *, status: int = 200) -> requests.Response:
        return self._send("GET", url, status)

    def follow(self, page: requests.Response, *, status: int = 200) -> requests.Response:
        return self.open(location(page), status=status)

    def submit(self, form: Form, *, status: int = 302, **filled: str) -> requests.Response:
        return self._send(form.method, form.action, status, data=form.fields | filled)

    def _send(self, method: str, url: str, status: int, **what: Any) -> requests.Response:
        return send(self.session, method, url, status=status, **what)


def location(page: requests.Response) -> str:
    """Return where `page` redirects to, as an absolute URL."""
    expect(page.is_redirect, "a redirect", page.status_code)
    return urljoin(page.url, page.headers["Location"])


def send(
    session: requests.Session, method: str, url: str, *, status: int, body: bool = True, **what: Any
) -> requests.Response:
    """Send a request, show it and its answer (the JSON in it if `body`).

    Raises Unexpected for another `status`.
    """
    answer = session.request(method, url, allow_redirects=False, timeout=TIMEOUT, **what)
    say()
    say(f"{method} {url.partition('?')[0]}", indent=6)
    sent = {"Authorization": answer.request.headers.get("Authorization")} | query(url)
    show({name: value for name, value in (sent | what.get("data", {})).items() if value})
    say(f"→ {answer.status_code} {answer.reason}", indent=6)
    show({name: answer.headers[name] for name in _HEADERS if name in answer.headers})
    for cookie in answer.cookies:
        show({"Set-Cookie": f"{cookie.name}=…"})
    if body and answer.headers.get("Content-Type", "").partition(";")[0].endswith("json"):
        _show_json(answer.json())
    expect(answer.status_code == status, f"status {status}", answer.status_code)
    return answer


def _show_json(body: Any) -> None:
    if isinstance(body, dict):
        show(body)
    else:
        say(str(body), indent=9)
