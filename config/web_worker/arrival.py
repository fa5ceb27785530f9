"""Tell from its bytes how much of a request has arrived (RFC 9112 sections 2, 6 and 7).

gunicorn's parser says what a request is, and refuses what is none. This says when there is enough
to ask it: what looks malformed counts as whole, so that it is refused at once.
"""

import re
from enum import Enum, auto
from typing import NamedTuple

LONGEST_HEAD = 64 * 1024  # bytes of request line and header fields
LONGEST_SIZE_LINE = 1024  # of one chunk's, with its extensions
LONGEST_TRAILERS = 8 * 1024
# What chunks may weigh beside their content: one byte each costs six.
OVERHEAD = 8

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*(?=\r\n)")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:")
_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)")
_SIZE = re.compile(rb"[0-9a-f]{1,16}", re.I)


class State(Enum):
    WAITING = auto()
    WHOLE = auto()
    TOO_LARGE = auto()  # its body is, or will be: there is no need to wait for it
    HEAD_TOO_LARGE = auto()


class Parts(NamedTuple):
    head: bytes  # without the empty line at its end
    body: bytes
    rest: bytes  # what has come of the next request


class Arrival:
    """Collect the bytes of one request, of which the body may have `largest_body` bytes."""

    def __init__(self, largest_body: int) -> None:
        self.data = bytearray()
        self.waits_for_continue = False  # RFC 9110 section 10.1.1
        self._largest = largest_body
        self._body: int | None = None  # where it begins, once the head is there
        self._length: int | None = None  # of the body, None where it comes in chunks
        self._chunk = 0  # where the next chunk begins
        self._content = 0  # bytes that the chunks so far hold

    def feed(self, more: bytes) -> State:
        """Take `more` bytes and say what that makes of the request."""
        searched = max(0, len(self.data) - len(_END) + 1)
        self.data += more
        if self._body is None:
            state = self._read_head(self.data.find(_END, searched))
            if state is not None:
                return state
        state = self._read_chunks() if self._length is None else self._compare(self._length)
        self.waits_for_continue &= state is State.WAITING
        return state

    def parts(self) -> Parts | None:
        """Return a request that is whole and tells how long it is, None for any other."""
        if self._body is None or self._length is None:
            return None
        end = self._body + self._length
        if len(self.data) < end:
            return None
        data = bytes(self.data)
        return Parts(data[: self._body - 2], data[self._body : end], data[end:])

    def _read_head(self, end: int) -> State | None:
        """Find out how the body's length is told; None where the body is to be looked at."""
        if end < 0:
            return State.HEAD_TOO_LARGE if len(self.data) > LONGEST_HEAD else State.WAITING
        if end > LONGEST_HEAD:
            return State.HEAD_TOO_LARGE
        head = bytes(self.data[: end + 2]).lower()
        self._body = self._chunk = end + len(_END)
        self.waits_for_continue = bool(_CONTINUE.search(head))
        length, chunked = _LENGTH.search(head), _CHUNKED.search(head)
        if length and chunked:
            return State.WHOLE
        self._length = None if chunked else int(length[1]) if length else 0
        return None

    def _compare(self, length: int) -> State:
        if length > self._largest:
            return State.TOO_LARGE
        is_there = len(self.data) - (self._body or 0) >= length
        return State.WHOLE if is_there else State.WAITING

    def _read_chunks(self) -> State:
        while (end := self.data.find(b"\r\n", self._chunk)) >= 0:
            size = _SIZE.match(self.data, self._chunk, end)
            if size is None:
                return State.WHOLE
            length = int(size[0], 16)
            if length == 0:
                return self._read_trailers(end)
            if self._content + length > self._largest:
                return State.TOO_LARGE
            after = end + 2 + length + 2
            if len(self.data) < after:
                return self._unless_padded()
            self._content += length
            self._chunk = after
        if len(self.data) - self._chunk > LONGEST_SIZE_LINE:
            return State.WHOLE
        return self._unless_padded()

    def _read_trailers(self, last: int) -> State:
        """Read the trailers. `last` is where the line of the last chunk ends."""
        if self.data[last + 2 : last + 4] == b"\r\n" or self.data.find(_END, last + 2) >= 0:
            return State.WHOLE
        is_endless = len(self.data) - last > LONGEST_TRAILERS
        return State.WHOLE if is_endless else State.WAITING

    def _unless_padded(self) -> State:
        """Refuse padding: endless extensions and tiny chunks make a small body large on the way."""
        arrived = len(self.data) - (self._body or 0)
        most = OVERHEAD * self._content + self._largest + LONGEST_HEAD
        return State.TOO_LARGE if arrived > most else State.WAITING
