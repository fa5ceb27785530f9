"""A security event in words: one sentence for the person whose account it is about."""

import re
from collections.abc import Mapping

from accounts.security_events.kinds import Event, Outcome
from accounts.security_events.models import SecurityEvent

_APP_GONE = "An app that is gone"

# How a sign-in was made, by the first word of `why`.
_HOW = {
    "password": " with your password",
    "code": " with a code sent by e-mail",
    "password_reset": " by resetting your password",
    "webauthn": " with a passkey",
    "totp": " with a code from your authenticator app",
    "recovery_codes": " with a recovery code",
}
_SIGN_IN_REFUSED = {
    "password": "Somebody tried to sign in with a wrong password",
    "code": "Somebody tried to sign in with a wrong code",
    "second_factor": "Somebody who had passed the first step gave a wrong code for the second",
    "inactive": "A sign-in was refused: this account was switched off",
}
# How a personal token ended, by the first part of `why`.
REVOKED_BY = {
    "by you": "You revoked your personal token “{name}”",
    "by an admin": "An admin of this site revoked your personal token “{name}”",
    "by its holder": "Your personal token “{name}” was revoked by somebody who had it",
}
_THIRD_PARTY = "third_party "
_OF_A_PROVIDER = {Event.CONNECTION_ADDED, Event.CONNECTION_REMOVED}

_DONE = {
    Event.SIGN_IN: "You signed in{how}",
    Event.NEW_DEVICE: "That sign-in was in a browser that was new here",
    Event.CONFIRMED: "You confirmed that it is you{how}",
    Event.SIGN_OUT: "You signed out",
    Event.SESSION_ENDED: "You ended a sign-in from another browser: {why}",
    Event.SIGNED_UP: "You made this account",
    Event.PASSWORD_SET: "You set a password",
    Event.PASSWORD_CHANGED: "You changed your password",
    Event.PASSWORD_RESET: "You reset your password by e-mail",
    Event.EMAIL_ADDED: "You added the e-mail address {why}",
    Event.EMAIL_VERIFIED: "You showed that the e-mail address {why} is yours",
    Event.EMAIL_PRIMARY: "You made {why} your main e-mail address",
    Event.EMAIL_REMOVED: "You removed the e-mail address {why}",
    Event.PASSKEY_ADDED: "You added the passkey “{why}”",
    Event.PASSKEY_RENAMED: "You gave a passkey the name “{why}”",
    Event.PASSKEY_REMOVED: "The passkey “{why}” was removed",
    Event.AUTHENTICATOR_APP_ADDED: "You set up an authenticator app",
    Event.AUTHENTICATOR_APP_REMOVED: "Your authenticator app was removed",
    Event.RECOVERY_CODES_MADE: "You got new recovery codes",
    Event.RECOVERY_CODES_REMOVED: "Your recovery codes were removed with your last second step",
    Event.RECOVERY_CODE_USED: "You used a recovery code: {why}",
    Event.CONNECTION_ADDED: "You connected an account at {why}",
    Event.CONNECTION_REMOVED: "An account at {why} was disconnected",
    Event.PROFILE_CHANGED: "You changed your profile: {why}",
    Event.TAKEN_OVER: "You showed that {why} is yours, so what others had set up here was removed",
    Event.CHANGED_BY_ADMIN: "An admin of this site changed your account: {why}",
    Event.CONSENT_GIVEN: "You let {app} in",
    Event.CODE_ISSUED: "You were sent back to {app}, signed in",
    Event.CODE_REDEEMED: "{app} got its access",
    Event.TOKEN_ISSUED: "{app} got access for itself",
    Event.TOKEN_REFRESHED: "{app} refreshed its access",
    Event.TOKEN_REVOKED: "The access of {app} was ended: {why}",
    Event.EVERYTHING_ENDED: "You were signed out everywhere. {why}",
    Event.APP_REMOVED: "{app} was removed. {why}",
    Event.PERSONAL_TOKEN_MADE: "You made the personal token “{why}”",
    Event.PERSONAL_TOKEN_REVOKED: "{revoked}",
    Event.DEVICE_APPROVED: "You let {app} in on another device",
    Event.CLIENT_REGISTERED: "{app} registered itself",
    Event.CLIENT_CHANGED: "{app} changed what it had registered",
    Event.CLIENT_REMOVED: "{app} was removed from this site: {why}",
    Event.ADMIN_CLIENT: "As an admin, you changed a client app: {why}",
    Event.ADMIN_SCOPE: "As an admin, you changed a scope: {why}",
    Event.ADMIN_KEY: "As an admin, you changed a signing key: {why}",
    Event.ADMIN_PERSON: "As an admin, you changed a person’s account: {why}",
    Event.ADMIN_PROVIDER: "As an admin, you changed a third party: {why}",
    Event.ADMIN_OTHER: "As an admin, you changed something: {why}",
}

