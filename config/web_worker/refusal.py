"""Refuse what never reaches the site, as it is no request or never becomes one: in plain text.

gunicorn's own pages are HTML and repeat what was sent. Here there is nothing of the sender's, and
nothing that a cache may keep.
"""

from http import HTTPStatus

from config.web_worker.arrival import LONGEST_HEAD

_SENTENCES = {
    HTTPStatus.REQUEST_TIMEOUT: "The request did not arrive in time.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "The address is too long.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        f"The headers are too large: {LONGEST_HEAD // 1024} KiB at most, and 8 KiB in each."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: "The server has too much to do. Please try again later.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on the server.",
}
_MALFORMED = "The request is malformed."


def refusal(status: HTTPStatus) -> bytes:
    """Return a whole answer, after which the connection is closed."""
    body = f"{_SENTENCES.get(status, _MALFORMED)}\n".encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class StatusOnly:
    """Stand in for a socket, for gunicorn to write its page to: of that, keep the status."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def gettimeout(self) -> float:
        """Return that it does not block, as gunicorn asks a socket."""
        return 0.0

    def sendall(self, page: bytes) -> None:
        self.status = HTTPStatus(int(page.split(b" ", 2)[1]))
