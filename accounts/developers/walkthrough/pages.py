"""Let a person press through the seven steps, and see what is sent, answered and refused.

Each press runs through this site's own endpoints in this process, as the person who presses, and
undoes all of it: see own_requests.py and oauth_server/exchanges/undone.py.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.developers.frame import page
from accounts.developers.walkthrough import step_words, variations
from accounts.developers.walkthrough.client_role import ClientWalk
from accounts.developers.walkthrough.provider_role import ProviderWalk
from accounts.developers.walkthrough.step_words import StepWords
from accounts.limits.rate_limits import hit
from accounts.oauth_server.exchanges.undone import undone
from accounts.oauth_server.exchanges.wire import Step
from accounts.oauth_server.wire.endpoint import no_store


@dataclass(frozen=True)
class Role:
    """Describe on which side of the wire this site stands."""

    key: str
    title: str
    summary: str


ROLES = {
    role.key: role
    for role in (
        Role(
            "client",
            "This site as the client",
            "A person signs in to this site by way of a third party. You play the person.",
        ),
        Role(
            "provider",
            "This site as the provider",
            "A demo app lets people sign in with this site. You play the person.",
        ),
    )
}


@require_safe
def seven_steps(request: HttpRequest) -> HttpResponse:
    steps = zip(step_words.AS_CLIENT, step_words.AS_PROVIDER, strict=True)
    context = {"roles": ROLES.values(), "steps": [_both(*each) for each in steps]}
    return page(request, "seven_steps", context)


def _both(as_client: StepWords, as_provider: StepWords) -> dict[str, str]:
    said = {"title": as_client.title, "as_client": as_client.what}
    return said | {"as_provider": as_provider.what}


@require_http_methods(["GET", "HEAD", "POST"])
def walk(request: HttpRequest, role: str) -> HttpResponse:
    if role not in ROLES:
        raise Http404
    if request.method != "POST":
        return page(request, "walk", _context(role, 0))
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    several, step = variations.BY_ROLE[role], _number(request.POST.get("step", ""))
    variation = several.get(request.POST.get("variation", ""))
    if not step or (variation and variation.step != step):
        return redirect("developers:walk", role)
    hit(request, "developers", str(request.user.pk), user=request.user)
    steps = _performed(request, role, step, variation.key if variation else "")
    context = _context(role, step) | {"shown": steps, "variation": variation}
    return no_store(page(request, "walk", context))


def _number(text: str) -> int:
    """Return the number of a step, 0 for anything else."""
    return int(text) if text in {"1", "2", "3", "4", "5", "6", "7"} else 0


@sensitive_variables("walked")
def _performed(request: HttpRequest, role: str, step: int, variation: str) -> list[Step]:
    kind = ClientWalk if role == "client" else ProviderWalk
    walked: ClientWalk | ProviderWalk = kind(request, variation)
    with translation.override("en"):
        undone(lambda: walked.walk(step))
    return walked.steps


def _context(role: str, done: int) -> dict[str, Any]:
    words = step_words.BY_ROLE[role]
    return {
        "role": ROLES[role],
        "done": words[done - 1] if done else None,
        "next": words[done] if done < len(words) else None,
        "wrong": [each for each in variations.BY_ROLE[role].values() if each.step == done],
    }
