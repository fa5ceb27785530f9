"""Show what the doctor finds, in Django admin: at once, or after calling others, on a press."""

from typing import cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.doctor import examination, site
from accounts.doctor.findings import State, by_gravity, counted
from accounts.staff.model_admin import is_superuser
from accounts.staff.site import AdminSite

_MARKS = {State.OK: "✓", State.SKIPPED: "–", State.WARNING: "!", State.BROKEN: "✗"}


def doctor(request: HttpRequest) -> HttpResponse:
    """Examine the site. It names addresses of clients and third parties: for superusers."""
    if not is_superuser(request):
        raise PermissionDenied
    findings = examination.at_once()
    findings.append(site.forwarded(request.headers.get("X-Forwarded-For", "")))
    if request.method == "POST":
        findings += examination.by_calls()
    context = {
        **admin.site.each_context(request),
        "title": _("Doctor"),
        "rows": [(finding, _MARKS[finding.state]) for finding in by_gravity(findings)],
        "counted": counted(findings),
        "has_called": request.method == "POST",
    }
    return TemplateResponse(request, "admin/doctor.html", context)


cast(AdminSite, admin.site).add_page("doctor", doctor)
