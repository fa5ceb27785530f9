"""Take passwords in forms, up to a length (which may not be taken: breached_passwords.py).

There are no rules of what it has to be made of: they make passwords worse (NIST SP 800-63B, 3.1.1).
"""

from secrets import token_hex
from types import SimpleNamespace
from typing import Any, cast

from allauth.account import forms
from allauth.account.fields import PasswordField
from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
    get_default_password_validators,
)
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.entrance import proofs, sign_up_rule
from accounts.entrance.closed_sign_up import closed_page
from accounts.entrance.enumeration import look_as_after_sign_up
from accounts.entrance.mailed_links.invitations import NotInvited, use
from accounts.entrance.typed_addresses import OfNewcomer, OneSpelling
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import Proof
from accounts.security_events.record import record
from accounts.text.passwords import opaque

_NAMES = ("email", "name", "given_name", "family_name", "nickname", "preferred_username")

MAX_LENGTH = 128  # characters: hashing takes the longer the more of them there are


class BoundedPasswords:
    """Bound the length of a form's passwords, old and new."""

    fields: dict[str, Any]
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PasswordField):
                # No `maxlength` in the page: a browser would cut a pasted password without a word.
                field.validators.append(LongestValidator(MAX_LENGTH))
                if field.widget.attrs.get("autocomplete") == "new-password" and field.help_text:
                    field.help_text = _in_one_sentence()

    def clean(self) -> Any:
        """Take a new password in its one spelling, in which it may have been typed but once."""
        for name in ("password1", "password2"):
            if name in self.cleaned_data:
                self.cleaned_data[name] = opaque(self.cleaned_data[name])
        return cast(Any, super()).clean()


class LongestValidator(MaxLengthValidator):
    def clean(self, password: Any) -> int:
        return len(opaque(str(password)))


def _in_one_sentence() -> str:
    """Return what AUTH_PASSWORD_VALIDATORS ask for, which Django would make a list of."""
    validators = get_default_password_validators()
    lengths = [each.min_length for each in validators if isinstance(each, MinimumLengthValidator)]
    least = max(lengths, default=1)
    return ngettext(
        "Use at least %(count)d character. Do not use your name or e-mail address, or a "
        "password that has been in a data breach.",
        "Use at least %(count)d characters. Do not use your name or e-mail address, or a "
        "password that has been in a data breach.",
        least,
    ) % {"count": least}


class LongEnoughValidator(MinimumLengthValidator):
    """Validate the length: Django's validator, in words that its Arabic does not have."""

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(opaque(password), user)

    def get_error_message(self) -> str:
        words = ngettext(
            "Your password must be %(number)d character or more. Several words in a row are "
            "easy to remember.",
            "Your password must be %(number)d characters or more. Several words in a row are "
            "easy to remember.",
            self.min_length,
        )
        return words % {"number": self.min_length}


class UnlikeThePersonValidator(UserAttributeSimilarityValidator):
    """Validate the likeness: Django's own names the column that it is like, in English alone."""

    def __init__(self) -> None:
        super().__init__(_NAMES)  # of Django's own names, a person has none but the address

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(opaque(password), user and self._spelt_alike(user))

    def _spelt_alike(self, user: Any) -> Any:
        told = {name: getattr(user, name, None) for name in self.user_attributes}
        spelt = {name: opaque(text) for name, text in told.items() if isinstance(text, str)}
        return SimpleNamespace(_meta=user._meta, **spelt)

    def get_error_message(self) -> str:
        return _(
            "This password is too similar to your name or e-mail address. Choose a different one."
        )


class SignInForm(OneSpelling, BoundedPasswords, forms.LoginForm):
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            # The page itself writes the link that allauth would render anew for each form.
            self.fields["password"].help_text = gettext_lazy("Forgot your password?")

    def clean(self) -> dict[str, Any]:
        """Say beside a field that the two do not belong together, so that one gets there."""
        try:
            super().clean()
        except ValidationError as error:
            self.add_error("password", error)
        renewed = self.user.renewed_hash(self.cleaned_data["password"]) if self.user else ""
        if renewed:
            self._login.state[proofs.RENEWED_HASH] = renewed
        return self.cleaned_data


class SignUpForm(OfNewcomer, BoundedPasswords, forms.SignupForm):
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_rule(sign_up_rule.of_site())
        # The link has proven this address, and no other.
        self.fields["email"].disabled = bool(self.invited)

    def validate_unique_email(self, value: str) -> str:
        self.refuse_domain(value)
        if self.invited and User.objects.is_taken(value):
            raise ValidationError(_("You already have an account with this address. Sign in."))
        self.account_already_exists = User.objects.is_taken(value)
        return value

    def try_save(self, request: HttpRequest) -> Any:
        # Before anything is locked.
        self._hash = User.hash_of(self.cleaned_data.pop("password1", None))
        if not self.account_already_exists:
            try:
                return super().try_save(request)
            except NotInvited:
                return None, closed_page(request, self.rule)
            except IntegrityError:  # of two who sign up at once, the other was first
                if not User.objects.is_taken(self.cleaned_data["email"]):
                    raise
                self.account_already_exists = True
        self._rehearse(request)
        return super().try_save(request)

    def save(self, request: HttpRequest) -> Any:
        """Make the account, its address and the record of it: all or none."""
        with transaction.atomic():
            return self._save(request)

    def _save(self, request: HttpRequest, *, is_real: bool = True) -> Any:
        with transaction.atomic():
            User.objects.release(self.cleaned_data["email"])
            user = super().save(request)
            if is_real and self.invited and not use(request, user):
                raise NotInvited
            user.password = self._hash
            user.save(update_fields=["password"])
            proof = Proof(())  # of nothing yet: the address is still to be confirmed
            record(Event.SIGNED_UP, actor=Actor.PERSON, request=request, user=user, details=proof)
            if not is_real:
                look_as_after_sign_up(user)
                transaction.set_rollback(True)
        return user

    def _rehearse(self, request: HttpRequest) -> None:
        """Do for an address that is taken all that a new account takes, hashing and queries, and
        undo it: else the time that the answer takes would tell whose address is known.

        What is undone is a savepoint, in a transaction that is committed: that, too, takes time.
        """
        typed = dict(self.cleaned_data)
        self.cleaned_data["email"] = f"{token_hex(16)}@stand-in.invalid"
        self.account_already_exists = False
        with transaction.atomic():
            self._save(request, is_real=False)
        self.account_already_exists = True
        self.cleaned_data = typed


class ChangePasswordForm(BoundedPasswords, forms.ChangePasswordForm):
    pass


class SetPasswordForm(BoundedPasswords, forms.SetPasswordForm):
    pass


class ResetPasswordForm(BoundedPasswords, forms.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(BoundedPasswords, forms.ReauthenticateForm):
    pass
