"""Tell allauth.mfa how second factors work here."""

from typing import Any, ClassVar

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.network import browser_names
from accounts.second_factors import passkeys, policy
from accounts.storage.sealed import seal, unseal
from accounts.text.email_addresses import readable

NAME_LENGTH = 60


class MFAAdapter(DefaultMFAAdapter):
    error_messages: ClassVar[dict[str, str | Promise]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy(
            "This code is wrong, expired or already used. If it is from your app, wait for the "
            "next one."
        ),
        "cannot_check_code": gettext_lazy(
            "We cannot check codes right now. Use a passkey if you have one, or try again later."
        ),
        "cannot_delete_authenticator": gettext_lazy(
            "You cannot remove it, because this site requires two-step verification. Add "
            "another passkey or an authenticator app first."
        ),
        "cannot_generate_recovery_codes": gettext_lazy(
            "Recovery codes are for two-step verification. Turn it on first."
        ),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, "an authenticator app, or recovery codes")

    def _get_site_name(self) -> str:
        return settings.SITE_NAME  # allauth's own takes the Host header, which anybody can forge

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": passkeys.rp_id(), "name": settings.SITE_NAME}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """Name the person to their own device. allauth's own handle gives away the primary key."""
        return {
            "id": passkeys.handle_of(user),
            "display_name": str(user),
            "name": readable(user.email),
        }

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """Return the browser and system that a passkey is made on: what people know it by."""
        headers = context.request.META if context.request else {}
        made_on = browser_names.describe(headers.get("HTTP_USER_AGENT", ""))
        return (made_on or _("Passkey"))[:NAME_LENGTH]

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return policy.may_remove(authenticator)
