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

from accounts.third_parties.api import provider_names


@dataclass(frozen=True)
class Row:
    """A connection as its person reads it. `remaining` says what lets them in without it."""

    account: SocialAccount
    remaining: str
    is_last_way_in: bool


class DisconnectForm(AllauthDisconnectForm):
    def rows(self) -> list[Row]:
        return [
            Row(account, get_text_list(ways_in_without(account), _("or")), is_last_way_in(account))
            for account in self.accounts
        ]

    def clean(self) -> dict[str, Any]:
        """allauth's own rule knows no passkeys, and counts connections that nobody can use."""
        cleaned = forms.Form.clean(self) or {}
        connection = cleaned.get("account")
        if connection and is_last_way_in(connection):
            raise ValidationError(
                _(
                    "This is your only way in. Verify an e-mail address, add a passkey or connect "
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
    """Whether nothing else would let its person in. A connection whose provider is gone opens
    nothing, so it is never missed."""
    return connection.provider in provider_names() and not ways_in_without(connection)


def ways_in_without(connection: SocialAccount) -> list[str]:
    """Return in words what else lets its person in. A connection whose provider is gone does not
    count."""
    names, user = provider_names(), connection.user
    others = SocialAccount.objects.filter(user=user, provider__in=names).exclude(pk=connection.pk)
    passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    addresses = EmailAddress.objects.filter(user=user, verified=True)
    own = {
        _("a passkey"): passkeys.exists(),
        _("your password"): user.has_usable_password(),
        _("a code by e-mail"): addresses.exists(),
    }
    third_parties = others.order_by("provider").values_list("provider", flat=True).distinct()
    return [way for way, is_there in own.items() if is_there] + [
        names[one] for one in third_parties
    ]
