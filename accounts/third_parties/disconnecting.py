"""Taking a connection away: never the last way in, and also where its provider is gone."""

from dataclasses import dataclass
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.forms import DisconnectForm as AllauthDisconnectForm
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.signals import social_account_removed
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.third_parties.api import provider_names


@dataclass(frozen=True)
class Row:
    """A connection as its person reads it. `remaining` says what lets them in without it."""

    account: SocialAccount
    remaining: str
    is_last_way_in: bool


@dataclass(frozen=True)
class WaysIn:
    """What lets a person in, in words. `third_parties` are names by the connections' primary keys;
    a connection whose provider is gone opens nothing and is not among them."""

    own: list[str]
    third_parties: dict[int, str]

    @classmethod
    def of(cls, user: User) -> "WaysIn":
        passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
        own = {
            _("a passkey"): passkeys.exists(),
            _("your password"): user.has_usable_password(),
            _("a code by e-mail"): EmailAddress.objects.filter(user=user, verified=True).exists(),
        }
        names = provider_names()
        connected = SocialAccount.objects.filter(user=user, provider__in=names).order_by("pk")
        third_parties = {row.pk: names[row.provider] for row in connected}
        return cls([way for way, is_there in own.items() if is_there], third_parties)

    def without(self, connection: SocialAccount) -> list[str]:
        others = [name for pk, name in self.third_parties.items() if pk != connection.pk]
        return [*self.own, *dict.fromkeys(others)]

    def has_but(self, connection: SocialAccount) -> bool:
        """Whether it is the last way in: one that opens nothing is never missed."""
        return connection.pk in self.third_parties and not self.without(connection)


class DisconnectForm(AllauthDisconnectForm):
    def rows(self) -> list[Row]:
        ways = WaysIn.of(self.request.user)
        return [
            Row(account, get_text_list(ways.without(account), _("or")), ways.has_but(account))
            for account in self.accounts
        ]

    def clean(self) -> dict[str, Any]:
        """allauth's own rule knows no passkeys, and counts connections that nobody can use."""
        cleaned = forms.Form.clean(self) or {}
        connection = cleaned.get("account")
        if connection and is_last_way_in(connection):
            raise ValidationError(
                _(
                    "This is your only way in. Confirm an e-mail address, add a passkey or connect "
                    "another third party first, then remove it."
                ),
                code="last_way_in",
            )
        return cleaned

    def save(self) -> None:
        """Disconnect it. allauth asks the provider for its name, and fails where an admin has
        removed that."""
        connection = self.cleaned_data["account"]
        try:
            connection.get_provider()
        except SocialApp.DoesNotExist:
            self._remove(connection)
        else:
            super().save()

    def _remove(self, connection: SocialAccount) -> None:
        raise_if_reauthentication_required(self.request, app="allauth.socialaccount")
        connection.delete()
        social_account_removed.send(
            sender=SocialAccount, request=self.request, socialaccount=connection
        )
        messages.info(self.request, _("The connection is removed."))


def is_last_way_in(connection: SocialAccount) -> bool:
    """Whether nothing else would let its person in."""
    return WaysIn.of(connection.user).has_but(connection)
