"""List the events that a person is notified of by mail, a row for each kind.

To add a kind, add a row. A row's words may name {site}, {app}, {why} (with the third party's name
for its ID) and {account}. No row, no mail: whatever strangers can bring about at will, such as
wrong passwords, has none.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.event_kinds import Event, Outcome

_NOT_YOU = _(
    "If this was you, you do not need to do anything. If not, somebody else may have access to "
    "your account: open {site} yourself, reset your password, and choose “Sign out everywhere”."
)
_NOT_YOU_APP = _(
    "If this was you, you do not need to do anything. If not, open {site} yourself and remove "
    "{app} under “Authorized apps”. Then reset your password."
)
_NOT_YOU_MAIL = _(
    "If this was you, you do not need to do anything. If not, somebody else may have access to "
    "your account: open {site} yourself and reset your password now. If you can no longer do "
    "that, ask the people who run {site} for help."
)
_REPLAY = _(
    "A code or token of {app} that works only once was used twice. Somebody may have copied "
    "it, or the app may have made a mistake. To protect your account, we ended the access that "
    "{app} had from this sign-in."
)
_AFTER_REPLAY = _(
    "To continue using {app}, sign in to it again. If you do not recognize or trust it, open "
    "{site} yourself and remove it under “Authorized apps”."
)
_ADMINS = _(
    "If you did not expect this, contact the people who run {site}. To see what happened on "
    "your account, open {site} yourself and choose “Recent activity”."
)
_NOT_YOU_DELETION = _(
    "If this was you, you do not need to do anything. If not, somebody else has had access to "
    "your account: open {site} yourself, sign in to keep your account, and set a new password."
)
_COPIED = _(
    "Sign in another way, remove this passkey and add a new one. If you did not use a passkey "
    "just now, also open {site} yourself and choose “Sign out everywhere”."
)
_GONE = _("If you did not expect this, contact the people who run {site}.")

_NOT_YOU_SECOND_STEP = _(
    "If this was you, you do not need to do anything: try again. If not, somebody else may know "
    "your password: open {site} yourself and choose a new one."
)


@dataclass(frozen=True)
class Notice:
    """Hold the words of a mail. `is_own` where it is the person's own act, or claims to be: then it
    says from which device and address."""

    subject: str | Promise
    happened: str | Promise
    advice: str | Promise = _NOT_YOU
    is_own: bool = True


NOTICES: dict[tuple[Event, Outcome], Notice] = {
    (Event.NEW_DEVICE, Outcome.SUCCEEDED): Notice(
        _("New sign-in to {site}"),
        _("Somebody signed in to your account from a browser that you have not used here before."),
    ),
    (Event.PASSWORD_SET, Outcome.SUCCEEDED): Notice(
        _("A password was added to your account at {site}"),
        _("Your account had no password before. It can now be used to sign in."),
    ),
    (Event.PASSWORD_CHANGED, Outcome.SUCCEEDED): Notice(
        _("Your password for {site} was changed"),
        _("The password for your account was changed by somebody who entered the old one."),
    ),
    (Event.PASSWORD_RESET, Outcome.SUCCEEDED): Notice(
        _("Your password for {site} was reset"),
        _(
            "The password for your account was reset with a code from your e-mail. All devices "
            "were signed out."
        ),
        _NOT_YOU_MAIL,
    ),
    (Event.PASSKEY_ADDED, Outcome.SUCCEEDED): Notice(
        _("A passkey was added to your account at {site}"),
        _("The passkey “{why}” was added and can now be used to sign in."),
    ),
    (Event.PASSKEY_REMOVED, Outcome.SUCCEEDED): Notice(
        _("A passkey was removed from your account at {site}"),
        _("The passkey “{why}” was removed and can no longer be used to sign in."),
    ),
    (Event.AUTHENTICATOR_APP_ADDED, Outcome.SUCCEEDED): Notice(
        _("An authenticator app was added to your account at {site}"),
        _(
            "An authenticator app was set up for two-step verification. Its codes can now be "
            "used to sign in."
        ),
    ),
    (Event.AUTHENTICATOR_APP_REMOVED, Outcome.SUCCEEDED): Notice(
        _("The authenticator app was removed from your account at {site}"),
        _("The authenticator app was removed. Its codes can no longer be used to sign in."),
    ),
    (Event.RECOVERY_CODES_MADE, Outcome.SUCCEEDED): Notice(
        _("New recovery codes were created for your account at {site}"),
        _("New recovery codes were created. Any earlier ones no longer work."),
    ),
    (Event.RECOVERY_CODES_REMOVED, Outcome.SUCCEEDED): Notice(
        _("The recovery codes were removed from your account at {site}"),
        _("Your recovery codes were removed because two-step verification was turned off."),
    ),
    (Event.RECOVERY_CODE_USED, Outcome.SUCCEEDED): Notice(
        _("A recovery code was used for your account at {site}"),
        _("One of your recovery codes was used. It cannot be used again."),
    ),
    (Event.SECOND_FACTORS_RESET, Outcome.SUCCEEDED): Notice(
        _("An admin reset two-step verification for your account at {site}"),
        _(
            "An admin of this site removed all passkeys, authenticator apps and recovery codes "
            "from your account, and signed you out everywhere. Sign in again and turn on "
            "two-step verification."
        ),
        _ADMINS,
        is_own=False,
    ),
    (Event.PASSKEY_REFUSED, Outcome.FAILED): Notice(
        _("We rejected a passkey for your account at {site}"),
        _(
            "The passkey “{why}” was used, but it may have been copied. To protect your "
            "account, we did not accept it, and nobody was signed in with it."
        ),
        _COPIED,
    ),
    (Event.SECOND_STEP_REFUSED, Outcome.FAILED): Notice(
        _("Somebody tried to sign in to your account at {site}"),
        _(
            "Somebody passed the first step of signing in, such as your password, but did not pass "
            "the second. They were not signed in."
        ),
        _NOT_YOU_SECOND_STEP,
    ),
    (Event.EMAIL_ADDED, Outcome.SUCCEEDED): Notice(
        _("An e-mail address was added to your account at {site}"),
        _("The e-mail address {why} was added to your account."),
    ),
    (Event.EMAIL_VERIFIED, Outcome.SUCCEEDED): Notice(
        _("An e-mail address was verified for your account at {site}"),
        _("The e-mail address {why} was verified for your account."),
    ),
    (Event.EMAIL_PRIMARY, Outcome.SUCCEEDED): Notice(
        _("Your primary e-mail address at {site} was changed"),
        _(
            "The primary e-mail address of your account is now {why}. From now on, we will "
            "send e-mail there."
        ),
        _NOT_YOU_MAIL,
    ),
    (Event.EMAIL_REMOVED, Outcome.SUCCEEDED): Notice(
        _("An e-mail address was removed from your account at {site}"),
        _("The e-mail address {why} was removed from your account."),
        _NOT_YOU_MAIL,
    ),
    (Event.CONNECTION_ADDED, Outcome.SUCCEEDED): Notice(
        _("{why} was connected to your account at {site}"),
        _("An account at {why} was connected to your account and can now be used to sign in."),
    ),
    (Event.CONNECTION_REMOVED, Outcome.SUCCEEDED): Notice(
        _("{why} was disconnected from your account at {site}"),
        _(
            "An account at {why} was disconnected from your account and can no longer be used "
            "to sign in."
        ),
    ),
    (Event.TAKEN_OVER, Outcome.SUCCEEDED): Notice(
        _("We removed what somebody else added to your account at {site}"),
        _(
            "You verified the e-mail address {why}. Before that, somebody had created an "
            "account with it without verifying it. Everything that they had added was removed: "
            "passwords, passkeys, connected accounts, sessions and access for apps."
        ),
    ),
    (Event.CHANGED_BY_ADMIN, Outcome.SUCCEEDED): Notice(
        _("An admin changed your account at {site}"),
        _("An admin of this site changed your account: {why}"),
        _ADMINS,
        is_own=False,
    ),
    (Event.CONSENT_GIVEN, Outcome.SUCCEEDED): Notice(
        _("{app} was granted access to your account at {site}"),
        _(
            "{app} now has access to your account. You can see what it is allowed to do under "
            "“Authorized apps”."
        ),
        _NOT_YOU_APP,
    ),
    (Event.DEVICE_APPROVED, Outcome.SUCCEEDED): Notice(
        _("{app} was granted access to your account at {site} on another device"),
        _("A code was entered that gave {app} access to your account on another device."),
        _NOT_YOU_APP,
    ),
    (Event.CODE_REPLAYED, Outcome.FAILED): Notice(
        _("We signed you out of {app}"), _REPLAY, _AFTER_REPLAY, is_own=False
    ),
    (Event.TOKEN_REPLAYED, Outcome.FAILED): Notice(
        _("We signed you out of {app}"), _REPLAY, _AFTER_REPLAY, is_own=False
    ),
    (Event.PERSONAL_TOKEN_MADE, Outcome.SUCCEEDED): Notice(
        _("A personal access token was created for your account at {site}"),
        _(
            "The personal access token “{why}” was created. Anybody who has it can do what it "
            "allows on your behalf."
        ),
    ),
    (Event.EVERYTHING_ENDED, Outcome.SUCCEEDED): Notice(
        _("You were signed out of {site} everywhere"),
        _(
            "All devices were signed out of your account, and all apps and personal access "
            "tokens lost their access to it."
        ),
    ),
    (Event.AGENTS_REMOVED, Outcome.SUCCEEDED): Notice(
        _("All agents lost access to your account at {site}"),
        _("The access of all agents to your account was removed. {why}"),
    ),
    (Event.EXPORTED, Outcome.SUCCEEDED): Notice(
        _("Your data at {site} was downloaded"),
        _("A file with everything that {site} stores about you was downloaded."),
    ),
    (Event.DELETION_ASKED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} will be deleted"),
        _(
            "Your account is closed and will be deleted on {why}. To keep it, open {site} "
            "yourself and sign in before then."
        ),
        _NOT_YOU_DELETION,
    ),
    (Event.DELETION_CANCELLED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} will not be deleted"),
        _("Your account is open again and will not be deleted."),
    ),
    (Event.ACCOUNT_DELETED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} was deleted"),
        _("Your account was deleted. This is the last e-mail about it."),
        _GONE,
        is_own=False,
    ),
}
