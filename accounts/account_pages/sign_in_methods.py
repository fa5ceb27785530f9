"""Manage how a person signs in: allauth's pages, made ours, and one over all."""

import base64
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import PasswordSetView
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_code_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe
from django.views.generic.edit import FormView

from accounts.account_pages import drafts
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.own_account.ways_in import WaysIn, locked
from accounts.second_factors import challenges, policy, recovery_codes, totp
from accounts.security_events.details import Name
from accounts.security_events.record import record
from accounts.storage.sealed import CannotOpen
from accounts.upstream.account import raise_if_reauthentication_required, record_authentication
from accounts.upstream.mfa import passkey_creation_options, passkeys_of
from accounts.way_back.address import with_next
from accounts.way_back.app_request import demands_authentication_context, is_continued

MOST_PASSKEYS = 20  # that one person has: each is looked at when any is used
FEW = 3  # recovery codes, at and below which the person is told to make new ones


@require_safe
@never_cache
@login_required
def methods(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    held = {row.type: row for row in Authenticator.objects.filter(user=user).order_by("pk")}
    passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    ways = WaysIn.of(user)
    context = {
        "passkeys": [
            {"row": row, "name": row.wrap().name, "why_kept": _why_kept(row, ways)}
            for row in passkeys.select_related("user").order_by("pk")
        ],
        "app": held.get(Authenticator.Type.TOTP),
        "has_second_factor": policy.factors_of(user).exists(),
        "is_demanded": policy.is_demanded_of(user),
        "codes": _left(held.get(Authenticator.Type.RECOVERY_CODES)),
        "has_address": bool(ways.addresses),
        "connections": SocialAccount.objects.filter(user=user).order_by("date_joined"),
    }
    return render(request, "accounts/methods.html", context)


def _left(codes: Authenticator | None) -> dict[str, Any] | None:
    if codes is None:
        return None
    left = recovery_codes.left(codes)
    return {"left": left, "total": app_settings.RECOVERY_CODE_COUNT, "are_few": left <= FEW}


@require_safe
@never_cache
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Lead on to where a person without a second factor sets one up: SECOND_FACTOR sends them
    here."""
    onward = get_next_redirect_url(request)
    is_asked_for = is_continued(onward or "") and not policy.has_one(request.user)  # by an app
    if not is_asked_for and policy.detour(request, onward or reverse("account_home")) is None:
        return redirect(onward or "account_methods")
    can_go_on = policy.detour(request, onward or reverse("account_home")) is None
    is_refused_without = demands_authentication_context(onward or "")
    context = {"onward": onward, "can_go_on": can_go_on, "is_refused_without": is_refused_without}
    return render(request, "accounts/second_factor.html", context)


def _after_set_up(request: HttpRequest, made: Authenticator | None, *, new_codes: bool) -> str:
    """Return where to go with a new second factor. Whoever made it has shown it by that."""
    if made is not None:
        record_authentication(request, made.user, "mfa", id=made.pk, type=made.type)
    onward = get_next_redirect_url(request)
    address = reverse("mfa_view_recovery_codes" if new_codes else "account_methods")
    if not onward:
        return address
    return with_next(address, onward) if new_codes else str(onward)


class AddPasskeyView(webauthn.AddWebAuthnView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse one too many before the person's device has made it. They are counted under the
        person's lock: of two that come at once one may be the last."""
        if request.user.is_authenticated and len(passkeys_of(request.user)) >= MOST_PASSKEYS:
            messages.error(
                request,
                _(
                    "You have reached the maximum number of passkeys. Remove one before you "
                    "add another."
                ),
            )
            return HttpResponseRedirect(reverse("account_methods"))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        options = passkey_creation_options(self.request.user, True)  # always one to sign in with
        challenges.keep(self.request, challenges.MAKE, self.request.user)
        given = {"js_data": {"creation_options": options}, "onward": _onward(self.request)}
        return super(webauthn.AddWebAuthnView, self).get_context_data(**kwargs) | given

    def get_success_url(self) -> str:
        rows = Authenticator.objects.filter(user=self.request.user)
        made = rows.filter(type=Authenticator.Type.WEBAUTHN).order_by("pk").last()
        return _after_set_up(self.request, made, new_codes=self.did_generate_recovery_codes)


class RenamePasskeyView(webauthn.EditWebAuthnView):
    success_url = reverse_lazy("account_methods")

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | drafts.take(self.request)

    def form_valid(self, form: Any) -> HttpResponse:
        """Rename the row as it is now: its signature counter may have risen meanwhile."""
        with transaction.atomic():
            rows = Authenticator.objects.select_for_update()
            form.instance = get_object_or_404(rows, pk=form.instance.pk)
            response = super().form_valid(form)
        record(
            Event.PASSKEY_RENAMED,
            actor=Actor.PERSON,
            request=self.request,
            user=self.request.user,
            details=Name(form.cleaned_data["name"]),
        )
        return cast(HttpResponse, response)


class RemovePasskeyView(webauthn.RemoveWebAuthnView):
    success_url = reverse_lazy("account_methods")

    def form_valid(self, form: Any) -> HttpResponse:
        why_not = _why_kept(self.get_object(), WaysIn.of(self.request.user))
        if not why_not:
            return cast(HttpResponse, super().form_valid(form))
        messages.error(self.request, why_not)
        return HttpResponseRedirect(reverse("account_methods"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        why_kept = _why_kept(self.object, WaysIn.of(self.request.user))
        return super().get_context_data(**kwargs) | {"why_kept": why_kept}


def _why_kept(passkey: Authenticator, ways: WaysIn) -> str:
    """Return why a passkey cannot be removed, "" where it can."""
    if not policy.may_remove(passkey):
        return _(
            "You cannot remove it, because this site requires two-step verification. Add "
            "another passkey or an authenticator app first."
        )
    if ways.need(passkey):
        return _(
            "You cannot remove it, because it is your only way to sign in. Add another way to "
            "sign in first."
        )
    return ""


class SetUpAppView(totp_views.ActivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        totp.spend(self._made(), form.cleaned_data["code"])
        return cast(HttpResponse, response)

    def get_success_url(self) -> str:
        new_codes = self.did_generate_recovery_codes
        return _after_set_up(self.request, self._made(), new_codes=new_codes)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"onward": _onward(self.request)}

    def _made(self) -> Authenticator:
        rows = Authenticator.objects.filter(user=self.request.user)
        return rows.get(type=Authenticator.Type.TOTP)


class RemoveAppView(totp_views.DeactivateTOTPView):
    success_url = reverse_lazy("account_methods")


@require_GET  # not HEAD: they are shown once
@login_required
def _recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show new ones once, with the file to keep in the page itself, and later how many are left.

    Lead on to new ones where these cannot be opened any more.
    """
    codes = recovery_codes.of(request.user)
    if codes is None:
        raise Http404
    raise_if_reauthentication_required(request, app="allauth.mfa")
    try:
        shown = recovery_codes.show(codes)
    except CannotOpen:
        return redirect("mfa_generate_recovery_codes")
    file = base64.b64encode("".join(f"{code}\n" for code in shown).encode()).decode()
    context = {
        "codes": shown,
        "left": recovery_codes.left(codes),
        "file": f"data:text/plain;base64,{file}",
        "onward": _onward(request),
    }
    return render(request, "mfa/recovery_codes/index.html", context)


class NewRecoveryCodesView(recovery_code_views.GenerateRecoveryCodesView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        codes = recovery_codes.of(self.request.user)  # allauth only counts those that will go
        left = recovery_codes.left(codes) if codes else 0
        return FormView.get_context_data(self, **kwargs) | {"unused_code_count": left}


def _onward(request: HttpRequest) -> str:
    return get_next_redirect_url(request) or ""


class SetPasswordView(PasswordSetView):
    """Set a first password. It confirms everything else, so a stolen session alone must not set
    one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        ask = reauthentication_required(app="allauth.mfa")
        return cast(HttpResponseBase, ask(super().dispatch)(request, *args, **kwargs))


add_passkey = policy.shown_first(locked(AddPasskeyView.as_view()))
rename_passkey = policy.shown_first(RenamePasskeyView.as_view())
remove_passkey = policy.shown_first(locked(RemovePasskeyView.as_view()))
set_up_app = policy.shown_first(SetUpAppView.as_view())
remove_app = policy.shown_first(locked(RemoveAppView.as_view()))
show_recovery_codes = policy.shown_first(_recovery_codes)
make_recovery_codes = policy.shown_first(NewRecoveryCodesView.as_view())
set_password = policy.shown_first(login_required(SetPasswordView.as_view()))
