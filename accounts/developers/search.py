"""Search the pages for developers by their words, without an index: there are a few hundred."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from accounts.developers.frame import page
from accounts.developers.limits import told
from accounts.developers.navigation import PAGES
from accounts.developers.reference import Operation, reference
from accounts.developers.walkthrough import step_words
from accounts.oauth_server.clients.kinds import KINDS
from accounts.oauth_server.clients.presets import presets
from accounts.oauth_server.rules.scopes import SCOPES
from accounts.site.problems import PROBLEMS
from accounts.text.search import held, split

_LONGEST = 100  # characters
_AT_MOST = 50


@dataclass(frozen=True)
class Entry:
    """Describe something that can be found: `more` is searched, too, and not shown."""

    title: str
    url: str
    text: str = ""
    more: str = ""


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "")[:_LONGEST].replace("\0", "")
    with translation.override("en"):
        found = find(request, asked) if asked.strip() else []
    return page(request, "search", {"asked": asked, "found": found})


def find(request: HttpRequest, asked: str) -> list[Entry]:
    """Return the entries that have every word, those first that have them in their title."""
    words = split(asked)
    fitting = [
        each
        for each in _entries(request)
        if held(words, f"{each.title} {each.text} {each.more}") == words
    ]
    fitting.sort(key=lambda each: -len(held(words, each.title)))
    return fitting[:_AT_MOST]


def _entries(request: HttpRequest) -> Iterator[Entry]:
    yield from (Entry(each.title, each.url, each.summary) for each in PAGES)
    yield from map(_of_operation, reference(request).operations.values())
    for scope in SCOPES.values():
        url = f"{reverse('developers:scopes')}#{scope.name}"
        yield Entry(scope.name, url, str(scope.sentence), f"scope {' '.join(scope.claims)}")
    for problem in PROBLEMS.values():
        more = f"{problem.name} {problem.status.value} {problem.remedy}"
        yield Entry(problem.title, reverse("problem", args=[problem.name]), problem.cause, more)
    yield from _of_apps()
    for step in step_words.AS_PROVIDER:
        yield Entry(
            f"Step {step.number}: {step.title}", reverse("developers:seven-steps"), step.what
        )
    for limit in told():
        yield Entry(limit.what, reverse("developers:limits"), limit.rate, "limit")


def _of_operation(operation: Operation) -> Entry:
    bodies = [operation.body, *(each.body for each in operation.answers)]
    fields = [field.name for body in bodies if body for field in body.fields]
    more = " ".join((operation.description, *operation.scopes, *fields))
    url = reverse("developers:endpoint", args=[operation.name])
    return Entry(operation.summary, url, f"{operation.method} {operation.path}", more)


def _of_apps() -> Iterator[Entry]:
    for kind in KINDS.values():
        url = reverse("developers:kind", args=[kind.key])
        yield Entry(str(kind.label), url, str(kind.sentence), "quick start")
    for preset in presets().values():
        url = reverse("developers:preset", args=[preset.key])
        yield Entry(preset.name, url, "How to connect it", "quick start")
