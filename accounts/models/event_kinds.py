"""Name the kinds of events, and who acts. Both are stored by value: never rename one, only add."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")


class Actor(models.TextChoices):
    """Name who acted: whom the event is of, or somebody else."""

    PERSON = "person", _("the person")
    ADMIN = "admin", _("an admin")  # in Django admin, or by a command
    CLIENT = "client", _("the client app")
    SITE = "site", _("the site")  # of its own accord, as when time has run out
    UNKNOWN = "unknown", _("somebody unknown")  # who did not prove who they are


class Event(models.TextChoices):
    """Name what can happen. The event's `details` say how, or why not:
    security_events/details.py."""

    SIGN_IN = "sign_in", _("Sign-in")
    NEW_DEVICE = "new_device", _("Sign-in on a new device")
    CONFIRMED = "sign_in_confirmed", _("Reauthentication")
    SIGN_OUT = "sign_out", _("Sign-out")
    SESSION_ENDED = "session_ended", _("Other sessions signed out")

    SIGNED_UP = "signed_up", _("Signed up")
    INVITATION_USED = "invitation_used", _("Invitation accepted")
    INVITATION_SENT = "invitation_sent", _("Invitation sent")
    INVITATION_WITHDRAWN = "invitation_withdrawn", _("Invitation withdrawn")
    PASSWORD_SET = "password_set", _("Password set")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET = "password_reset", _("Password reset")
    EMAIL_ADDED = "email_added", _("E-mail address added")
    EMAIL_VERIFIED = "email_verified", _("E-mail address verified")
    EMAIL_PRIMARY = "email_primary", _("Primary e-mail address changed")
    EMAIL_REMOVED = "email_removed", _("E-mail address removed")
    PASSKEY_ADDED = "passkey_added", _("Passkey added")
    PASSKEY_RENAMED = "passkey_renamed", _("Passkey renamed")
    PASSKEY_REMOVED = "passkey_removed", _("Passkey removed")
    AUTHENTICATOR_APP_ADDED = "authenticator_app_added", _("Authenticator app added")
    AUTHENTICATOR_APP_REMOVED = "authenticator_app_removed", _("Authenticator app removed")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("Recovery codes created")
    RECOVERY_CODES_REMOVED = "recovery_codes_removed", _("Recovery codes removed")
    RECOVERY_CODE_USED = "recovery_code_used", _("Recovery code used")
    SECOND_FACTORS_RESET = "second_factors_reset", _("Two-step verification reset")
    PASSKEY_REFUSED = "passkey_refused", _("Passkey rejected (may be copied)")
    SECOND_STEP_REFUSED = "second_step_refused", _("Second step failed after a right first one")
    CONNECTION_ADDED = "connection_added", _("Connection added")
    CONNECTION_REMOVED = "connection_removed", _("Connection removed")
    PROFILE_CHANGED = "profile_changed", _("Profile changed")
    GROUP_JOINED = "group_joined", _("Group joined")
    GROUP_LEFT = "group_left", _("Group left")
    TAKEN_OVER = "taken_over", _("Account claimed by the owner of its address")
    ACCOUNT_MADE = "account_made", _("Account created by a client app")
    ACCOUNT_REACTIVATED = "account_reactivated", _("Account reactivated by a client app")
    CHANGED_BY_ADMIN = "changed_by_admin", _("Changed by admin")

    EXPORTED = "exported", _("Data exported")
    DELETION_ASKED = "deletion_asked", _("Deletion requested")
    DELETION_CANCELLED = "deletion_cancelled", _("Deletion cancelled")
    ACCOUNT_DELETED = "account_deleted", _("Account deleted")

    CONSENT_GIVEN = "consent_given", _("Consent given")
    CONSENT_REFUSED = "consent_refused", _("Consent refused")
    CODE_ISSUED = "code_issued", _("Code issued")
    CODE_REDEEMED = "code_redeemed", _("Code redeemed")
    CODE_REPLAYED = "code_replayed", _("Code replayed")
    TOKEN_ISSUED = "token_issued", _("Token issued (client credentials)")
    TOKEN_REFRESHED = "token_refreshed", _("Token refreshed")
    IDENTITY_ASSERTED = "identity_asserted", _("Vouched for to another server")
    ASSERTION_REDEEMED = "assertion_redeemed", _("Identity assertion redeemed")
    TOKEN_EXCHANGED = "token_exchanged", _("Token exchanged")
    TOKEN_REPLAYED = "token_replayed", _("Refresh token replayed")
    TOKEN_REVOKED = "token_revoked", _("Token revoked")
    EVERYTHING_ENDED = "everything_ended", _("Sessions and access ended")
    APP_REMOVED = "app_removed", _("App removed")
    AGENTS_REMOVED = "agents_removed", _("All agents removed")
    PERSONAL_TOKEN_MADE = "personal_token_made", _("Personal access token created")
    PERSONAL_TOKEN_REVOKED = "personal_token_revoked", _("Personal access token revoked")
    DEVICE_APPROVED = "device_approved", _("Device approved")
    ACCESS_REFUSED = "access_refused", _("App not open to this person")
    DEVICE_REFUSED = "device_refused", _("Device refused")
    CLIENT_REFUSED = "client_refused", _("Client authentication failed")
    REQUEST_REFUSED = "request_refused", _("Request of a client refused")
    CLIENT_REGISTERED = "client_registered", _("Client registered")
    CLIENT_SECRET_MADE = "client_secret_made", _("Client secret created by a client app")
    CLIENT_SECRET_ENDED = "client_secret_ended", _("Client secret ended by a client app")
    CLIENT_CHANGED = "client_changed", _("Client changed its registration")
    CLIENT_REMOVED = "client_removed", _("Client removed")

    ADMIN_CLIENT = "admin_client", _("Admin: client app")
    ADMIN_AGENTS = "admin_agents", _("Admin: agents of a host stopped")
    ADMIN_KEY = "admin_key", _("Admin: signing key")
    ADMIN_PERSON = "admin_person", _("Admin: person")
    ADMIN_PROVIDER = "admin_provider", _("Admin: third party")
    ADMIN_INVITATION = "admin_invitation", _("Admin: invitation")
    ADMIN_OTHER = "admin_other", _("Admin: other")
    EVENTS_EXPORTED = "events_exported", _("Admin: security events exported")

    RESOURCE_CHANGED = "resource_changed", _("Protected resource changed by its client app")
    WEBHOOK_CHANGED = "webhook_changed", _("Webhook changed by its client app")
    WEBHOOK_DISABLED = "webhook_disabled", _("Webhook disabled")

    LIMIT_HIT = "limit_hit", _("Limit hit")


# Here the event's person is the admin who acted; with an admin for an actor, every other kind has
# another person, whose account it was.
DONE_AS_ADMIN = frozenset(
    {
        *(Event.ADMIN_CLIENT, Event.ADMIN_KEY, Event.ADMIN_PERSON, Event.ADMIN_PROVIDER),
        *(Event.ADMIN_INVITATION, Event.ADMIN_OTHER, Event.EVENTS_EXPORTED),
        Event.ADMIN_AGENTS,
    }
)


def kind_choices() -> list[tuple[str, Any]]:
    """Return the column's choices: by way of a function, a new kind needs no migration."""
    return Event.choices


