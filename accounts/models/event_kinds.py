"""Name the kinds of events, and who acts. Both are stored by value: never rename one, only add."""

from django.db import models


class Outcome(models.TextChoices):
    SUCCEEDED = "succeeded", "succeeded"
    FAILED = "failed", "failed"


class Actor(models.TextChoices):
    """Name who acted: whom the event is of, or somebody else."""

    PERSON = "person", "the person"
    ADMIN = "admin", "an admin"  # in Django admin, or by a command
    CLIENT = "client", "the client app"
    SITE = "site", "the site"  # of its own accord, as when time has run out
    UNKNOWN = "unknown", "somebody unknown"  # who did not prove who they are


class Event(models.TextChoices):
    """Name what can happen. The event's `details` say how, or why not:
    security_events/details.py."""

    SIGN_IN = "sign_in", "Sign-in"
    NEW_DEVICE = "new_device", "Sign-in on a new device"
    CONFIRMED = "sign_in_confirmed", "Reauthentication"
    SIGN_OUT = "sign_out", "Sign-out"
    SESSION_ENDED = "session_ended", "Other sessions signed out"

    SIGNED_UP = "signed_up", "Signed up"
    INVITATION_USED = "invitation_used", "Invitation accepted"
    INVITATION_SENT = "invitation_sent", "Invitation sent"
    INVITATION_WITHDRAWN = "invitation_withdrawn", "Invitation withdrawn"
    PASSWORD_SET = "password_set", "Password set"
    PASSWORD_CHANGED = "password_changed", "Password changed"
    PASSWORD_RESET = "password_reset", "Password reset"
    EMAIL_ADDED = "email_added", "E-mail address added"
    EMAIL_VERIFIED = "email_verified", "E-mail address verified"
    EMAIL_PRIMARY = "email_primary", "Primary e-mail address changed"
    EMAIL_REMOVED = "email_removed", "E-mail address removed"
    PASSKEY_ADDED = "passkey_added", "Passkey added"
    PASSKEY_RENAMED = "passkey_renamed", "Passkey renamed"
    PASSKEY_REMOVED = "passkey_removed", "Passkey removed"
    AUTHENTICATOR_APP_ADDED = "authenticator_app_added", "Authenticator app added"
    AUTHENTICATOR_APP_REMOVED = "authenticator_app_removed", "Authenticator app removed"
    RECOVERY_CODES_MADE = "recovery_codes_made", "Recovery codes created"
    RECOVERY_CODES_REMOVED = "recovery_codes_removed", "Recovery codes removed"
    RECOVERY_CODE_USED = "recovery_code_used", "Recovery code used"
    SECOND_FACTORS_RESET = "second_factors_reset", "Two-step verification reset"
    PASSKEY_REFUSED = "passkey_refused", "Passkey rejected (may be copied)"
    SECOND_STEP_REFUSED = "second_step_refused", "Second step failed after a right first one"
    CONNECTION_ADDED = "connection_added", "Connection added"
    CONNECTION_REMOVED = "connection_removed", "Connection removed"
    PROFILE_CHANGED = "profile_changed", "Profile changed"
    GROUP_JOINED = "group_joined", "Group joined"
    GROUP_LEFT = "group_left", "Group left"
    TAKEN_OVER = "taken_over", "Account claimed by the owner of its address"
    CHANGED_BY_ADMIN = "changed_by_admin", "Changed by admin"

    EXPORTED = "exported", "Data exported"
    DELETION_ASKED = "deletion_asked", "Deletion requested"
    DELETION_CANCELLED = "deletion_cancelled", "Deletion cancelled"
    ACCOUNT_DELETED = "account_deleted", "Account deleted"

    CONSENT_GIVEN = "consent_given", "Consent given"
    CONSENT_REFUSED = "consent_refused", "Consent refused"
    CODE_ISSUED = "code_issued", "Code issued"
    CODE_REDEEMED = "code_redeemed", "Code redeemed"
    CODE_REPLAYED = "code_replayed", "Code replayed"
    TOKEN_ISSUED = "token_issued", "Token issued (client credentials)"
    TOKEN_REFRESHED = "token_refreshed", "Token refreshed"
    TOKEN_REPLAYED = "token_replayed", "Refresh token replayed"
    TOKEN_REVOKED = "token_revoked", "Token revoked"
    EVERYTHING_ENDED = "everything_ended", "Sessions and access ended"
    APP_REMOVED = "app_removed", "App removed"
    PERSONAL_TOKEN_MADE = "personal_token_made", "Personal access token created"
    PERSONAL_TOKEN_REVOKED = "personal_token_revoked", "Personal access token revoked"
    DEVICE_APPROVED = "device_approved", "Device approved"
    ACCESS_REFUSED = "access_refused", "App not open to this person"
    DEVICE_REFUSED = "device_refused", "Device refused"
    CLIENT_REFUSED = "client_refused", "Client authentication failed"
    REQUEST_REFUSED = "request_refused", "Request of a client refused"
    CLIENT_REGISTERED = "client_registered", "Client registered"
    CLIENT_CHANGED = "client_changed", "Client changed its registration"
    CLIENT_REMOVED = "client_removed", "Client removed"

    ADMIN_CLIENT = "admin_client", "Admin: client app"
    ADMIN_KEY = "admin_key", "Admin: signing key"
    ADMIN_PERSON = "admin_person", "Admin: person"
    ADMIN_PROVIDER = "admin_provider", "Admin: third party"
    ADMIN_INVITATION = "admin_invitation", "Admin: invitation"
    ADMIN_OTHER = "admin_other", "Admin: other"
    EVENTS_EXPORTED = "events_exported", "Admin: security events exported"

    LIMIT_HIT = "limit_hit", "Limit hit"


# Here the event's person is the admin who acted; with an admin for an actor, every other kind has
# another person, whose account it was.
DONE_AS_ADMIN = frozenset(
    {
        *(Event.ADMIN_CLIENT, Event.ADMIN_KEY, Event.ADMIN_PERSON, Event.ADMIN_PROVIDER),
        *(Event.ADMIN_INVITATION, Event.ADMIN_OTHER, Event.EVENTS_EXPORTED),
    }
)


def kind_choices() -> list[tuple[str, str]]:
    """Return the column's choices: by way of a function, a new kind needs no migration."""
    return Event.choices


def actor_choices() -> list[tuple[str, str]]:
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
            Event.REQUEST_REFUSED,
            Event.ACCESS_REFUSED,
            *(Event.CLIENT_REGISTERED, Event.CLIENT_CHANGED, Event.CLIENT_REMOVED),
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
            *(Event.TAKEN_OVER, Event.EVERYTHING_ENDED, Event.PROFILE_CHANGED),
            *(Event.PERSONAL_TOKEN_MADE, Event.PERSONAL_TOKEN_REVOKED, Event.EXPORTED),
            *(Event.DELETION_ASKED, Event.DELETION_CANCELLED, Event.ACCOUNT_DELETED),
            *(Event.ADMIN_CLIENT, Event.ADMIN_KEY, Event.ADMIN_PERSON),
            *(Event.ADMIN_PROVIDER, Event.ADMIN_INVITATION, Event.ADMIN_OTHER),
            Event.EVENTS_EXPORTED,
        }
    ),
}
