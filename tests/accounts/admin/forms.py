"""Send a form of Django admin back as a browser would that nobody typed into."""

from html.parser import HTMLParser
from typing import Any

_NO_FIELDS = {"submit", "button", "reset", "file", "image"}


class Filled(HTMLParser):
    """Read what the form of a change page sends: its controls, and what stands in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._is_inside, self._select, self._area = False, "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = told.get("id", "").endswith("_form")
        if not self._is_inside or "disabled" in told:
            return
        if tag == "select":
            self._select = told.get("name", "")
        elif tag == "option" and self._select and "selected" in told:
            self._keep(self._select, told.get("value", ""))
        elif tag == "textarea":
            self._area = told.get("name", "")
            self._keep(self._area, "")
        elif tag == "input" and told.get("name"):
            self._input(told)

    def _input(self, told: dict[str, str]) -> None:
        kind = told.get("type", "text")
        is_left = kind in _NO_FIELDS or (kind in ("checkbox", "radio") and "checked" not in told)
        if not is_left:
            self._keep(told["name"], told.get("value", "on" if kind == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # A browser drops the line feed that Django begins with, and sends CRLF.
            text = self.sent[self._area][-1].removeprefix("\r\n").removeprefix("\n")
            self.sent[self._area][-1] = "\r\n".join(text.splitlines())
            self._area = ""
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._is_inside = False

    def _keep(self, name: str, value: str) -> None:
        self.sent.setdefault(name, []).append(value)


def filled(answer: Any) -> dict[str, list[str]]:
    sent = Filled(answer.content.decode()).sent
    assert "csrfmiddlewaretoken" in sent
    return sent
