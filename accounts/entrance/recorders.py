"""Record what allauth and Django tell of signing in and of credentials, by their own signals:
AccountsConfig.ready connects these.

A failed sign-in belongs to a person where the address that was typed is theirs. Where it is
nobody's it is not kept at all: people type passwords into the wrong field.
"""

from collections.abc import Iterable
from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.entrance import known_devices
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events.details import Address, Proof, Reason, Refusal
from accounts.security_events.record import record

# --- Sign-in ---


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    proof = proof_of(request, user)
    is_new = known_devices.is_new(request, user)
    record(Event.SIGN_IN, actor=Actor.PERSON, request=request, user=user, details=proof)
    if is_new:
        # The mail about a reset password names this very device.
        is_told = proof.methods != ("password_reset",)
        record(Event.NEW_DEVICE, actor=Actor.PERSON, request=request, user=user, is_told=is_told)
    known_devices.remember(request, user)


def proof_of(request: HttpRequest, user: User) -> Proof:
    """Return how `user` has shown who they are so far, in this sign-in."""
    return _proof(get_authentication_records(request, user))


def _proof(records: Iterable[dict[str, Any]]) -> Proof:
    """Return what allauth's records of a sign-in say."""
    provider = next((str(each["provider"]) for each in records if each.get("provider")), "")
    return Proof(tuple(dict.fromkeys(map(_method, records))), provider)


def _method(record: dict[str, Any]) -> str:
    if record["method"] == "mfa":
        return str(record["type"])
    return "third_party" if record["method"] == "socialaccount" else str(record["method"])


@receiver(user_login_failed)
def sign_in_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Record a wrong password, on the sign-in page or where a signed-in person has to confirm."""
    user = User.objects.owning(str(credentials.get("email") or ""))
    signed_in = request is not None and hasattr(request, "user") and request.user.is_authenticated
    reason = Reason.PASSWORD if user is None or user.is_active else Reason(user.why_inactive)
    record(
        Event.CONFIRMED if signed_in else Event.SIGN_IN,
        actor=Actor.UNKNOWN,
        request=request,
        user=user,
        outcome=Outcome.FAILED,
        details=Refusal(reason),
    )


@receiver(account.login_code_rejected)
def login_code_rejected(request: HttpRequest, user: User, **_: Any) -> None:
    _wrong_code(Event.SIGN_IN, request, user)


@receiver(account.authentication_step_completed)
def confirmed(request: HttpRequest, user: User, method: str, **details: Any) -> None:
    if details.get("reauthenticated"):
        proof = _proof([{"method": method, **details}])
        record(Event.CONFIRMED, actor=Actor.PERSON, request=request, user=user, details=proof)


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        record(Event.SIGN_OUT, actor=Actor.PERSON, request=request, user=user)


# --- Credentials ---


@receiver(account.password_set)
def password_set(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.PASSWORD_SET, actor=Actor.PERSON, request=request, user=user)


@receiver(account.password_changed)
def password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.PASSWORD_CHANGED, actor=Actor.PERSON, request=request, user=user)


@receiver(account.password_reset)
def password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    record(Event.PASSWORD_RESET, actor=Actor.PERSON, request=request, user=user)


@receiver(account.password_reset_code_rejected)
def password_reset_code_rejected(request: HttpRequest, user: User, **_: Any) -> None:
    _wrong_code(Event.PASSWORD_RESET, request, user)


@receiver(account.email_added)
def email_added(request: HttpRequest, user: User, email_address: EmailAddress, **_: Any) -> None:
    _of_address(Event.EMAIL_ADDED, request, user, email_address)


@receiver(account.email_confirmed)
def email_verified(request: HttpRequest, email_address: EmailAddress, **_: Any) -> None:
    """Record it, and mail once: allauth verifies an address before it adds it, and tells of both.
    And whoever has just signed up is told nothing."""
    user, details = email_address.user, Address(email_address.email).as_json()
    last = SecurityEvent.objects.filter(user=user).first()
    is_added = last is not None and (last.kind, last.details) == (Event.EMAIL_ADDED, details)
    others = EmailAddress.objects.filter(user=user, verified=True).exclude(pk=email_address.pk)
    is_told = not is_added and others.exists()
    _of_address(Event.EMAIL_VERIFIED, request, user, email_address, is_told=is_told)


@receiver(account.email_verification_code_rejected)
def email_verification_code_rejected(request: HttpRequest, user: User, **_: Any) -> None:
    _wrong_code(Event.EMAIL_VERIFIED, request, user)


def _wrong_code(kind: Event, request: HttpRequest, user: User) -> None:
    record(
        kind,
        actor=Actor.UNKNOWN,
        request=request,
        user=user,
        outcome=Outcome.FAILED,
        details=Refusal(Reason.CODE),
    )


@receiver(account.email_changed)
def email_primary(
    request: HttpRequest,
    user: User,
    to_email_address: EmailAddress,
    from_email_address: EmailAddress | None = None,
    **_: Any,
) -> None:
    before = _proven(from_email_address)
    _of_address(Event.EMAIL_PRIMARY, request, user, to_email_address, also_tell=before)


@receiver(account.email_removed)
def email_removed(request: HttpRequest, user: User, email_address: EmailAddress, **_: Any) -> None:
    gone = _proven(email_address)
    _of_address(Event.EMAIL_REMOVED, request, user, email_address, also_tell=gone)


def _of_address(
    kind: Event, request: HttpRequest, user: User, address: EmailAddress, **told: Any
) -> None:
    """Record what a person did to an address of theirs. `told`: see record()."""
    details = Address(address.email)
    record(kind, actor=Actor.PERSON, request=request, user=user, details=details, **told)


def _proven(address: EmailAddress | None) -> list[str]:
    """List an address that may be told: one never proven may be a stranger's, who is not to learn
    whose account this is."""
    return [address.email] if address and address.verified else []
