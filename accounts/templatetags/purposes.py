"""Say what a person is about to do when they have to confirm that it is they."""

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.upstream.account import SUSPENDED_REQUEST_KEY
from accounts.way_back.address import way_back

register = template.Library()

# By the name of the address that they go on to.
_ABOUT_TO = {
    "account_change_password": gettext_lazy("You are about to change your password."),
    "account_deletion": gettext_lazy("You are about to delete your account."),
    "account_email": gettext_lazy("You are about to change your e-mail addresses."),
    "account_export": gettext_lazy("You are about to download your data."),
    "account_set_password": gettext_lazy("You are about to set a password."),
    "account_token_new": gettext_lazy("You are about to create a personal access token."),
    "mfa_activate_totp": gettext_lazy("You are about to set up an authenticator app."),
    "mfa_add_webauthn": gettext_lazy("You are about to add a passkey."),
    "mfa_deactivate_totp": gettext_lazy("You are about to remove your authenticator app."),
    "mfa_edit_webauthn": gettext_lazy("You are about to rename a passkey."),
    "mfa_generate_recovery_codes": gettext_lazy("You are about to create new recovery codes."),
    "mfa_remove_webauthn": gettext_lazy("You are about to remove a passkey."),
    "mfa_view_recovery_codes": gettext_lazy("You are about to see your recovery codes."),
    "socialaccount_connections": gettext_lazy("You are about to change your connected accounts."),
}


@register.simple_tag(takes_context=True)
def about_to(context: Context) -> str:
    """Return what comes after the confirmation, in a sentence that is true of any address."""
    request = context["request"]
    name = _name_of(way_back(request))
    if name in _ABOUT_TO:
        return str(_ABOUT_TO[name])
    if _is_back_to_connect(request):
        return _("You are about to connect an account.")
    return _("What you are about to do needs your confirmation.")


def _is_back_to_connect(request: HttpRequest) -> bool:
    """Return whether a third party's answer waits. It is all that allauth keeps for a function to
    take."""
    return "callback" in (request.session.get(SUSPENDED_REQUEST_KEY) or {})


def _name_of(address: str) -> str:
    try:
        return resolve(address.partition("?")[0]).url_name or ""
    except Resolver404:
        return ""
