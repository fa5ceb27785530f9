"""Reauthenticate a person before anything that protects their account changes.

allauth asks for a password or a second factor, and takes everybody who has neither for proved
already. Here they are asked too: by way of a third party that they are connected to, or by a code
mailed to them. After it they are back in what they were doing; allauth keeps a form that was sent.
"""

import re
import time
from collections.abc import Callable
from typing import Any, cast

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.signals import authentication_step_completed
from allauth.account.views import BaseReauthenticateView
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.entrance import code_tries
from accounts.entrance.mailed_code_pages import say_tries
from accounts.entrance.typed_codes import ConfirmLoginCodeForm
from accounts.limits import sign_in_limits
from accounts.models import User
from accounts.upstream.account import (
    SUSPENDED_REQUEST_KEY,
    CodeVerification,
    record_authentication,
    resume_request,
    suspend_request,
)
from accounts.way_back.address import way_back

_CODE_SESSION_KEY = "accounts_reauthentication_code"

BY_THIRD_PARTY = "third_party:"  # how the IDs of the ways begin that lead to one

# What is typed into these is kept nowhere until the person has proved who they are.
_SECRET = re.compile("password|code|credential")


class AskFirst:
    """Send whoever has to prove who they are to do so, in allauth's place. Middleware.

    allauth 65 (suspend_request) loses a form whose address has a query, as it looks for the one
    without; keeps a form through a later visit to the same page, and sends it then; and keeps the
    form of somebody who is signed out for whoever signs in next. Passwords it keeps, too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ReauthenticationRequired):
            return None
        request.session.pop(SUSPENDED_REQUEST_KEY, None)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        address = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
        onward = request.get_full_path()
        if request.method == "POST" and not any(map(_SECRET.search, request.POST)):
            suspend_request(request, address)
            onward = request.path
        return redirect(on_the_way_to(onward, address))


@receiver(authentication_step_completed)
def rotate_key(request: HttpRequest, **details: Any) -> None:
    """Give the session another key: whoever knew the one of before does not share the proof."""
    if details.get("reauthenticated"):
        request.session.cycle_key()


def is_recent(request: HttpRequest) -> bool:
    """Return whether the person has proved it lately. That they signed in is not enough."""
    records = get_authentication_records(request, request.user)
    proved = [record["at"] for record in records if record.get("reauthenticated")]
    return bool(proved) and time.time() - proved[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def ways_here(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the ways in which the person can prove it to this site itself, in allauth's terms."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    return [way for way in ways if not way["id"].startswith(BY_THIRD_PARTY)]


def on_the_way_to(going_to: str, address: str) -> str:
    """Return `address` for somebody who goes on to `going_to` from there."""
    return f"{address}?{urlencode({REDIRECT_FIELD_NAME: going_to})}"


def by_mail(user: User) -> list[dict[str, Any]]:
    """Return the way of a mailed code, in allauth's terms, where there is an address for it."""
    if not mail_address(user):
        return []
    description, url = _("Get a code by e-mail"), reverse("reauthenticate_by_code")
    return [{"id": "code", "description": description, "url": url}]


def mail_address(user: User) -> str:
    """Return the address a code may go to: one that was shown to be the person's, or ""."""
    shown = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary").first()
    return shown.email if shown else ""


@require_safe
@login_required
def reauthenticated(request: HttpRequest) -> HttpResponse:
    """Go on with what the person was doing, once the third party has sent them back."""
    if not is_recent(request):
        return redirect(f"{reverse('account_reauthenticate')}?{request.GET.urlencode()}")
    return resume_request(request) or redirect("account_home")


def onward(request: HttpRequest) -> str:
    """Return where a person goes once they have proved who they are."""
    return way_back(request) or reverse("account_home")


# --- By a mailed code ---


class MailedCode(CodeVerification):
    """Mail a code for this session alone: mistyped three times or too old, it is gone."""

    def __init__(self, request: HttpRequest, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(
            state=state,
            user=cast(Any, request.user),
            timeout=app_settings.LOGIN_BY_CODE_TIMEOUT,
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
        )

    @classmethod
    def of(cls, request: HttpRequest) -> "MailedCode | None":
        state = request.session.get(_CODE_SESSION_KEY)
        return cls(request, state).abort_if_invalid() if state else None

    def send(self) -> None:
        email = self.state["email"]
        sign_in_limits.count_mail(self.request, "confirmation", email)
        self.state["code"] = get_adapter().generate_login_code()
        context = {"request": self.request, "code": self.code, "user": self.request.user}
        get_adapter().send_mail("account/email/reauthentication_code", email, context)
        self.persist()

    def persist(self) -> None:
        self.request.session[_CODE_SESSION_KEY] = self.state

    def abort(self) -> None:
        self.request.session.pop(_CODE_SESSION_KEY, None)


class CodeView(BaseReauthenticateView):
    """Send a code when asked to, then take it."""

    form_class = ConfirmLoginCodeForm
    template_name = "account/reauthenticate_code.html"
    _left = 0  # how often the code may be tried after this

    def get_form_kwargs(self) -> dict[str, Any]:
        pending = MailedCode.of(self.request)
        return {**super().get_form_kwargs(), "code": pending.code if pending else ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        email = mail_address(cast(User, self.request.user))
        is_sent = MailedCode.of(self.request) is not None
        return super().get_context_data(email=email, is_sent=is_sent, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pending = MailedCode.of(request)
        if pending is not None and "send" not in request.POST:
            self._count(pending)
            return cast(HttpResponse, super().post(request, *args, **kwargs))
        state = MailedCode.initial_state(None, mail_address(cast(User, request.user)))
        MailedCode(request, state).send()
        return HttpResponseRedirect(self.passthrough_next_url(request.path))

    def _count(self, pending: MailedCode) -> None:
        """Count the try, and end a code that was tried too often, before it is looked at."""
        if self.request.POST.get("code", "").strip():
            self._left = pending.max_attempts - code_tries.count(pending.state, pending.timeout)
        if self._left < 0:
            pending.abort()

    def form_valid(self, form: Any) -> HttpResponse:
        pending = MailedCode.of(self.request)
        assert pending is not None  # noqa: S101 (post has looked)
        pending.abort()
        email = pending.state["email"]
        record_authentication(
            self.request, self.request.user, method="code", email=email, reauthenticated=True
        )
        return cast(HttpResponse, super().form_valid(form))

    def form_invalid(self, form: Any) -> HttpResponse:
        if not form.data.get("code", "").strip():  # costs no try
            return cast(HttpResponse, super().form_invalid(form))
        pending = MailedCode.of(self.request)
        if pending and self._left > 0:
            say_tries(form, self._left)
        else:
            MailedCode(self.request, {}).abort()
            form.add_error(None, get_adapter().error_messages["too_many_login_attempts"])
        return cast(HttpResponse, super().form_invalid(form))


by_code = login_required(CodeView.as_view())
