"""Show devices: where a person is signed in, and an end to any of it.

Neither looking nor ending asks for the password again: whoever sees a stranger among their devices
has to be able to end that at once, and ending earns nobody anything.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.account_pages.sign_in_first import sign_in_first
from accounts.endings import people
from accounts.models import Session, User
from accounts.models.event_kinds import Actor
from accounts.network import browser_names
from accounts.own_account import sessions as own
from accounts.sessions.store import SID
from accounts.site.provider_names import provider_names
from accounts.storage import last_used

PAGE_SIZE = 25


@dataclass(frozen=True)
class ListedSession:
    """Show a session as its person reads it. `device` and `how` are empty where they are
    unknown."""

    session: Session
    device: str
    how: str
    is_current: bool

    @property
    def is_in_use(self) -> bool:
        """Return whether it was seen so lately that nobody knows it more exactly."""
        seen = self.session.last_seen
        return seen is not None and timezone.now() - seen < last_used.PRECISION


@require_safe
@never_cache
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    current = request.session.get(SID, "")
    of_person = Session.objects.of(cast(User, request.user))
    others = of_person.exclude(sid=current).order_by("-last_seen", "-started")
    page = Paginator(others, PAGE_SIZE).get_page(request.GET.get("page", ""))
    names = provider_names()
    context = {
        "this": [_row(session, current, names) for session in of_person.filter(sid=current)],
        "others": [_row(session, current, names) for session in page],
        "page": page,
        "knows_places": bool(settings.GEOIP_DATABASE),
    }
    return render(request, "accounts/sessions.html", context)


@require_POST
@sign_in_first(back_to="account_sessions")
def end_session(request: HttpRequest, sid: str) -> HttpResponse:
    user = cast(User, request.user)
    session = get_object_or_404(Session.objects.of(user), sid=sid)
    if sid == request.session.get(SID):
        with transaction.atomic():  # apps are told of it when it has happened
            logout(request)
        return redirect("account_login")
    name = browser_names.describe(session.user_agent) or _("an unknown device")
    own.end(user, session, actor=Actor.PERSON)
    messages.success(request, _("Signed out: %(device)s.") % {"device": name})
    return redirect("account_sessions")


@require_POST
@sign_in_first(back_to="account_sessions")
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    others = Session.objects.of(user).exclude(sid=request.session.get(SID, ""))
    with transaction.atomic():
        ended = people.end_other_browsers(request, user, others)
        own.note_end(user, ended, actor=Actor.PERSON, is_rest=True)
    told = ngettext(
        "Signed out %(number)d other device.",
        "Signed out %(number)d other devices.",
        ended,
    )
    messages.success(
        request,
        told % {"number": ended} if ended else _("You were not signed in on any other device."),
    )
    return redirect("account_sessions")


def _row(session: Session, current: str, names: dict[str, str]) -> ListedSession:
    how = _how(session, names)
    return ListedSession(
        session, browser_names.describe(session.user_agent), how, session.sid == current
    )


def _how(session: Session, names: dict[str, str]) -> str:
    """Say how that session's sign-in was made: its first proof, and a second factor's."""
    said = [_method(proof, names) for proof in own.proofs(session)]
    return ", ".join(dict.fromkeys(filter(None, said)))


def _method(proof: dict[str, Any], names: dict[str, str]) -> str:
    if proof["method"] == "socialaccount":
        provider = proof.get("provider", "")
        return names.get(provider, provider)
    kind = proof.get("type") if proof["method"] == "mfa" else proof["method"]
    return {
        "password": _("password"),
        "password_reset": _("password reset"),
        "code": _("code by e-mail"),
        "webauthn": _("passkey"),
        "totp": _("authenticator app"),
        "recovery_codes": _("recovery code"),
    }.get(kind or "", "")
