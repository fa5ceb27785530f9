"""What may be a password: how long, and not one that is known from a breach.

There are no rules of what it has to be made of: they make passwords worse (NIST SP 800-63B, 3.1.1).
Nothing of a password leaves this site but five of the forty digits of its SHA-1, and that only
where BREACHED_PASSWORDS names a service that answers with a range: hundreds of passwords share
them.
"""

import hashlib
import logging
import os
from pathlib import Path
from secrets import token_hex
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.account import forms
from allauth.account.fields import PasswordField
from allauth.account.signals import user_signed_up
from allauth.account.utils import has_verified_email
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
    get_default_password_validators,
)
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enumeration import look_as_often
from accounts.third_parties.errors import ThirdPartyError
from accounts.third_parties.outbound import BoundedSession

log = logging.getLogger(__name__)

MAX_LENGTH = 128  # characters: hashing takes the longer the more of them there are
COMMON, _FILE = "common", "file:"
_PREFIX = 5  # digits of the digest that a service is told
_SECONDS = 2  # that a person waits for it
_LONGEST_LINE = 128  # bytes of a list; a digest and its count are some 50


# --- How long ---


class BoundedPasswords:
    """A form whose passwords, old and new, end somewhere."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PasswordField):
                # No `maxlength` in the page: a browser would cut a pasted password without a word.
                field.validators.append(MaxLengthValidator(MAX_LENGTH))
                if field.widget.attrs.get("autocomplete") == "new-password" and field.help_text:
                    field.help_text = _in_one_sentence()


def _in_one_sentence() -> str:
    """Return what AUTH_PASSWORD_VALIDATORS ask for, which Django would make a list of."""
    validators = get_default_password_validators()
    lengths = [each.min_length for each in validators if isinstance(each, MinimumLengthValidator)]
    least = max(lengths, default=1)
    return ngettext(
        "At least %(count)d character, unlike your name and e-mail address, and not known from "
        "other sites’ breaches.",
        "At least %(count)d characters, unlike your name and e-mail address, and not known from "
        "other sites’ breaches.",
        least,
    ) % {"count": least}


class LongEnoughValidator(MinimumLengthValidator):
    """One of AUTH_PASSWORD_VALIDATORS: Django's, in words that its Arabic does not have."""

    def get_error_message(self) -> str:
        words = ngettext(
            "A password needs %(number)d character at least. Some words in a row are easy to keep.",
            "A password needs %(number)d characters at least. "
            "Some words in a row are easy to keep.",
            self.min_length,
        )
        return words % {"number": self.min_length}


class UnlikeThePersonValidator(UserAttributeSimilarityValidator):
    """Another: Django's own names what the password is like by the column, in English alone."""

    def get_error_message(self) -> str:
        return _(
            "This password is too much like your name or e-mail address. Choose one that has "
            "nothing to do with them."
        )


class SignInForm(BoundedPasswords, forms.LoginForm):
    cleaned_data: dict[str, Any]

    def clean(self) -> dict[str, Any]:
        """Say beside a field that the two do not belong together, so that one gets there."""
        try:
            super().clean()
        except ValidationError as error:
            self.add_error("password", error)
        return self.cleaned_data

    def clean_login(self) -> str:
        login = cast(str, super().clean_login())
        look_as_often(login)
        return login


class RequestResetForm(forms.ResetPasswordForm):
    def clean_email(self) -> str:
        email = cast(str, super().clean_email())
        look_as_often(email)
        return email


class SignUpForm(BoundedPasswords, forms.SignupForm):
    cleaned_data: dict[str, Any]

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            self._rehearse(request)
        return super().try_save(request)

    def _rehearse(self, request: HttpRequest) -> None:
        """Do for an address that is taken all that a new account takes, hashing and queries, and
        undo it: else the time that the answer takes would tell whose address is known."""
        typed = dict(self.cleaned_data)
        make_password(self.cleaned_data.pop("password1", None))  # not while the database is locked
        self.cleaned_data["email"] = f"{token_hex(16)}@stand-in.invalid"
        self.account_already_exists = False
        with transaction.atomic():
            user = self.save(request)
            user_signed_up.send(sender=type(user), request=request, user=user)
            has_verified_email(user)
            transaction.set_rollback(True)
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


