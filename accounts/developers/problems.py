"""Show what each type of problem that the API answers with means, and what to do."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.developers.frame import page
from accounts.site.problems import PROBLEMS


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    several = sorted(PROBLEMS.values(), key=lambda each: each.status)
    return page(request, "problems", {"problems": several})


@require_safe
def problem(request: HttpRequest, name: str) -> HttpResponse:
    if name not in PROBLEMS:
        raise Http404
    return page(request, "problem", {"problem": PROBLEMS[name]})
