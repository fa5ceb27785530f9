"""Empty an account of all that stood in it before its first address was proven.

Anybody can begin an account with somebody else's address, at a time when nobody watches, and leave
a way in for later ("Pre-hijacked accounts", Sudhodanan and Paverd, 2022). Whoever shows that the
address is theirs gets the account without any of it.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Q

from accounts.endings.people import end_person
from accounts.entrance.proofs import Shown
from accounts.models import KnownDevice, SecurityEvent, Session, User, new_subject
from accounts.models.event_kinds import Actor
from accounts.models.standard_claims import StandardClaims
from accounts.oauth_server.models import Authorization, PairwiseSubject, PersonalToken


def empty(user: User, email: str, shown: Shown, *, actor: Actor) -> bool:
    """Remove passwords, authenticators, passkeys, recovery codes, connections, other addresses,
    sessions, personal tokens, apps' access with their consent, and known browsers; return whether
    there was any. What this very sign-in has `shown` stays. `actor`: who proves or vouches for it.

    To be called in the transaction that proves `email`, under the person's lock. Apps are told of
    the sessions' end once that is committed.
    """
    is_somebody_elses = bool(user.last_login) and not shown
    had_password = _remove_password(user, shown)
    removed = [
        had_password,
        *(rows.delete()[0] > 0 for rows in _what_nobody_showed(user, email, shown)),
        _end(user, actor),
    ]
    if is_somebody_elses:
        _become_another(user)
    user.save()
    return is_somebody_elses or any(removed)


def _remove_password(user: User, shown: Shown) -> bool:
    """Remove it, also where there is none: waiting sign-ins are told by that (proofs.is_stale)."""
    if shown.password:
        return False
    had_password = bool(user.password) and user.has_usable_password()
    user.set_unusable_password()
    return had_password


def _what_nobody_showed(user: User, email: str, shown: Shown) -> list[Any]:
    used = Q()
    for provider, uid in shown.connections:
        used |= Q(provider=provider, uid=uid)
    connections = SocialAccount.objects.filter(user=user)
    factors = Authenticator.objects.filter(user=user)
    return [
        connections.exclude(used) if used else connections,
        factors.none() if shown.factors else factors,
        EmailAddress.objects.filter(user=user, verified=False).exclude(email=email),
    ]


def _end(user: User, actor: Actor) -> bool:
    """End sessions and access, with consent, where there is any."""
    kinds: tuple[Any, ...] = (Session, Authorization, PersonalToken, KnownDevice)
    if not any(kind.objects.filter(user=user).exists() for kind in kinds):
        return False
    end_person(user, actor=actor)
    return True


def _become_another(user: User) -> None:
    """Make the account another: somebody used it, and the one who has it now is not them. What
    they told of themselves, and what happened to them, is not for the new owner either."""
    SecurityEvent.objects.forget(user)
    PairwiseSubject.objects.filter(user=user).delete()
    user.sub, user.name, user.last_login = new_subject(), "", None
    for field in StandardClaims._meta.fields:
        setattr(user, field.name, field.get_default())