# --- Whether it is known ---


class BreachedPasswordValidator:
    """One of AUTH_PASSWORD_VALIDATORS. Where it looks is BREACHED_PASSWORDS."""

    def validate(self, password: str, user: Any = None) -> None:
        if is_breached(password):
            raise ValidationError(self.get_error_message(), code="password_is_breached")

    def get_error_message(self) -> str:
        return _(
            "This password is on lists that attackers try first, because somebody, somewhere, "
            "has used it before. Choose another one."
        )

    def get_help_text(self) -> str:
        return _("Your password can’t be one that is known from other sites’ breaches.")


def is_breached(password: str) -> bool:
    """Whether `password` is on the list that BREACHED_PASSWORDS names."""
    source = settings.BREACHED_PASSWORDS
    if source == COMMON:
        return _is_common(password)
    digest = hashlib.sha1(password.encode(errors="replace"), usedforsecurity=False)
    found = digest.hexdigest().upper()
    if source.startswith(_FILE):
        return _is_in_file(Path(source.removeprefix(_FILE)), found)
    return _is_in_range(source, found)


def _is_common(password: str) -> bool:
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        return True
    return False


def _is_in_file(path: Path, digest: str) -> bool:
    """Search a file of lines "DIGEST:count", sorted, by halves: some 30 reads for a billion."""
    try:
        with path.open("rb") as lines:
            return _search(lines, digest.encode())
    except OSError as error:
        log.error("The list of breached passwords cannot be read: %s", type(error).__name__)
        return False


def _search(lines: Any, digest: bytes) -> bool:
    low, high = 0, os.fstat(lines.fileno()).st_size
    while low < high:
        middle = (low + high) // 2
        if _line_from(lines, middle)[: len(digest)].upper() < digest:
            low = middle + 1
        else:
            high = middle
    return bool(_line_from(lines, low)[: len(digest)].upper() == digest)


def _line_from(lines: Any, position: int) -> bytes:
    """Return the first line that begins at `position` or after it; past the end, the last of all.

    A byte above every digit stands for the end, so that a search goes on before it.
    """
    lines.seek(max(position - 1, 0))
    if position > 0:
        lines.readline(_LONGEST_LINE)
    return lines.readline(_LONGEST_LINE) or b"\xff"


def _is_in_range(service: str, digest: str) -> bool:
    """Ask for all digests that begin alike. No answer is no reason to keep a person out."""
    prefix, rest = digest[:_PREFIX], digest[_PREFIX:]
    session = BoundedSession(_SECONDS)
    try:
        # Padding: the length of an answer would tell a listener which range it is.
        response = session.get(f"{service}{prefix}", headers={"Add-Padding": "true"})
        body = response.content.decode("ascii", "replace") if response.ok else ""
        if not response.ok:
            log.warning(
                "Breached passwords could not be asked for: status %s", response.status_code
            )
    except ThirdPartyError as error:
        log.warning("Breached passwords could not be asked for: %s", type(error).__name__)
        return False
    finally:
        session.close()
    counts = dict(line.partition(":")[::2] for line in body.upper().split())
    return counts.get(rest, "0") != "0"  # a count of 0 is padding


@register(Tags.security)
def check_source(**_: Any) -> list[CheckMessage]:
    """accounts.E009: BREACHED_PASSWORDS names no list that can be looked into."""
    problem = _problem_with(settings.BREACHED_PASSWORDS)
    if not problem:
        return []
    hint = f"Set it to {COMMON}, {_FILE}/path/to/a/list or the https address of a range service."
    return [Error(f"BREACHED_PASSWORDS: {problem}", hint=hint, id="accounts.E009")]


def _problem_with(source: str) -> str:
    if source == COMMON:
        return ""
    if source.startswith(_FILE):
        return "" if os.access(source.removeprefix(_FILE), os.R_OK) else "the file cannot be read."
    try:
        parts = urlsplit(source)
    except ValueError:
        return "this is not an address."
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme == "https" or (parts.scheme == "http" and loopback):
        return "" if source.endswith("/") else "the address has to end with a slash."
    return "this is neither a list nor an https address."
