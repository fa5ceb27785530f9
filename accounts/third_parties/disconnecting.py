"""Taking a connection away: never the last way in, and also where its provider is gone."""

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
from django.utils.translation import gettext as _

from accounts.third_parties.api import provider_names


class DisconnectForm(AllauthDisconnectForm):
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
    """Whether nothing else would let its person in. A verified address does, by codes. A connection
    whose provider is gone opens nothing, so it is never missed and never counts."""
    usable = set(provider_names())
    user = connection.user
    if connection.provider not in usable or user.has_usable_password():
        return False
    if EmailAddress.objects.filter(user=user, verified=True).exists():
        return False
    others = SocialAccount.objects.filter(user=user, provider__in=usable).exclude(pk=connection.pk)
    passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    return not others.exists() and not passkeys.exists()
