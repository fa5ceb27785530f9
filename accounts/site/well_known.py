"""Publish what password managers, browsers and finders of security holes look for below
/.well-known/ (RFC 8615)."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.site.branding import as_link

_EXPIRES_IN = timedelta(days=90)  # RFC 9116 section 2.5.5: less than a year


@require_safe
def change_password(request: HttpRequest) -> HttpResponse:
    """Lead to where people change their password (W3C, "A Well-Known URL for Changing
    Passwords")."""
    return HttpResponseRedirect(resolve_url("account_change_password"))


@require_safe
def passkey_endpoints(request: HttpRequest) -> HttpResponse:
    """Say where people add a passkey and where they manage them (W3C, "Passkey Endpoints")."""
    return JsonResponse(
        {
            "enroll": settings.SITE_URL + resolve_url("mfa_add_webauthn"),
            "manage": settings.SITE_URL + resolve_url("account_methods"),
        }
    )


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say whom to tell of a hole (RFC 9116): SECURITY_CONTACT, or else SUPPORT_ADDRESS.

    404 where there is neither: the file must name somebody.
    """
    contact = settings.SECURITY_CONTACT or settings.SUPPORT_ADDRESS
    if not contact:
        raise Http404
    lines = {
        "Contact": as_link(contact),
        "Expires": (timezone.now() + _EXPIRES_IN).strftime("%Y-%m-%dT00:00:00Z"),
        "Preferred-Languages": ", ".join(code for code, _ in settings.LANGUAGES),
        "Canonical": f"{settings.SITE_URL}/.well-known/security.txt",
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
