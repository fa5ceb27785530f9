"""What is said to whoever sends something that is no request."""

from http import HTTPStatus

import pytest
from gunicorn.util import write_error

from config.web_worker.refusal import StatusOnly, refusal


@pytest.mark.parametrize("status", [HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.NOT_IMPLEMENTED])
def test_a_refusal_is_whole(status: HTTPStatus) -> None:
    head, _, body = refusal(status).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode())
    assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
    assert body.endswith(b".\n")


def test_of_a_page_of_gunicorn_only_the_status_is_kept() -> None:
    found = StatusOnly()
    assert found.status == 500  # where there was nothing to say
    write_error(found, 431, "Request Header Fields Too Large", "Error parsing headers: 'secret'")
    assert vars(found) == {"status": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE}
