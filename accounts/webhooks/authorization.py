"""Send a receiver the Authorization header that was agreed on with it, as OpenID's Shared Signals
Framework 1.0 has it for push delivery (`authorization_header`, section 6.1.1).

It is kept sealed, told to nobody but its receiver, and entered anew where the address moves to
another host: who may only say where messages go would have it sent to themselves.
"""

from urllib.parse import urlsplit

from accounts.models import Webhook

LONGEST = 4_096  # characters
TAKES = f"1 to {LONGEST:,} visible ASCII characters, such as “Bearer …”, with spaces between."
AGAIN = "It was for another host. Say it again, or that there is none."
_WITHHELD = b"(withheld)"


def is_header(text: str) -> bool:
    """Return whether `text` can be the value of a field (RFC 9110 section 5.5)."""
    is_plain = text.isascii() and text.isprintable() and text == text.strip()
    return bool(text) and is_plain and len(text) <= LONGEST


def is_of_elsewhere(webhook: Webhook, former: str, url: str) -> bool:
    """Return whether it has a header that was given for `former`, on another host than `url`."""
    return webhook.has_authorization_header and _origin(former) != _origin(url)


def withheld(header: str, answer: bytes) -> bytes:
    """Return `answer` without what it repeats of `header`, as people read it."""
    for secret in (header, header.partition(" ")[2]):
        if secret:
            answer = answer.replace(secret.encode(), _WITHHELD)
    return answer


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443}.get(parts.scheme)
