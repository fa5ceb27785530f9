"""Hide what the tools for development bring and production does not have, for either site.

structlog, Django REST framework and Django's test client load it where it is: 6 MB of a server's
memory.
"""

import sys

_HIDDEN = ("rich", "pygments", "jinja2", "greenlet")

for name in _HIDDEN:  # whoever imports one is told that it is missing
    sys.modules[name] = None  # type: ignore[assignment]
