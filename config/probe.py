"""Ask the server of this machine whether it lives, for a container's health check: `python -m
config.probe`.

Without curl, which an image need not bring, and without Django, so that it costs little.
"""

import http.client
import os
import sys

_SECONDS = 2.5


def probe(port: int) -> bool:
    """Return whether the server at `port` of this machine answers /livez with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not probe(int(os.environ.get("PORT") or "8000")))