_FAILED = {
    Event.SIGN_IN: "{refused}",
    Event.CONFIRMED: "Somebody who was signed in {not_confirmed}",
    Event.PASSWORD_RESET: "Somebody tried to reset your password with a wrong code",
    Event.EMAIL_VERIFIED: "A wrong code was typed for an e-mail address of yours",
    Event.CONNECTION_ADDED: "Connecting an account at {provider} did not work",
    Event.CONSENT_REFUSED: "You did not let {app} in",
    Event.CODE_REPLAYED: "A sign-in at {app} was ended: its code was used twice",
    Event.TOKEN_REPLAYED: "A sign-in at {app} was ended: an old key of it was used again",
    Event.DEVICE_REFUSED: "You did not let {app} in on another device",
    Event.CLIENT_REFUSED: "{app} could not prove that it is that app",
    Event.CLIENT_REGISTERED: "An app could not register itself: {why}",
    Event.LIMIT_HIT: "There were too many attempts, so we asked for a break",
}


def sentence(event: SecurityEvent, provider_names: Mapping[str, str]) -> str:
    """Return what happened, without a full stop at its end. Plain text: not escaped for HTML.

    `provider_names` are the third parties' names by their IDs; one that is gone keeps its ID.
    """
    of_outcome = _DONE if event.outcome == Outcome.SUCCEEDED else _FAILED
    template = of_outcome.get(event.kind)  # type: ignore[call-overload]
    if template is None:
        return str(event)
    why, provider_id = event.why, _provider_id(event.why)
    provider = provider_names.get(provider_id, provider_id)
    words = template.format(
        app=app_name(event),
        why=provider if event.kind in _OF_A_PROVIDER else why,
        how=_how(why, provider),
        refused=_refused(why, provider),
        revoked=_revoked(why),
        not_confirmed="gave a wrong code" if why == "second_factor" else "gave a wrong password",
        provider=provider,
    )
    return words[:1].upper() + words[1:]


def app_name(event: SecurityEvent) -> str:
    """Return the name of the event's client, or what is left to say of one that was deleted."""
    return event.client.name if event.client else _APP_GONE


def _how(why: str, provider: str) -> str:
    if why.startswith(_THIRD_PARTY):
        return f" with {provider}"
    return _HOW.get(why.partition(" ")[0], "")


def _refused(why: str, provider: str) -> str:
    if why.startswith(_THIRD_PARTY):
        return f"A sign-in by way of {provider} did not work"
    return _SIGN_IN_REFUSED.get(why, "A sign-in did not work")


def _revoked(why: str) -> str:
    by, _, name = why.partition(": ")
    return REVOKED_BY.get(by, "Your personal token “{name}” was revoked").format(name=name)


def _provider_id(why: str) -> str:
    """Return the third party's ID in such as "third_party example: ThirdPartyDeclined"."""
    return re.split(r" \+ |:", why.removeprefix(_THIRD_PARTY))[0]