def actor_choices() -> list[tuple[str, Any]]:
    """Return the column's choices, as kind_choices does."""
    return Actor.choices


# What a person may narrow their list to.
GROUPS: dict[str, frozenset[Event]] = {
    "sign-in": frozenset(
        {
            *(Event.SIGN_IN, Event.NEW_DEVICE, Event.CONFIRMED, Event.SIGN_OUT),
            *(Event.SESSION_ENDED, Event.LIMIT_HIT, Event.SECOND_STEP_REFUSED),
        }
    ),
    "apps": frozenset(
        {
            *(Event.CONSENT_GIVEN, Event.CONSENT_REFUSED, Event.APP_REMOVED),
            *(Event.CODE_ISSUED, Event.CODE_REDEEMED, Event.CODE_REPLAYED),
            *(Event.TOKEN_ISSUED, Event.TOKEN_REFRESHED, Event.TOKEN_REPLAYED, Event.TOKEN_REVOKED),
            *(Event.DEVICE_APPROVED, Event.DEVICE_REFUSED, Event.CLIENT_REFUSED),
            *(Event.REQUEST_REFUSED, Event.WEBHOOK_CHANGED, Event.WEBHOOK_DISABLED),
            Event.ACCESS_REFUSED,
            *(Event.CLIENT_REGISTERED, Event.CLIENT_CHANGED, Event.CLIENT_REMOVED),
            *(Event.CLIENT_SECRET_MADE, Event.CLIENT_SECRET_ENDED),
            *(Event.TOKEN_EXCHANGED, Event.AGENTS_REMOVED),
            *(Event.IDENTITY_ASSERTED, Event.ASSERTION_REDEEMED, Event.RESOURCE_CHANGED),
        }
    ),
    "account": frozenset(
        {
            *(Event.SIGNED_UP, Event.PASSWORD_SET, Event.PASSWORD_CHANGED, Event.PASSWORD_RESET),
            *(Event.EMAIL_ADDED, Event.EMAIL_VERIFIED, Event.EMAIL_PRIMARY, Event.EMAIL_REMOVED),
            *(Event.PASSKEY_ADDED, Event.PASSKEY_RENAMED, Event.PASSKEY_REMOVED),
            *(Event.AUTHENTICATOR_APP_ADDED, Event.AUTHENTICATOR_APP_REMOVED),
            *(Event.RECOVERY_CODES_MADE, Event.RECOVERY_CODES_REMOVED, Event.RECOVERY_CODE_USED),
            *(Event.SECOND_FACTORS_RESET, Event.PASSKEY_REFUSED),
            *(Event.CONNECTION_ADDED, Event.CONNECTION_REMOVED, Event.CHANGED_BY_ADMIN),
            *(Event.GROUP_JOINED, Event.GROUP_LEFT, Event.INVITATION_USED),
            *(Event.INVITATION_SENT, Event.INVITATION_WITHDRAWN),
            *(Event.ACCOUNT_MADE, Event.ACCOUNT_REACTIVATED),
            *(Event.TAKEN_OVER, Event.EVERYTHING_ENDED, Event.PROFILE_CHANGED),
            *(Event.PERSONAL_TOKEN_MADE, Event.PERSONAL_TOKEN_REVOKED, Event.EXPORTED),
            *(Event.DELETION_ASKED, Event.DELETION_CANCELLED, Event.ACCOUNT_DELETED),
            *(Event.ADMIN_CLIENT, Event.ADMIN_KEY, Event.ADMIN_PERSON),
            *(Event.ADMIN_PROVIDER, Event.ADMIN_INVITATION, Event.ADMIN_OTHER),
            *(Event.EVENTS_EXPORTED, Event.ADMIN_AGENTS),
        }
    ),
}
