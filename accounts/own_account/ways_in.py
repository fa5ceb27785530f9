"""Count what lets a person in: the one rule for everything that could take away the last of it.

A way in is what they can begin a sign-in with: a passkey, a password, a code mailed to an address
that they have shown to be theirs, a third party. A second factor is none, and demands none: who
has to have one and has not is let in to set one up.

Beside it, every sign-in wants one address of the person's that is verified. Who has none is mailed
a code first, to an address that may never have been theirs. So the last verified one stays,
whatever else lets them in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.second_factors import passkeys
from accounts.site.provider_names import offered_names
from accounts.text.email_addresses import readable

View = Callable[..., HttpResponseBase]
Row = Any  # of Authenticator, EmailAddress or SocialAccount; allauth has no types


@dataclass(frozen=True)
class WaysIn:
    """Hold the ways in by primary keys: passkeys, verified addresses, and connections with the
    third party's name.

    What opens nothing is not among them: a passkey where this site's address allows none, a
    connection whose third party is gone or has no button any more.
    """

    passkeys: frozenset[int]
    has_password: bool
    addresses: frozenset[int]
    third_parties: dict[int, str]

    @classmethod
    def of(cls, user: User) -> "WaysIn":
        """Return them as of now. A decision to take one away needs the person's lock: `locked`."""
        names = offered_names()
        made = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
        connected = SocialAccount.objects.filter(user=user, provider__in=names).order_by("pk")
        verified = EmailAddress.objects.filter(user=user, verified=True)
        return cls(
            frozenset(made.values_list("pk", flat=True) if passkeys.work_here() else ()),
            user.has_usable_password(),
            frozenset(verified.values_list("pk", flat=True)),
            {connection.pk: names[connection.provider] for connection in connected},
        )

    def in_words(self) -> list[str]:
        """Return each kind once; empty where nothing lets the person in."""
        own = {
            _("a passkey"): self.passkeys,
            _("your password"): self.has_password,
            _("a code by e-mail"): self.addresses,
        }
        return [
            *(way for way, is_there in own.items() if is_there),
            *dict.fromkeys(self.third_parties.values()),
        ]

    def without(self, row: Row) -> "WaysIn":
        if isinstance(row, Authenticator):
            return replace(self, passkeys=self.passkeys - {row.pk})
        if isinstance(row, EmailAddress):
            return replace(self, addresses=self.addresses - {row.pk})
        others = {pk: name for pk, name in self.third_parties.items() if pk != row.pk}
        return replace(self, third_parties=others)

    def need(self, row: Row) -> bool:
        """Return whether nobody would be let in without `row`. What opens nothing is never
        missed."""
        rest = self.without(row)
        if rest == self:
            return False
        return not rest.in_words() or (isinstance(row, EmailAddress) and not rest.addresses)

    @property
    def are_codes_alone(self) -> bool:
        return bool(self.addresses) and not replace(self, addresses=frozenset()).in_words()


def tell_admin(request: HttpRequest, person: User) -> None:
    """Tell admins that they took the last way in away, which they may."""
    if person.is_active and not WaysIn.of(person).in_words():
        told = (
            f"Nothing lets {person} in any more but a code to {readable(person.email)}, which they "
            "have not shown to be theirs. Ask them whether they can read mail there."
        )
        messages.warning(request, told)


def locked(view: View) -> View:
    """Let a form be answered under the person's lock, and with the person as they are now.

    For all that takes a way in away, or counts what there is: of two that come at once the second
    one looks again when the first is done.
    """

    @wraps(view)
    def locking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            person = User.objects.lock(request.user.pk)
            if person is None:  # closed or switched off just now
                return redirect_to_login(request.path)
            request.user = person
            return view(request, *args, **kwargs)

    return locking
