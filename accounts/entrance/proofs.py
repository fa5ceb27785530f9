"""Keep in the session what the steps of a sign-in have proved, until all of them are done.

Nothing is stored before: a password alone, a mailed code alone or a third party alone must leave
no trace on an account that asks for a second step. The last of the stages stores it
(accounts/endings/sign_in.py). What is kept here is in the state of allauth's Login, which is
serialised into the session, sealed.
"""

from dataclasses import dataclass

from allauth.account.authentication import get_authentication_records
from allauth.account.models import Login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User

NEW_PASSWORD = "new_password"  # noqa: S105 (its hash: that of a reset)
RENEWED_HASH = "renewed_hash"  # of the password that was typed, at this site's cost

_ADDRESS = "proven_address"
_TAKES_OVER = "takes_over"
_BEGAN_WITH = "began_with"  # what the account's password was, in a digest


class AccountChanged(Exception):
    """Report that the account is not any more what it was when this sign-in began."""


@dataclass(frozen=True)
class Shown:
    """Hold what a sign-in has used of an account, which is its owner's and nobody else's."""

    password: bool = False
    factors: bool = False
    connections: frozenset[tuple[str, str]] = frozenset()  # provider and uid

    @classmethod
    def by(cls, request: HttpRequest, user: User, *, chose_password: bool = False) -> "Shown":
        """Return what this browser has shown of `user`'s account since its sign-in began."""
        records = get_authentication_records(request, user)
        methods = {each["method"] for each in records}
        used = {(each.get("provider"), each.get("uid")) for each in records}
        own = SocialAccount.objects.filter(user=user).values_list("provider", "uid")
        return cls(
            password=chose_password or "password" in methods,
            factors="mfa" in methods,
            connections=frozenset(used.intersection(own)),
        )

    def __bool__(self) -> bool:
        return self.password or self.factors or bool(self.connections)


def prove(login: Login, email: str) -> None:
    """Note that whoever signs in has shown `email` to be theirs."""
    login.state[_ADDRESS] = email


def prove_by_third_party(login: SocialLogin, email: str) -> None:
    """Note the same of a trusted third party's word."""
    login.state[_ADDRESS] = email


def third_party_of(login: Login) -> SocialLogin | None:
    return (login.signal_kwargs or {}).get("sociallogin")


def address_of(login: Login) -> str:
    """Return the address that was proven in this sign-in, "" where none was."""
    third_party = third_party_of(login)
    by_third_party = third_party.state.get(_ADDRESS, "") if third_party else ""
    return str(login.state.get(_ADDRESS) or by_third_party)


def begin(login: Login) -> None:
    """Remember what the account is like. Called at each step: the first one counts."""
    if login.user is not None:
        login.state.setdefault(_BEGAN_WITH, digest_of(login.user))


def begin_with(login: Login, digest: str) -> None:
    login.state[_BEGAN_WITH] = digest


def digest_of(user: User) -> str:
    """Return what changes with the password. An account that was emptied has a new one, too."""
    return str(user.get_session_auth_hash())


def is_stale(login: Login, person: User) -> bool:
    """Return whether the account was emptied, or its password changed, since the sign-in began."""
    return not constant_time_compare(str(login.state.get(_BEGAN_WITH)), digest_of(person))


def take_over(request: HttpRequest, login: Login) -> bool:
    """Return whether this sign-in is of somebody who has shown nothing of the account but the one
    address that it began with. No second step is asked for then: whoever set one up never proved
    anything, and what they set up goes.
    """
    user = login.user
    if not isinstance(user, User) or not address_of(login) or Shown.by(request, user):
        return False
    is_unfinished = User.objects.unfinished().filter(pk=user.pk).exists()
    login.state[_TAKES_OVER] = is_unfinished
    return is_unfinished


def takes_over(login: Login) -> bool:
    return bool(login.state.get(_TAKES_OVER))
