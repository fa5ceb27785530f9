"""Pack a long way back, so that each page can hand it on in its own address.

An authorization request may be nearly as long as the server takes a request line, and each address
that carries it as a parameter encodes it once more. So its query travels packed: compressed,
signed, and in characters that no address encodes. Nothing of it is kept here, so two tabs cannot
be mixed up, a new session loses nothing, and a stranger fills no table.
"""

import zlib
from urllib.parse import parse_qs, urlsplit

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode

LONGEST = 16_000  # characters of path and query that this site takes
PACKED = "packed_query"  # the parameter

# What a page adds to the way back in its own address.
_ROOM = 512
_PACKED_FROM = 1_500  # characters: what is shorter can be read by whoever looks at an address
_SALT = "the query of a way back"


class TooLong(Exception):
    """Refuse a way back that no page could hand on."""


def pack(address: str) -> str:
    """Return a short spelling of an `address` of this site that is long. Raises TooLong.

    The page at `address` has to read its query by `unpack`.
    """
    path, _, query = address.partition("?")
    if len(address) < _PACKED_FROM or PACKED in query:
        return address
    signed = signing.dumps(query, salt=_SALT, compress=True)
    packed = f"{path}?{urlencode({PACKED: signed})}"
    if len(packed) > LONGEST - _ROOM:
        raise TooLong
    return packed


def unpack(request: HttpRequest) -> None:
    """Let `request` be the one whose query it brings along packed."""
    query = _query(request.GET.get(PACKED, ""))
    if query:
        request.GET = QueryDict(query)


def parameters(address: str, path: str) -> dict[str, list[str]]:
    """Return the parameters of `address`, packed or not, {} where it leads elsewhere than to
    `path`."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return {}
    if parts.path != path:
        return {}
    query = parse_qs(parts.query)
    packed = query.get(PACKED, [""])[0]
    return parse_qs(_query(packed)) or query


def _query(packed: str) -> str:
    """Return the query that this site packed, "" where it did not."""
    if not packed:
        return ""
    try:
        return str(signing.loads(packed, salt=_SALT))
    except (signing.BadSignature, zlib.error, ValueError):
        return ""
