"""Tell allauth.account how signing in works here."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as context_of
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.account_pages.deletion import remember_closed
from accounts.endings import people, proven_address
from accounts.entrance import last_method, reauthentication, sign_up_rule
from accounts.entrance.closed_sign_up import closed_page
from accounts.entrance.mailed_links.invitations import invited_to
from accounts.limits import sign_in_limits
from accounts.mail import letter
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.record import record
from accounts.sessions.authentication import is_fresh, sign_in_again
from accounts.site import language
from accounts.text.email_addresses import normalise, readable
from accounts.third_parties.reauthentication import by_connections, note_asking
from accounts.way_back import address as way_back

# What is mailed to whatever address somebody types. Other codes are counted by their forms.
_TO_ANY_ADDRESS = {
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
    "account/email/account_already_exists",
}


def _of_another_account(email: str, signed_in: Any) -> str:
    words = gettext(
        "The account of %(email)s is ready. You are still signed in as %(other)s. To use the "
        "new account, sign out first."
    )
    return words % {"email": readable(email), "other": readable(signed_in.email)}


class AccountAdapter(DefaultAccountAdapter):
    _replaced: Any = None  # whose session ends by a sign-in of somebody else

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "The e-mail address or password is wrong. Check both and try again."
        ),
        "incorrect_password": _("Wrong password. Try again."),
        "incorrect_code": _("This code is wrong. Enter the code from our newest e-mail."),
        # Where a code was mistyped too often.
        "too_many_login_attempts": _(
            "Too many wrong codes were entered, so this one no longer works. Request a new code."
        ),
    }

    def is_safe_url(self, url: str | None) -> bool:
        """Return whether `next` may lead to `url`: this site's own pages only.

        allauth 65's own raises ValueError for `http://[`, and lets in every one of ALLOWED_HOSTS
        and what is no address but, to Django's redirect(), may be the name of a page.
        """
        return way_back.is_own(url or "")

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let people sign up by password or passkey, or answer why they may not."""
        rule = sign_up_rule.of_site()
        if not rule.is_offered and not invited_to(request, rule):
            raise ImmediateHttpResponse(closed_page(request, rule))
        return True

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Count the password before it is compared, and not at all where it is right."""
        typed = str(credentials.get("email") or credentials.get("username") or "")
        guess = sign_in_limits.PasswordGuess(request, typed)
        user = super().authenticate(request, **credentials)
        if user:
            guess.was_right()
        return user

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response = cast(HttpResponse, super().post_login(request, user, **kwargs))
        last_method.remember(request, response)
        if self._replaced and not response.get("Location", "").startswith("/oauth/"):
            told = _(
                "You are now signed in as %(email)s. %(other)s was signed out in this browser."
            )
            known = {"email": readable(user.email), "other": readable(self._replaced.email)}
            messages.info(request, told % known)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        known = cast(list[dict[str, Any]], super().get_reauthentication_methods(user))
        if not user.is_authenticated:
            return known
        return known + by_connections(user) + reauthentication.by_mail(user)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Check the password by a proven address. allauth's own takes the main one, which may be
        proven by nobody."""
        shown = EmailAddress.objects.get_verified(user)
        email = shown.email if shown else user.email
        return bool(self.authenticate(context_of.request, email=email, password=password) == user)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Store an address that somebody who is signed in has shown to be theirs, or that of an
        account which they had begun in this browser before they signed in to another one.

        Of a sign-in that goes on, it is stored when all steps are done: endings/sign_in.py.
        """
        user, email = email_address.user, email_address.email
        if not proven_address.add(request, user, email):
            told = gettext("%(email)s is already verified for a different account.")
            messages.error(request, told % {"email": readable(email)})
            return False
        said = "account/messages/email_confirmed.txt"
        self.add_message(request, messages.SUCCESS, said, {"email": email})
        if request.user.pk != user.pk:
            messages.info(request, _of_another_account(email, request.user))
        return True

    def respond_email_verification_sent(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Lead to the page for the code, and the same for an address that is taken."""
        response = cast(HttpResponse, super().respond_email_verification_sent(request, user))
        response["Location"] = way_back.handed_on(request, response["Location"])
        return response

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the address in one of allauth's sentences as people read it."""
        said = {**(message_context or {})}
        if "email" in said:
            said["email"] = readable(said["email"])
        super().add_message(request, level, message_template, said, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail as a task. allauth's own would keep the page waiting, which tells a known
        address from an unknown one, and write in whatever language the page has."""
        if template_prefix in _TO_ANY_ADDRESS:
            sign_in_limits.count_mail(cast(HttpRequest, context_of.request), "address", email)
        may_sign_up = sign_up_rule.of_site().admits(email)
        letter.send_what_signing_in_needs(
            template_prefix, email, context | {"may_sign_up": may_sign_up}
        )

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign `user` in. Django would throw somebody else's session away without a word."""
        if request.user.is_authenticated and request.user.pk != user.pk:
            self._replaced = request.user
            people.end_current(request, request.user)
            record(Event.SIGN_OUT, actor=Actor.PERSON, request=request, user=request.user)
        super().login(request, user)
        language.bring_along(request, user)

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():  # apps are told of it when it has happened
            super().logout(request)

    def get_login_stages(self) -> list[str]:
        return [
            "allauth.account.stages.LoginByCodeStage",
            "accounts.entrance.stages.EmailVerificationStage",
            "accounts.second_factors.stages.AuthenticateStage",
            "accounts.endings.sign_in.StoringStage",
            "allauth.mfa.webauthn.stages.PasskeySignupStage",
        ]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for proof also of those who have neither a password nor a second factor.

        allauth takes these for proved and lets no hook say otherwise, so it is raised here; all
        who ask this raise the same. Who has no way at all to prove it signs in again.
        """
        request = cast(HttpRequest, context_of.request)
        required = super().is_reauthentication_required(app=app, **kwargs)
        if not required or (app == "allauth.mfa" and is_fresh(request)):
            return False
        if reauthentication.is_recent(request):
            return False
        if not self.get_reauthentication_methods(request.user):
            raise ImmediateHttpResponse(sign_in_again(request))
        raise ReauthenticationRequired

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Ask who closed their account for all steps, before they are offered to have it back.

        Called once a sign-in's first step is on record.
        """
        third_party = (kwargs.get("signal_kwargs") or {}).get("sociallogin")
        if third_party:
            note_asking(request, user, third_party)
        if user.delete_after:
            return None
        return cast(HttpResponse | None, super().pre_login(request, user, **kwargs))

    def clean_email(self, email: str) -> str:
        return normalise(email)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Let whoever closed their account themselves have it back; an admin's No is a No."""
        if user.delete_after:
            return remember_closed(request, user)
        return cast(HttpResponse, super().respond_user_inactive(request, user))
