"""Record what allauth and Django tell of signing in and of credentials, by their own signals:
AccountsConfig.ready connects these.

A failed sign-in belongs to a person where the address that was typed is theirs. Where it is
nobody's it is not kept at all: people type passwords into the wrong field.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.entrance import known_devices
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event, Outcome
from accounts.security_events.record import record

# --- Sign-in ---


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    records = get_authentication_records(request, user)
    why = " + ".join(dict.fromkeys(_method(**record) for record in records))
    is_new = known_devices.is_new(request, user)
    record(Event.SIGN_IN, request=request, user=user, why=why)
    if is_new:
        # The mail about a reset password names this very device.
        record(Event.NEW_DEVICE, request=request, user=user, is_told=why != "password_reset")
    known_devices.remember(request, user)


def _method(method: str, provider: str = "", type: str = "", **_: Any) -> str:
    if method == "mfa":
        return type
    return f"third_party {provider}" if method == "socialaccount" else method


@receiver(user_login_failed)
def sign_in_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """A wrong password, on the sign-in page or where a signed-in person has to confirm."""
    user = User.objects.owning(str(credentials.get("email") or ""))
    signed_in = request is not None and hasattr(request, "user") and request.user.is_authenticated
    record(
        Event.CONFIRMED if signed_in else Event.SIGN_IN,
        request=request,
        user=user,
        outcome=Outcome.FAILED,
        why="password" if user is None or user.is_active else user.why_inactive,
    )


@receiver(account.login_code_rejected)
def login_code_rejected(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.SIGN_IN, request=request, user=user, outcome=Outcome.FAILED, why="code")


@receiver(account.authentication_step_completed)
def confirmed(request: HttpRequest, user: User, method: str, **details: Any) -> None:
    if details.get("reauthenticated"):
        record(Event.CONFIRMED, request=request, user=user, why=_method(method, **details))


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        record(Event.SIGN_OUT, request=request, user=user)


# --- Credentials ---


@receiver(account.password_set)
def password_set(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.PASSWORD_SET, request=request, user=user)


@receiver(account.password_changed)
def password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.PASSWORD_CHANGED, request=request, user=user)


@receiver(account.password_reset)
def password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.PASSWORD_RESET, request=request, user=user)


@receiver(account.password_reset_code_rejected)
def password_reset_code_rejected(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.PASSWORD_RESET, request=request, user=user, outcome=Outcome.FAILED, why="code")


@receiver(account.email_added)
def email_added(request: HttpRequest, user: User, email_address: EmailAddress, **_: Any) -> None:
    record(Event.EMAIL_ADDED, request=request, user=user, why=email_address.email)


@receiver(account.email_confirmed)
def email_verified(request: HttpRequest, email_address: EmailAddress, **_: Any) -> None:
    """allauth verifies an address before it adds it, and tells of both at once: one mail is enough.
    And whoever has just signed up is told nothing."""
    user, email = email_address.user, email_address.email
    last = SecurityEvent.objects.filter(user=user).first()
    is_added = last is not None and (last.kind, last.why) == (Event.EMAIL_ADDED, email)
    others = EmailAddress.objects.filter(user=user, verified=True).exclude(pk=email_address.pk)
    is_told = not is_added and others.exists()
    record(Event.EMAIL_VERIFIED, request=request, user=user, why=email, is_told=is_told)


@receiver(account.email_verification_code_rejected)
def email_verification_code_rejected(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.EMAIL_VERIFIED, request=request, user=user, outcome=Outcome.FAILED, why="code")


@receiver(account.email_changed)
def email_primary(
    request: HttpRequest,
    user: User,
    to_email_address: EmailAddress,
    from_email_address: EmailAddress | None = None,
    **_: Any,
) -> None:
    email, before = to_email_address.email, _proven(from_email_address)
    record(Event.EMAIL_PRIMARY, request=request, user=user, why=email, also_tell=before)


@receiver(account.email_removed)
def email_removed(request: HttpRequest, user: User, email_address: EmailAddress, **_: Any) -> None:
    email, gone = email_address.email, _proven(email_address)
    record(Event.EMAIL_REMOVED, request=request, user=user, why=email, also_tell=gone)


def _proven(address: EmailAddress | None) -> list[str]:
    """One that was never proven may be a stranger's, who is not to learn whose account this is."""
    return [address.email] if address and address.verified else []
