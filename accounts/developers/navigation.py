"""List the pages for developers, which are in English as the API is."""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class DeveloperPage:
    """Describe one page: the name of its address, its title, and what it is good for."""

    name: str
    title: str
    summary: str

    @property
    def url(self) -> str:
        return reverse(self.name)


START = DeveloperPage(
    "developers:start",
    "Developers",
    "Let people sign in to your app with this site, and call its API.",
)
PAGES = (
    START,
    DeveloperPage(
        "developers:quick-start",
        "Quick start",
        "Connect an app of your own, by its kind, or a well-known one.",
    ),
    DeveloperPage(
        "developers:seven-steps",
        "The seven steps, live",
        "Press through a sign-in, see what is sent and answered, and do it wrong on purpose.",
    ),
    DeveloperPage(
        "developers:tokens",
        "Tokens",
        "Which tokens there are, how long they last, and how to keep them safe.",
    ),
    DeveloperPage(
        "developers:scopes",
        "Scopes",
        "What an app may ask for, what people read about it, and who may have it.",
    ),
    DeveloperPage(
        "developers:endpoints",
        "API endpoints",
        "Each address of the API: the scope that opens it, what it takes, what it answers.",
    ),
    DeveloperPage(
        "developers:try",
        "Try the API",
        "Send a reading request with a token or as yourself, and see the whole answer.",
    ),
    DeveloperPage(
        "problems",
        "Problems",
        "What each error of the API means, and what to do about it.",
    ),
    DeveloperPage(
        "developers:events",
        "Events",
        "What webhooks can be told of, and by which names.",
    ),
    DeveloperPage(
        "developers:limits",
        "Limits",
        "How often you may call, and how each answer tells you where you stand.",
    ),
    DeveloperPage("developers:changelog", "Changelog", "What changed, the newest first."),
    DeveloperPage("developers:search", "Search", "Find an endpoint, a scope, a problem or an app."),
)


def entries(path: str) -> list[dict[str, object]]:
    """Return the navigation as it looks from `path`."""
    return [
        {
            "url": page.url,
            "text": page.title,
            "is_here": page.url == path,
            "is_current": page is not START and path.startswith(page.url),
        }
        for page in PAGES
    ]
