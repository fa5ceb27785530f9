"""Read the weights of what a client accepts (RFC 9110 section 12.4.2): 0 says "not acceptable".

Weights that are malformed are forgiven: whoever sends one wants the thing.
"""

import re

_ZERO = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*(;|$)", re.IGNORECASE)


def is_refused(element: str) -> bool:
    """Return whether an element of Accept, Accept-Encoding or Accept-Language has the weight 0."""
    return _ZERO.search(element) is not None


def without_refused(header: str) -> str:
    """Return the header without the elements of the weight 0."""
    if "=" not in header:
        return header
    return ",".join(each for each in header.split(",") if not is_refused(each))
