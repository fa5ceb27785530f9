"""Writes a small database in MaxMind's DB format, version 2.0: https://maxmind.github.io/MaxMind-DB/

Enough of it for a handful of networks: 32-bit records in the tree, and maps, text and small numbers
as data.
"""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

_MAP, _TEXT, _UINT16, _UINT32, _ARRAY = 7, 2, 5, 6, 11
_SEPARATOR = bytes(16)
_METADATA = b"\xab\xcd\xefMaxMind.com"
Node = list[Any]  # two of: None, another node, or the bytes of a network's record


def database(networks: Mapping[str, dict[str, Any]], kind: str = "Test-City") -> bytes:
    """Return the file that knows each of `networks` (such as "192.0.2.0/24" or of IPv6) by its
    record."""
    root: Node = [None, None]
    for network, record in networks.items():
        _put(root, _path(network), _encoded(record))
    nodes = _numbered(root)
    data = b"".join(leaf for node in nodes for leaf in node if isinstance(leaf, bytes))
    tree = _tree(nodes)
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_700_000_000,
        "database_type": kind,
        "description": {"en": "Of a test"},
        "ip_version": 6,
        "languages": ["en"],
        "node_count": len(nodes),
        "record_size": 32,
    }
    return tree + _SEPARATOR + data + _METADATA + _encoded(metadata)


def named(city: dict[str, str] | None = None, country: dict[str, str] | None = None) -> Any:
    """Return a record as GeoLite2 City has it, of names by language."""
    parts = {"city": city, "country": country}
    return {part: {"names": names} for part, names in parts.items() if names}


def _path(network: str) -> str:
    """Return the network's bits, in IPv6: there an IPv4 address is ::a.b.c.d."""
    found = ip_network(network)
    before = 96 if found.version == 4 else 0
    bits = f"{int(found.network_address):0{found.max_prefixlen}b}"
    return "0" * before + bits[: found.prefixlen]


def _put(node: Node, path: str, leaf: bytes) -> None:
    for bit in path[:-1]:
        side = int(bit)
        node[side] = node[side] or [None, None]
        node = node[side]
    node[int(path[-1])] = leaf


def _numbered(root: Node) -> list[Node]:
    nodes = [root]
    for node in nodes:  # grows meanwhile
        nodes += [child for child in node if isinstance(child, list)]
    return nodes


def _tree(nodes: list[Node]) -> bytes:
    numbers = {id(node): number for number, node in enumerate(nodes)}
    written, offset = b"", 0
    for node in nodes:
        for child in node:
            value = numbers.get(id(child), len(nodes))  # as many as there are nodes: nothing there
            if isinstance(child, bytes):
                value, offset = len(nodes) + len(_SEPARATOR) + offset, offset + len(child)
            written += value.to_bytes(4, "big")
    return written


def _encoded(value: Any) -> bytes:
    if isinstance(value, dict):
        pairs = (_encoded(key) + _encoded(each) for key, each in value.items())
        return _control(_MAP, len(value)) + b"".join(pairs)
    if isinstance(value, list):
        return _control(_ARRAY, len(value)) + b"".join(map(_encoded, value))
    if isinstance(value, str):
        return _control(_TEXT, len(value.encode())) + value.encode()
    kind, size = (_UINT16, 2) if value < 2**16 else (_UINT32, 4)
    return _control(kind, size) + value.to_bytes(size, "big")


def _control(kind: int, size: int) -> bytes:
    """A type and a size; types from 8 on stand in a byte of their own, sizes from 29 on, too."""
    first, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    if kind < 8:
        return bytes([kind << 5 | first]) + more
    return bytes([first, kind - 7]) + more
