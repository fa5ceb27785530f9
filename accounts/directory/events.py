"""List what happened on every account, in the order in which a collector reads on."""

from typing import Any

from accounts.models import SecurityEvent
from accounts.security_events import settled


def since(last: int) -> Any:
    """Return the events up to the newest one below which no other will appear: whoever has read
    to `last` and goes on has missed none."""
    newest = settled.newest(after=last)
    return SecurityEvent.objects.filter(pk__lte=newest).select_related("client")
