"""Remove a connection: never the last way in, and also where its provider is gone."""

from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.forms import DisconnectForm as AllauthDisconnectForm
from allauth.socialaccount.models import SocialAccount, SocialApp
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.own_account.connections import forget
from accounts.own_account.ways_in import WaysIn
from accounts.upstream.account import raise_if_reauthentication_required


@dataclass(frozen=True)
class ListedConnection:
    """Show a connection as its person reads it. `remaining` says what lets them in without it."""

    account: SocialAccount
    remaining: str
    is_last_way_in: bool
    is_way_in: bool


class DisconnectForm(AllauthDisconnectForm):
    def rows(self) -> list[ListedConnection]:
        ways = WaysIn.of(self.request.user)
        return [
            ListedConnection(
                account,
                remaining=get_text_list(ways.without(account).in_words(), _("or")),
                is_last_way_in=ways.need(account),
                is_way_in=account.pk in ways.third_parties,
            )
            for account in self.accounts
        ]

    def clean(self) -> dict[str, Any]:
        """Check by our own rule: allauth's knows no passkeys, and counts connections that nobody
        can use."""
        cleaned = forms.Form.clean(self) or {}
        connection = cleaned.get("account")
        if connection and WaysIn.of(self.request.user).need(connection):
            raise ValidationError(
                _(
                    "You cannot remove it, because it is your only way to sign in. Verify an "
                    "e-mail address, add a passkey or connect another account first."
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
        forget(self.request, connection)
        messages.info(self.request, _("The account was disconnected."))
