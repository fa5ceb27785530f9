"""Recognise this machine itself: hosts that lead nowhere else, so that plain http has no wire to
listen on.

RFC 8252 section 7.3, RFC 6761 section 6.3. What is bound to them to serve is in config.
"""

NAME = "localhost"
ADDRESSES = ("127.0.0.1", "::1")
HOSTS = frozenset({NAME, *ADDRESSES})


def in_url(host: str) -> str:
    """Return `host` as a URL and the Host header have it (RFC 3986 section 3.2.2)."""
    return f"[{host}]" if ":" in host else host
