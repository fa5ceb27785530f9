"""A security event in words: one sentence for the person whose account it is about."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events import reasons
from accounts.security_events.details import Proof, Refusal, details_of

_APP_GONE = _("An app that is gone")

# How a sign-in was made, by its first method: whole sentences, as translators need them.
_SIGNED_IN = {
    "": _("You signed in"),
    "password": _("You signed in with your password"),
    "code": _("You signed in with a code sent by e-mail"),
    "password_reset": _("You signed in by resetting your password"),
    "webauthn": _("You signed in with a passkey"),
    "totp": _("You signed in with a code from your authenticator app"),
    "recovery_codes": _("You signed in with a recovery code"),
    "third_party": _("You signed in with {provider}"),
}
_CONFIRMED = {
    "": _("You confirmed that it is you"),
    "password": _("You confirmed that it is you with your password"),
    "code": _("You confirmed that it is you with a code sent by e-mail"),
    "password_reset": _("You confirmed that it is you by resetting your password"),
    "webauthn": _("You confirmed that it is you with a passkey"),
    "totp": _("You confirmed that it is you with a code from your authenticator app"),
    "recovery_codes": _("You confirmed that it is you with a recovery code"),
    "third_party": _("You confirmed that it is you with {provider}"),
}
_SIGN_IN_REFUSED = {
    "password": _("Somebody tried to sign in with a wrong password"),
    "code": _("Somebody tried to sign in with a wrong code"),
    "second_factor": _("Somebody who had passed the first step gave a wrong code for the second"),
    "closed": _("A sign-in was refused: this account was about to be deleted"),
    "inactive": _("A sign-in was refused: this account was switched off"),
    "third_party": _("A sign-in by way of {provider} did not work"),
}
_REVOKED_BY = {
    Actor.PERSON: _("You revoked your personal token “{name}”"),
    Actor.ADMIN: _("An admin of this site revoked your personal token “{name}”"),
    Actor.UNKNOWN: _("Your personal token “{name}” was revoked by somebody who had it"),
}
_REVOKED = _("Your personal token “{name}” was revoked")
_REFUSED = _("A sign-in did not work")
_NOT_CONFIRMED = {
    "": _("Somebody who was signed in gave a wrong password"),
    "second_factor": _("Somebody who was signed in gave a wrong code"),
}

_DONE = {
    Event.SIGN_IN: "{signed_in}",
    Event.NEW_DEVICE: _("That sign-in was in a browser that was new here"),
    Event.CONFIRMED: "{confirmed}",
    Event.SIGN_OUT: _("You signed out"),
    Event.SESSION_ENDED: _("You ended a sign-in from another browser: {why}"),
    Event.SIGNED_UP: _("You made this account"),
    Event.PASSWORD_SET: _("You set a password"),
    Event.PASSWORD_CHANGED: _("You changed your password"),
    Event.PASSWORD_RESET: _("You reset your password by e-mail"),
    Event.EMAIL_ADDED: _("You added the e-mail address {why}"),
    Event.EMAIL_VERIFIED: _("You showed that the e-mail address {why} is yours"),
    Event.EMAIL_PRIMARY: _("You made {why} your main e-mail address"),
    Event.EMAIL_REMOVED: _("You removed the e-mail address {why}"),
    Event.PASSKEY_ADDED: _("You added the passkey “{why}”"),
    Event.PASSKEY_RENAMED: _("You gave a passkey the name “{why}”"),
    Event.PASSKEY_REMOVED: _("The passkey “{why}” was removed"),
    Event.AUTHENTICATOR_APP_ADDED: _("You set up an authenticator app"),
    Event.AUTHENTICATOR_APP_REMOVED: _("Your authenticator app was removed"),
    Event.RECOVERY_CODES_MADE: _("You got new recovery codes"),
    Event.RECOVERY_CODES_REMOVED: _("Your recovery codes were removed with your last second step"),
    Event.RECOVERY_CODE_USED: _("You used a recovery code: {why}"),
    Event.SECOND_FACTORS_RESET: _("An admin of this site removed the second steps of your account"),
    Event.CONNECTION_ADDED: _("You connected an account at {why}"),
    Event.CONNECTION_REMOVED: _("An account at {why} was disconnected"),
    Event.PROFILE_CHANGED: _("You changed your profile: {why}"),
    Event.TAKEN_OVER: _(
        "You showed that {why} is yours, so what others had set up here was removed"
    ),
    Event.CHANGED_BY_ADMIN: _("An admin of this site changed your account: {why}"),
    Event.CONSENT_GIVEN: _("You let {app} in"),
    Event.CODE_ISSUED: _("You were sent back to {app}, signed in"),
    Event.CODE_REDEEMED: _("{app} got its access"),
    Event.TOKEN_ISSUED: _("{app} got access for itself"),
    Event.TOKEN_REFRESHED: _("{app} refreshed its access"),
    Event.TOKEN_REVOKED: _("The access of {app} was ended: {why}"),
    Event.EVERYTHING_ENDED: _("You were signed out everywhere. {why}"),
    Event.APP_REMOVED: _("{app} was removed. {why}"),
    Event.EXPORTED: _("You downloaded your data"),
    Event.DELETION_ASKED: _("You asked us to delete this account"),
    Event.DELETION_CANCELLED: _("This account was kept after all"),
    Event.ACCOUNT_DELETED: _("This account was deleted"),
    Event.PERSONAL_TOKEN_MADE: _("You made the personal token “{why}”"),
    Event.PERSONAL_TOKEN_REVOKED: "{revoked}",
    Event.DEVICE_APPROVED: _("You let {app} in on another device"),
    Event.CLIENT_REGISTERED: _("{app} registered itself"),
    Event.CLIENT_CHANGED: _("{app} changed what it had registered"),
    Event.CLIENT_REMOVED: _("{app} was removed from this site: {why}"),
    Event.ADMIN_CLIENT: _("As an admin, you changed a client app: {why}"),
    Event.ADMIN_KEY: _("As an admin, you changed a signing key: {why}"),
    Event.ADMIN_PERSON: _("As an admin, you changed a person’s account: {why}"),
    Event.ADMIN_PROVIDER: _("As an admin, you changed a third party: {why}"),
    Event.ADMIN_OTHER: _("As an admin, you changed something: {why}"),
}

_FAILED = {
    Event.SIGN_IN: "{refused}",
    Event.CONFIRMED: "{not_confirmed}",
    Event.PASSWORD_RESET: _("Somebody tried to reset your password with a wrong code"),
    Event.EMAIL_VERIFIED: _("A wrong code was entered for an e-mail address of yours"),
    Event.PASSKEY_REFUSED: _("The passkey “{why}” was refused, as there may be a copy of it"),
    Event.CONNECTION_ADDED: _("Connecting an account at {provider} did not work"),
    Event.CONSENT_REFUSED: _("You did not let {app} in"),
    Event.CODE_REPLAYED: _("A sign-in at {app} was ended: its code was used twice"),
    Event.TOKEN_REPLAYED: _("A sign-in at {app} was ended: an old key of it was used again"),
    Event.DEVICE_REFUSED: _("You did not let {app} in on another device"),
    Event.CLIENT_REFUSED: _("{app} could not prove that it is that app"),
    Event.CLIENT_REGISTERED: _("An app could not register itself: {why}"),
    Event.LIMIT_HIT: _("There were too many attempts, so we asked for a break"),
}


def sentence(event: SecurityEvent, provider_names: Mapping[str, str]) -> str:
    """Return what happened, without a full stop at its end. Plain text: not escaped for HTML.

    `provider_names` are the third parties' names by their IDs; one that is gone keeps its ID.
    """
    of_outcome = _DONE if event.outcome == Outcome.SUCCEEDED else _FAILED
    template = of_outcome.get(event.kind)  # type: ignore[call-overload]
    if template is None:
        return str(event)
    details, why = details_of(event), reasons.told(event, provider_names)
    provider_id = getattr(details, "provider", "")
    named = {"provider": provider_names.get(provider_id, provider_id)}
    way = details.methods[0] if isinstance(details, Proof) and details.methods else ""
    code = details.code if isinstance(details, Refusal) else ""
    words = template.format(
        app=app_name(event),
        why=why,
        signed_in=_SIGNED_IN.get(way, _SIGNED_IN[""]).format(**named),
        confirmed=_CONFIRMED.get(way, _CONFIRMED[""]).format(**named),
        refused=_SIGN_IN_REFUSED.get(code, _REFUSED).format(**named),
        revoked=_REVOKED_BY.get(Actor(event.actor), _REVOKED).format(name=why),
        not_confirmed=_NOT_CONFIRMED.get(code, _NOT_CONFIRMED[""]),
        **named,
    )
    return words[:1].upper() + words[1:]


def app_name(event: SecurityEvent) -> str:
    """Return the name of the event's client, or what is left to say of one that was deleted."""
    return event.client.name if event.client else str(_APP_GONE)
