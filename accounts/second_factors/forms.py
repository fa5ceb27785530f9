"""Take second factors in forms: allauth's, made strict. `MFA_FORMS` names them."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from accounts.entrance.typed_codes import CodeField
from accounts.limits import known_browsers, rate_limits
from accounts.models import User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.second_factors import (
    challenges,
    passkeys,
    recovery_codes,
    signature_counters,
    totp,
)
from accounts.second_factors.adapter import NAME_LENGTH
from accounts.second_factors.passkeys import CredentialField
from accounts.second_factors.policy import kinds_of
from accounts.security_events.details import Name
from accounts.security_events.record import record
from accounts.storage.sealed import CannotOpen
from accounts.text.names import NameField
from accounts.upstream.mfa import passkeys_of

_Type = Authenticator.Type

_OF_APP = (
    _("Code from your authenticator app"),
    _("Enter the code from your authenticator app."),
)
_DIGITS = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


def _code_field(label: Any, empty: Any) -> forms.CharField:
    return CodeField(
        label=label,
        max_length=40,
        error_messages={"required": empty},
        widget=forms.TextInput(attrs=_DIGITS),
    )


def _either_code(user: User) -> forms.CharField:
    """Return the one field for codes of either kind, called after those that `user` has."""
    kinds = kinds_of(user)
    if _Type.TOTP not in kinds:
        return _code_field(_("Recovery code"), _("Enter one of your recovery codes."))
    if _Type.RECOVERY_CODES not in kinds:
        return _code_field(*_OF_APP)
    return _code_field(
        _("Code from your authenticator app, or a recovery code"),
        _("Enter the code from your authenticator app, or a recovery code."),
    )


def _name_field(*, required: bool) -> forms.CharField:
    return NameField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        required=required,
        error_messages={"required": _("Enter a name for this passkey, such as “My phone”.")},
        help_text=_("For example “My phone”, so that you can tell your passkeys apart."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


# --- Codes ---


def _count(user: User) -> None:
    """Count a code, right or wrong, before it is looked at. Raises rate_limits.LimitReached."""
    request = context.request
    rate_limits.hit_growing(request, "second_factor", *_counted_by(request, user), user=user)


def _counted_by(request: HttpRequest, user: User) -> tuple[str, ...]:
    """Count by person, from wherever; in a browser of theirs by that alone. Who came by one first
    step does not stop who comes by another: whoever knows no more than the password does not keep
    its owner from choosing a new one, with which all begins anew.
    """
    own = known_browsers.budget_of(request, user)
    methods = sorted({record["method"] for record in get_authentication_records(request, user)})
    return own or (str(user.pk), user.get_session_auth_hash(), *methods)


def _was_right(user: User, code: str) -> str:
    rate_limits.forget_growing("second_factor", *_counted_by(context.request, user))
    return code


def _check(form: base.BaseAuthenticateForm, allauths_check: Callable[[], str]) -> str:
    """Return the code that is right, and use it up: under the lock of all that take codes, so that
    of two who type the same one a single one is right."""
    if _is_recovery_code(form):  # before anything is locked: it takes as long as passwords do
        return str(form.cleaned_data["code"])
    with transaction.atomic():
        list(Authenticator.objects.select_for_update().filter(user=form.user).order_by("pk"))
        try:
            return _check_locked(form, allauths_check)
        except ValidationError as error:  # which must not undo that it is recorded
            refusal = error
    raise refusal


def _is_recovery_code(form: base.BaseAuthenticateForm) -> bool:
    codes = recovery_codes.of(form.user)
    try:
        if codes is None or not recovery_codes.use(codes, form.cleaned_data["code"]):
            return False
    except CannotOpen as error:
        if _Type.TOTP in kinds_of(form.user):
            return False
        raise get_adapter().validation_error("cannot_check_code") from error
    form.authenticator = codes
    return True


def _check_locked(form: base.BaseAuthenticateForm, allauths_check: Callable[[], str]) -> str:
    """Check it. Where one of the person's kinds of codes cannot be opened, the other one is still
    good; nothing is right that cannot be checked."""
    try:
        return _use_up(form, allauths_check())
    except CannotOpen:
        code = form.cleaned_data["code"]
    error = "cannot_check_code"
    for held in Authenticator.objects.filter(user=form.user).exclude(type=_Type.WEBAUTHN):
        try:
            if _is_right(held, code):
                form.authenticator = held
                return _use_up(form, code)
        except CannotOpen:
            continue
        form._emit_authentication_failed(held)
        error = "incorrect_code"
    raise get_adapter().validation_error(error)


def _is_right(held: Authenticator, code: str) -> bool:
    if held.type == _Type.RECOVERY_CODES:
        return recovery_codes.use(held, code)
    return bool(held.wrap().validate_code(code))


def _use_up(form: base.BaseAuthenticateForm, code: str) -> str:
    """Return the code that allauth found right, which is good for this once."""
    if form.authenticator.type != _Type.TOTP or totp.spend(form.authenticator, code):
        return code
    form._emit_authentication_failed(form.authenticator)
    raise get_adapter().validation_error("incorrect_code")


class AuthenticateForm(base.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _either_code(self.user)

    def clean_code(self) -> str:
        _count(self.user)
        return _was_right(self.user, _check(self, super().clean_code))


class ReauthenticateForm(base.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _either_code(self.user)

    def clean_code(self) -> str:
        _count(self.user)
        return _was_right(self.user, _check(self, super().clean_code))


class ActivateTOTPForm(totp_forms.ActivateTOTPForm):
    code = _code_field(*_OF_APP)

    def clean_code(self) -> str:
        _count(self.user)
        return _was_right(self.user, str(super().clean_code()))


# --- Passkeys: what one is used with ---


def _check_passkey(
    form: Any, purpose: str, allauths_check: Callable[[], Authenticator]
) -> Authenticator:
    """Return the passkey that answers a challenge of this session for `purpose`, and use both up.

    Raises ValidationError where allauth finds it wrong, or its counter tells of a copy.
    """
    credential = form.cleaned_data["credential"]
    with challenges.answered(context.request, purpose, form.user, credential):
        authenticator = allauths_check()
    with transaction.atomic():
        is_new = challenges.spend(authenticator, credential)
        is_no_copy = is_new and signature_counters.rises(authenticator, credential)
    if not is_new:
        raise ValidationError(challenges.TOO_LATE, code="too_late")
    if is_no_copy:
        return authenticator
    record(
        Event.PASSKEY_REFUSED,
        actor=Actor.UNKNOWN,
        user=cast(User, authenticator.user),
        outcome=Outcome.FAILED,
        details=Name(str(authenticator)),
    )
    raise ValidationError(passkeys.NOT_ACCEPTED)


class AuthenticateWebAuthnForm(webauthn.AuthenticateWebAuthnForm):
    credential = CredentialField(AuthenticationResponse)

    def clean_credential(self) -> Authenticator:
        return _check_passkey(self, challenges.SECOND_STEP, super().clean_credential)


class ReauthenticateWebAuthnForm(webauthn.ReauthenticateWebAuthnForm):
    credential = CredentialField(AuthenticationResponse)

    def clean_credential(self) -> Authenticator:
        return _check_passkey(self, challenges.CONFIRM, super().clean_credential)


class LoginWebAuthnForm(webauthn.LoginWebAuthnForm):
    credential = CredentialField(AuthenticationResponse)

    def clean_credential(self) -> Authenticator:
        credential = self.cleaned_data["credential"]
        self.cleaned_data["credential"] = passkeys.with_internal_handle(credential)
        return _check_passkey(self, challenges.SIGN_IN, super().clean_credential)


# --- Passkeys: how one is made ---


class AddWebAuthnForm(webauthn.SignupWebAuthnForm):
    """Register a passkey, also for those who sign up: every one is made alike."""

    name = _name_field(required=False)
    credential = CredentialField(RegistrationResponse)
    field_order: ClassVar[list[str]] = ["name", "credential"]

    def clean(self) -> dict[str, Any]:
        credential = self.cleaned_data.get("credential")
        if not credential:
            return dict(super().clean())
        with challenges.answered(context.request, challenges.MAKE, self.user, credential):
            cleaned = super().clean()
        if self._is_known(credential):
            raise ValidationError(_("This passkey is already on your account."))
        return dict(cleaned)

    def _is_known(self, credential: dict[str, Any]) -> bool:
        new = passkeys.credential_id(credential)
        return any(new == known.credential_id for known in passkeys_of(self.user))


class EditWebAuthnForm(webauthn.EditWebAuthnForm):
    name = _name_field(required=True)
