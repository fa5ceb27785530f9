"""What a person is told by mail of what happened: a row for each kind of event that they are told.

To add a kind, add a row. A row's words may name {site}, {app}, {why} (with the third party's name
for its ID) and {account}. No row, no mail: whatever strangers can bring about at will, such as
wrong passwords, has none.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.event_kinds import Event, Outcome

_NOT_YOU = _(
    "If it was you, there is nothing to do. If it was not, somebody else may be in your account: "
    "open {site} yourself, reset your password, and choose “Sign out everywhere”."
)
_NOT_YOU_APP = _(
    "If it was you, there is nothing to do. If it was not, open {site} yourself and remove "
    "{app} from the apps with access. Then reset your password."
)
_NOT_YOU_MAIL = _(
    "If it was you, there is nothing to do. If it was not, somebody else may be in your account: "
    "open {site} yourself and reset your password at once. Where that does not work any more, "
    "ask the people who run {site} for help."
)
_REPLAY = _(
    "Each key that {app} holds is good for one use. One of them was used twice, so that sign-in "
    "was ended, with every key that came from it. A second use can mean that somebody copied it. "
    "It can also be a mistake of the app."
)
_AFTER_REPLAY = _(
    "To go on using {app}, sign in there once more. If you do not know it, or do not trust it any "
    "more, open {site} yourself and remove it from the apps with access."
)
_ADMINS = _(
    "If you did not expect this, ask the people who run {site}. To see what happened on your "
    "account, open {site} yourself and choose “Activity”."
)
_NOT_YOU_DELETION = _(
    "If it was you, there is nothing to do. If it was not, somebody else was in your account: "
    "open {site} yourself, sign in to keep it, and set a new password."
)
_COPIED = _(
    "Sign in another way, remove that passkey and add a new one. If you did not use a passkey just "
    "now, open {site} yourself and choose “Sign out everywhere”, too."
)
_GONE = _("If you did not expect this, ask the people who run {site}.")


@dataclass(frozen=True)
class Notice:
    """The words of a mail. `is_own` where it is the person's own act, or claims to be: then it says
    from which device and address."""

    subject: str | Promise
    happened: str | Promise
    advice: str | Promise = _NOT_YOU
    is_own: bool = True


NOTICES: dict[tuple[Event, Outcome], Notice] = {
    (Event.NEW_DEVICE, Outcome.SUCCEEDED): Notice(
        _("New sign-in at {site}"),
        _("Your account was signed in to in a browser that we have not seen you use before."),
    ),
    (Event.PASSWORD_SET, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} has a password now"),
        _("A password was set for your account. It had none before."),
    ),
    (Event.PASSWORD_CHANGED, Outcome.SUCCEEDED): Notice(
        _("Your password at {site} was changed"),
        _("The password of your account was changed, by somebody who knew the old one."),
    ),
    (Event.PASSWORD_RESET, Outcome.SUCCEEDED): Notice(
        _("Your password at {site} was reset"),
        _(
            "The password of your account was reset, by somebody who can read your mail. "
            "Everybody was signed out."
        ),
        _NOT_YOU_MAIL,
    ),
    (Event.PASSKEY_ADDED, Outcome.SUCCEEDED): Notice(
        _("A passkey was added to your account at {site}"),
        _("The passkey “{why}” was added. Whoever holds the device that keeps it can sign in."),
    ),
    (Event.PASSKEY_REMOVED, Outcome.SUCCEEDED): Notice(
        _("A passkey was removed from your account at {site}"),
        _("The passkey “{why}” was removed. It does not sign you in any more."),
    ),
    (Event.AUTHENTICATOR_APP_ADDED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} asks for codes of an app now"),
        _("An authenticator app was set up. Signing in asks for a code of it from now on."),
    ),
    (Event.AUTHENTICATOR_APP_REMOVED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} asks for no codes of an app any more"),
        _("The authenticator app was removed. Signing in does not ask for its codes any more."),
    ),
    (Event.RECOVERY_CODES_MADE, Outcome.SUCCEEDED): Notice(
        _("New recovery codes were made for your account at {site}"),
        _("New recovery codes were made. The codes that there were before do not work any more."),
    ),
    (Event.RECOVERY_CODES_REMOVED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} has no recovery codes any more"),
        _("The recovery codes of your account were removed with the last second step."),
    ),
    (Event.RECOVERY_CODE_USED, Outcome.SUCCEEDED): Notice(
        _("A recovery code was used for your account at {site}"),
        _("One of your recovery codes was used. It does not work a second time."),
    ),
    (Event.SECOND_FACTORS_RESET, Outcome.SUCCEEDED): Notice(
        _("An admin removed the second steps of your account at {site}"),
        _(
            "An admin of this site removed every passkey, authenticator app and recovery code of "
            "your account, and signed you out everywhere. Sign in again, and add a new second step."
        ),
        _ADMINS,
        is_own=False,
    ),
    (Event.PASSKEY_REFUSED, Outcome.FAILED): Notice(
        _("We refused a passkey of your account at {site}"),
        _(
            "The passkey “{why}” was used, but it had counted less than when it was used last. "
            "That can mean that somebody made a copy of it, so nobody was signed in by it."
        ),
        _COPIED,
    ),
    (Event.EMAIL_ADDED, Outcome.SUCCEEDED): Notice(
        _("An e-mail address was added to your account at {site}"),
        _("The e-mail address {why} was added to your account."),
    ),
    (Event.EMAIL_VERIFIED, Outcome.SUCCEEDED): Notice(
        _("An e-mail address was confirmed for your account at {site}"),
        _("Somebody showed that they can read mail to {why}, an address of your account."),
    ),
    (Event.EMAIL_PRIMARY, Outcome.SUCCEEDED): Notice(
        _("The main e-mail address of your account at {site} was changed"),
        _("The main e-mail address of your account is {why} now. Mail goes there from now on."),
        _NOT_YOU_MAIL,
    ),
    (Event.EMAIL_REMOVED, Outcome.SUCCEEDED): Notice(
        _("An e-mail address was removed from your account at {site}"),
        _("The e-mail address {why} does not belong to your account any more."),
        _NOT_YOU_MAIL,
    ),
    (Event.CONNECTION_ADDED, Outcome.SUCCEEDED): Notice(
        _("{why} was connected to your account at {site}"),
        _("An account at {why} was connected to yours. Whoever has it can sign in as you."),
    ),
    (Event.CONNECTION_REMOVED, Outcome.SUCCEEDED): Notice(
        _("{why} was disconnected from your account at {site}"),
        _("An account at {why} was disconnected from yours. It does not sign you in any more."),
    ),
    (Event.TAKEN_OVER, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} is yours alone now"),
        _(
            "The e-mail address {why} was shown to be yours. Somebody had made an account with "
            "it before without showing that. Everything that they had left there was removed: "
            "passwords, passkeys, connections, sign-ins and what apps had access to."
        ),
    ),
    (Event.CHANGED_BY_ADMIN, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} was changed by an admin"),
        _("An admin of this site changed your account: {why}"),
        _ADMINS,
        is_own=False,
    ),
    (Event.CONSENT_GIVEN, Outcome.SUCCEEDED): Notice(
        _("{app} has access to your account at {site}"),
        _("{app} was let in to your account. What it may do is listed under apps with access."),
        _NOT_YOU_APP,
    ),
    (Event.DEVICE_APPROVED, Outcome.SUCCEEDED): Notice(
        _("{app} has access to your account at {site} on another device"),
        _("A code was entered that let {app} in to your account on another device."),
        _NOT_YOU_APP,
    ),
    (Event.CODE_REPLAYED, Outcome.FAILED): Notice(
        _("We ended a sign-in of yours at {app}"), _REPLAY, _AFTER_REPLAY, is_own=False
    ),
    (Event.TOKEN_REPLAYED, Outcome.FAILED): Notice(
        _("We ended a sign-in of yours at {app}"), _REPLAY, _AFTER_REPLAY, is_own=False
    ),
    (Event.PERSONAL_TOKEN_MADE, Outcome.SUCCEEDED): Notice(
        _("A personal token was made for your account at {site}"),
        _("The personal token “{why}” was made. Whoever has it can act for you where it allows."),
    ),
    (Event.EVERYTHING_ENDED, Outcome.SUCCEEDED): Notice(
        _("You were signed out of {site} everywhere"),
        _("Every browser was signed out of your account, and every app lost its access to it."),
    ),
    (Event.EXPORTED, Outcome.SUCCEEDED): Notice(
        _("The data of your account at {site} was downloaded"),
        _("A file with all that {site} holds about you was downloaded."),
    ),
    (Event.DELETION_ASKED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} will be deleted"),
        _(
            "Your account is closed, and will be deleted on {why}. Until then you can keep it: "
            "open {site} yourself and sign in."
        ),
        _NOT_YOU_DELETION,
    ),
    (Event.DELETION_CANCELLED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} will not be deleted"),
        _("Your account is open again, and will be kept."),
    ),
    (Event.ACCOUNT_DELETED, Outcome.SUCCEEDED): Notice(
        _("Your account at {site} is deleted"),
        _("Your account and all that belonged to it is deleted. This is the last mail about it."),
        _GONE,
        is_own=False,
    ),
}
