"""Where the strict Content-Security-Policy has to give way, and no further."""

from django.http import HttpResponse

# Chromium applies `form-action` not only to a form's address but to every redirect that follows
# its submission. A person's yes leads to the client app's address, and wherever that leads on.
_REDIRECT_CHAIN = ["https:", "http://127.0.0.1:*", "http://localhost:*"]


def allow_redirect_chain(response: HttpResponse, *extra_sources: str) -> None:
    """Let the forms of this page start a chain of redirects that leaves the site."""
    response._csp_update = {"form-action": [*_REDIRECT_CHAIN, *extra_sources]}  # type: ignore[attr-defined]
