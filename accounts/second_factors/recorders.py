"""Record what allauth.mfa tells of as security events: AccountsConfig.ready connects these."""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.entrance.recorders import proof_of
from accounts.limits import known_browsers
from accounts.metrics import declared
from accounts.models import User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.second_factors import recovery_codes
from accounts.security_events.details import CodesLeft, Details, Name, Nothing, Reason, Refusal
from accounts.security_events.record import record

_Type = Authenticator.Type

_TOLD_EVERY = 3600  # seconds
_TYPOS = 2  # wrong codes of which nobody is told, in a browser that the person has used before

_ADDED = {
    _Type.WEBAUTHN: Event.PASSKEY_ADDED,
    _Type.TOTP: Event.AUTHENTICATOR_APP_ADDED,
    _Type.RECOVERY_CODES: Event.RECOVERY_CODES_MADE,
}
_REMOVED = {
    _Type.WEBAUTHN: Event.PASSKEY_REMOVED,
    _Type.TOTP: Event.AUTHENTICATOR_APP_REMOVED,
    _Type.RECOVERY_CODES: Event.RECOVERY_CODES_REMOVED,
}


def name_of(authenticator: Authenticator) -> str:
    """Return a passkey's name; the other kinds have none, as there is one of each at most."""
    return str(authenticator.data.get("name", ""))


@receiver(signals.authenticator_added)
@receiver(signals.authenticator_reset)
def added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    kind, details = _ADDED[_Type(authenticator.type)], _details(authenticator)
    record(kind, actor=Actor.PERSON, request=request, user=user, details=details)


@receiver(signals.authenticator_removed)
def removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    kind, details = _REMOVED[_Type(authenticator.type)], _details(authenticator)
    record(kind, actor=Actor.PERSON, request=request, user=user, details=details)


def _details(authenticator: Authenticator) -> Details:
    is_passkey = authenticator.type == _Type.WEBAUTHN
    return Name(name_of(authenticator)) if is_passkey else Nothing()


@receiver(signals.authenticator_used)
def used(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Record a recovery code that was used, which is news to its owner; a passkey or app is not."""
    declared.SECOND_FACTORS.count(str(authenticator.type), "succeeded")
    if authenticator.type != _Type.RECOVERY_CODES:
        return
    authenticator.refresh_from_db()
    record(
        Event.RECOVERY_CODE_USED,
        actor=Actor.PERSON,
        request=request,
        user=user,
        details=CodesLeft(recovery_codes.left(authenticator)),
    )


@receiver(signals.authentication_failed)
def failed(
    request: HttpRequest,
    user: User,
    authenticator: Authenticator | None = None,
    reauthentication: bool = False,
    **_: Any,
) -> None:
    """Record a wrong code, or a passkey that was refused and is no authenticator of anybody."""
    kind = authenticator.type if authenticator else _Type.WEBAUTHN
    declared.SECOND_FACTORS.count(str(kind), "failed")
    record(
        Event.CONFIRMED if reauthentication else Event.SIGN_IN,
        actor=Actor.UNKNOWN,
        request=request,
        user=user,
        outcome=Outcome.FAILED,
        details=Refusal(Reason.SECOND_FACTOR),
    )
    if not reauthentication:
        _tell_owner(request, user)


def _tell_owner(request: HttpRequest, user: User) -> None:
    """Tell whose account it is that somebody knows the first step of signing in, once an hour: at
    the first wrong second one. Where this person has signed in before, it is more likely they who
    mistyped a code, and told at the third."""
    own = known_browsers.budget_of(request, user)
    key = f"second-step:{user.pk}:{'known' if own else 'new'}"
    wrong = cache.count(key, _TOLD_EVERY).number  # type: ignore[attr-defined]
    if wrong != (_TYPOS + 1 if own else 1):
        return
    record(
        Event.SECOND_STEP_REFUSED,
        actor=Actor.UNKNOWN,
        request=request,
        user=user,
        outcome=Outcome.FAILED,
        details=proof_of(request, user),
    )
