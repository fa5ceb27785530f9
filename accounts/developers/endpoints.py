"""Show each operation of the API, from its own description."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.developers.frame import page
from accounts.developers.reference import Operation, reference


@require_safe
def endpoints(request: HttpRequest) -> HttpResponse:
    return page(request, "endpoints", {"operations": reference(request).operations.values()})


@require_safe
def endpoint(request: HttpRequest, name: str) -> HttpResponse:
    operation = reference(request).operations.get(name)
    if operation is None:
        raise Http404
    return page(request, "endpoint", {"operation": operation, "curl": _curl(operation)})


def _curl(operation: Operation) -> str:
    method = "" if operation.is_read else f" -X {operation.method}"
    lines = [f'curl -i{method} "{settings.SITE_URL}{operation.path}"']
    if operation.needs_token:
        lines.append('-H "Authorization: Bearer $token"')
    needed = (each for each in operation.parameters if each.place == "header" and each.is_required)
    lines += [f"-H '{each.name}: …'" for each in needed]
    if operation.body:
        lines.append(f"-H 'Content-Type: {operation.body.media_types[0]}'")
        lines.append("--data @body.json")
    return " \\\n  ".join(lines)
