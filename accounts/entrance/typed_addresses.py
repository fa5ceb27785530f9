"""Take e-mail addresses in forms, where they may be taken for what those are for.

allauth looks up whoever has an address in any table, proven or not. Here one rule holds for all
forms: accounts.models.User.objects.owning. Whatever is typed is spelt as it is stored, before
anything looks at it, so that limits, too, count both spellings of a domain as one.
"""

from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.account.fields import EmailField as AllauthEmailField
from allauth.core import context
from django.core.exceptions import ValidationError

from accounts.entrance import closed_sign_up
from accounts.entrance.mailed_links import invitations
from accounts.entrance.sign_up_rule import Mode, Rule
from accounts.limits import sign_in_limits
from accounts.models import User
from accounts.text.email_addresses import normalise


class EmailField(AllauthEmailField):
    def clean(self, value: Any) -> str:
        cleaned = super().clean(value)
        return normalise(cleaned) if cleaned else ""


class OneSpelling:
    """Spell the e-mail addresses of a form as they are stored."""

    fields: dict[str, Any]
    initial: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, AllauthEmailField):
                self.fields[name] = EmailField(
                    label=field.label, widget=field.widget, required=field.required
                )


class OfNewcomer(OneSpelling):
    """Take the address of a newcomer, and refuse it for its domain alone."""

    rule: Rule
    invited = ""  # the address of an invitation whose link was opened here

    def set_rule(self, rule: Rule) -> None:
        self.rule = rule
        found = invitations.of(context.request) if rule.mode is not Mode.CLOSED else None
        self.invited = found.email if found else ""
        if self.invited:
            self.initial["email"] = self.invited
        elif rule.mode is Mode.DOMAINS:
            self.fields["email"].help_text = closed_sign_up.why(rule)

    def refuse_domain(self, email: str) -> None:
        """Raise ValidationError where nobody with an address at its domain may sign up."""
        if self.rule.mode is Mode.DOMAINS and not self.invited and not self.rule.admits(email):
            raise ValidationError(closed_sign_up.why(self.rule))


class AddEmailForm(OneSpelling, allauth.AddEmailForm):
    pass


class RequestCodeForm(OneSpelling, allauth.RequestLoginCodeForm):
    """Mail codes to active people, and to those who closed their account: they may come for it."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        sign_in_limits.count_mail(context.request, "sign-in code", email)
        owner = User.objects.owning(email)
        self._user = owner if owner and (owner.is_active or owner.delete_after) else None
        return email


class RequestResetForm(OneSpelling, allauth.ResetPasswordForm):
    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        sign_in_limits.count_mail(context.request, "reset", email)
        owner = User.objects.owning(email)
        self.users = [owner] if owner and owner.is_active else []
        return email


def refuse_taken(email: str, user: User | None) -> None:
    """Raise ValidationError where `email` is of somebody other than `user`, who cannot lose it.

    For whoever has just shown that they read its mail: nobody else learns it.
    """
    owner = User.objects.owning(email)
    if owner != user and User.objects.is_kept(email):
        raise get_adapter().validation_error("email_taken")
