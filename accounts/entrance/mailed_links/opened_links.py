"""Remember which mailed link was opened in a browser: an invitation, or a link of an admin."""

from collections.abc import Callable
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.models.invitation import digest_of

Link = TypeVar("Link", bound=Model)


class OpenedLink(Generic[Link]):
    """Keep the digest of a link in the session, as `kept`. `good` are the links that work."""

    def __init__(self, kept: str, good: Callable[[], QuerySet[Link]]) -> None:
        self._kept = kept
        self._good = good

    def open(self, request: HttpRequest, token: str) -> bool:
        """Remember that the link was opened; return False where it does not work. Nothing is used
        up by it: programs that look for viruses open links, too."""
        found = self._good().filter(digest=digest_of(token)).exists()
        if found:
            request.session[self._kept] = digest_of(token)
        return found

    def digest(self, request: HttpRequest) -> str:
        """Return the digest of the link that was opened, "" where none was."""
        return str(request.session.get(self._kept) or "")

    def forget(self, request: HttpRequest) -> None:
        request.session.pop(self._kept, None)
