"""Sign up by way of a third party: at once where it is trusted and vouches for an address, else
when the newcomer has shown that they read an address's mail. Nothing is stored before that.
"""

from typing import Any

from allauth.account.models import EmailAddress, Login
from allauth.socialaccount import forms
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest, HttpResponse

from accounts.entrance import sign_up_rule
from accounts.entrance.closed_sign_up import closed_page
from accounts.entrance.mailed_links import invitations
from accounts.entrance.sign_up_rule import Mode, Rule
from accounts.entrance.typed_addresses import OfNewcomer
from accounts.entrance.waiting_sign_up import WaitingSignUp
from accounts.models import User
from accounts.text.email_addresses import normalise
from accounts.upstream.account import perform_login
from accounts.upstream.socialaccount import complete_social_signup, redirect_to_signup


def sign_up(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """Answer a newcomer. What the third party tells without vouching for it is where a code goes:
    it saves typing, and proves nothing."""
    rule = rule_of(login)
    if login.email_addresses:
        return _sign_up_at_once(request, login)
    invited = invitations.invited_to(request, rule)
    if login.user.email and (invited or rule.admits(login.user.email)):
        return _sign_up_with(request, login, login.user.email)
    response: HttpResponse = redirect_to_signup(request, login)
    return response


def _sign_up_with(request: HttpRequest, login: SocialLogin, email: str) -> HttpResponse:
    """Go on with an address that was told or typed: it is proven where an invitation went to it,
    whose link was opened here."""
    found = invitations.of(request) if rule_of(login).mode is not Mode.CLOSED else None
    if found is None or found.email != normalise(email) or User.objects.is_kept(found.email):
        return WaitingSignUp.begin(request, login, email)
    login.email_addresses = [EmailAddress(email=found.email, verified=True, primary=True)]
    return _sign_up_at_once(request, login)


def _sign_up_at_once(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    response: HttpResponse
    if not is_admitted(login) and not invitations.invited_to(request, rule_of(login)):
        return closed_page(request, rule_of(login))
    free = [each for each in login.email_addresses if not User.objects.is_taken(each.email)]
    if not free:  # an account of staff that nobody gets so: User.objects.unfinished
        nobody = Login(user=None, email=login.email_addresses[0].email, signup=True)
        response = perform_login(request, nobody)  # the answer that a known address gets
        return response
    login.email_addresses = free
    get_adapter().save_user(request, login)
    response = complete_social_signup(request, login)
    return response


def rule_of(login: SocialLogin) -> Rule:
    """Return who may sign up by way of the third party."""
    return sign_up_rule.of_app(login.provider.app)


def is_admitted(login: SocialLogin) -> bool:
    """Return whether an address that was shown to be the newcomer's lets them have an account, and
    make that one the first."""
    rule = rule_of(login)
    login.email_addresses.sort(key=lambda address: not rule.admits(address.email))
    return rule.admits(login.email_addresses[0].email)


class SignUpForm(OfNewcomer, forms.SignupForm):
    """Ask those for an address whose third party tells none at all."""

    cleaned_data: dict[str, Any]
    sociallogin: SocialLogin

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_rule(rule_of(self.sociallogin))

    def validate_unique_email(self, value: str) -> str:
        self.refuse_domain(value)
        return value  # whether it is taken is told by mail alone

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        email = str(self.cleaned_data["email"])
        return None, _sign_up_with(request, self.sociallogin, email)
