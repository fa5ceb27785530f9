"""Show what changed, from CHANGELOG.md: of Markdown, what Keep a Changelog takes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.developers.frame import page
from accounts.developers.markdown import inline

_FILE = "CHANGELOG.md"
_ON_A_PAGE = 25


@dataclass(frozen=True)
class Change:
    """Hold one change as HTML, with its version and its kind, such as "Added" or "Added: The
    API", where a heading below says what it is about."""

    version: str
    kind: str
    html: SafeString


@require_safe
def changelog(request: HttpRequest) -> HttpResponse:
    several = Paginator(changes(), _ON_A_PAGE)
    return page(request, "changelog", {"page": several.get_page(request.GET.get("page"))})


@cache
def changes() -> list[Change]:
    """Return what the file says, nothing where the site runs without it."""
    path = settings.BASE_DIR / _FILE
    return list(read(path.read_text())) if path.is_file() else []


def read(text: str) -> Iterator[Change]:
    """Read a changelog, as https://keepachangelog.com/en/1.1.0/ describes it."""
    version = heading = kind = ""
    for block in _blocks(text):
        if block.startswith("## "):
            version = block[3:].replace("[", "").replace("]", "")
        elif block.startswith("### "):
            kind = heading = block[4:]
        elif block.startswith("#### "):
            kind = f"{heading}: {block[5:]}"
        elif version and kind and block.startswith("- "):
            yield Change(version, kind, inline(block[2:]))


def _blocks(text: str) -> Iterator[str]:
    """Yield headings and items, each on one line."""
    block: list[str] = []
    for line in text.splitlines():
        if block and (not line.strip() or line.startswith(("#", "- "))):
            yield " ".join(block)
            block = []
        if line.strip():
            block.append(line.strip())
    if block:
        yield " ".join(block)
