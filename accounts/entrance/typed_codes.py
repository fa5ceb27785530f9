"""Read codes as people type them: mailed ones, those of an authenticator app, recovery codes.

allauth minds neither spaces nor small letters nor hyphens. Keyboards of other scripts have digits
and dashes of their own besides, and a phone makes a dash of a hyphen: none of it helps a guesser.
`ACCOUNT_FORMS` names the forms.
"""

import unicodedata
from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.entrance.typed_addresses import refuse_taken


class CodeField(forms.CharField):
    def to_python(self, value: Any) -> str:
        typed = unicodedata.normalize("NFKC", super().to_python(value) or "")
        return "".join(_plain(character) for character in typed)


def _plain(character: str) -> str:
    if unicodedata.category(character) == "Pd":  # every dash there is
        return "-"
    return str(unicodedata.decimal(character, character))


class _AsTyped(allauth.BaseConfirmCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allauths = self.fields["code"]
        self.fields["code"] = CodeField(
            label=allauths.label,
            widget=allauths.widget,
            error_messages={"required": _("Enter the code that we sent you.")},
        )


class ConfirmLoginCodeForm(_AsTyped, allauth.ConfirmLoginCodeForm):
    pass


class ConfirmEmailVerificationCodeForm(_AsTyped, allauth.ConfirmEmailVerificationCodeForm):
    def clean_code(self) -> str:
        code = allauth.BaseConfirmCodeForm.clean_code(self)
        refuse_taken(self.email, self.user)
        return str(code)


class ConfirmPasswordResetCodeForm(_AsTyped, allauth.ConfirmPasswordResetCodeForm):
    pass
