"""Hold a sign-up by way of a third party until its address is proven.

There is no account yet, no address, no connection and no token: all of it is in the session, beside
the code. Somebody else's address, named at a third party that checks nothing, is thus nowhere.
"""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from allauth.account.utils import complete_signup
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount import app_settings
from allauth.socialaccount.adapter import get_adapter as get_third_party_adapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.upstream.account import (
    EMAIL_CODE_KEY,
    EmailVerification,
    record_authentication,
)

_THIRD_PARTY = "third_party"  # in the state: what the third party told, for an account to be made


class WaitingSignUp(EmailVerification):
    @classmethod
    def begin(cls, request: HttpRequest, login: SocialLogin, email: str) -> HttpResponse:
        """Mail a code to `email`, or word that it has an account, and lead to the page for one."""
        state = cls.initial_state(None, email) | {_THIRD_PARTY: login.serialize()}
        process = cls(request, state)
        process.generate_code()
        process.send()
        process.persist()
        return cast(HttpResponse, get_adapter().respond_email_verification_sent(request, None))

    def send(self, skip_enumeration_mails: bool = False) -> None:
        adapter = get_adapter()
        if User.objects.is_kept(self.email):
            adapter.send_account_already_exists_mail(self.email)
        else:
            context = {"request": self.request, "code": self.code}
            adapter.send_mail("account/email/email_confirmation_signup", self.email, context)
        self.did_send = True

    def sign_up(self) -> HttpResponse:
        """Make the account now that the code was typed, and sign its person in."""
        self.request.session.pop(EMAIL_CODE_KEY, None)
        login = SocialLogin.deserialize(self.state[_THIRD_PARTY])
        login.email_addresses = [EmailAddress(email=self.email, verified=True, primary=True)]
        try:
            get_third_party_adapter().save_user(self.request, login)
        except ImmediateHttpResponse as answer:
            return cast(HttpResponse, answer.response)
        address = EmailAddress.objects.get(user=login.user, email=self.email)
        email_confirmed.send(EmailAddress, request=self.request, email_address=address)
        told = {"provider": login.account.provider, "uid": login.account.uid}
        record_authentication(self.request, login.user, method="socialaccount", **told)
        record_authentication(self.request, login.user, method="code", email=self.email)
        response = complete_signup(
            self.request,
            user=login.user,
            email_verification=app_settings.EMAIL_VERIFICATION,
            success_url=login.get_redirect_url(self.request),
            signal_kwargs={"sociallogin": login},
        )
        return cast(HttpResponse, response)


def process_of(request: HttpRequest, state: dict[str, Any]) -> EmailVerification:
    """Return what waits for the code in `state`: such a sign-up, or what allauth knows."""
    kind = WaitingSignUp if _THIRD_PARTY in state else EmailVerification
    return kind(request, state)


def offer_other_address(request: HttpRequest, state: dict[str, Any]) -> bool:
    """Let the form for those without an address take another one; False where no such sign-up is
    in `state`."""
    if _THIRD_PARTY not in state:
        return False
    request.session["socialaccount_sociallogin"] = state[_THIRD_PARTY]  # where allauth looks
    return True
