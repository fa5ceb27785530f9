"""Put a security event into words: one sentence for the person whose account it is about."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events import reasons
from accounts.security_events.details import (
    AdminChange,
    AppEnded,
    ClientName,
    Details,
    Extent,
    OldText,
    Proof,
    Refusal,
    SessionsEnded,
    TokensEnded,
    details_of,
)

_APP_GONE = _("a deleted app")

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
    "": _("You confirmed that it was you"),
    "password": _("You confirmed that it was you with your password"),
    "code": _("You confirmed that it was you with a code sent by e-mail"),
    "password_reset": _("You confirmed that it was you by resetting your password"),
    "webauthn": _("You confirmed that it was you with a passkey"),
    "totp": _("You confirmed that it was you with a code from your authenticator app"),
    "recovery_codes": _("You confirmed that it was you with a recovery code"),
    "third_party": _("You confirmed that it was you with {provider}"),
}
_SIGN_IN_REFUSED = {
    "password": _("Somebody tried to sign in with a wrong password"),
    "code": _("Somebody tried to sign in with a wrong code"),
    "second_factor": _("Somebody entered a wrong code in the second step of signing in"),
    "closed": _("A sign-in was refused because this account was about to be deleted"),
    "inactive": _("A sign-in was refused because this account was disabled"),
    "third_party": _("A sign-in with {provider} failed"),
}
_REFUSED = _("A sign-in failed")
_AS_ADMIN = _("As an admin, you {why}")
_REGISTERED_ANOTHER = _("{app} registered the client app “{why}”")
_ALL_OTHERS = _("You signed out all other devices")
_NOT_CONFIRMED = {
    "": _("Somebody who was signed in entered a wrong password"),
    "second_factor": _("Somebody who was signed in entered a wrong code"),
}

_DONE = {
    Event.SIGN_IN: "{signed_in}",
    Event.NEW_DEVICE: _("You signed in on a new device"),
    Event.CONFIRMED: "{confirmed}",
    Event.SIGN_OUT: _("You signed out"),
    Event.SESSION_ENDED: _("You signed out a device: {why}"),
    Event.SIGNED_UP: _("You created this account"),
    Event.INVITATION_USED: _("You accepted an invitation"),
    Event.INVITATION_SENT: _("You invited {why}"),
    Event.INVITATION_WITHDRAWN: _("You withdrew your invitation for {why}"),
    Event.PASSWORD_SET: _("You set a password"),
    Event.PASSWORD_CHANGED: _("You changed your password"),
    Event.PASSWORD_RESET: _("You reset your password by e-mail"),
    Event.EMAIL_ADDED: _("You added the e-mail address {why}"),
    Event.EMAIL_VERIFIED: _("You verified the e-mail address {why}"),
    Event.EMAIL_PRIMARY: _("You made {why} your primary e-mail address"),
    Event.EMAIL_REMOVED: _("You removed the e-mail address {why}"),
    Event.PASSKEY_ADDED: _("You added the passkey “{why}”"),
    Event.PASSKEY_RENAMED: _("You renamed a passkey to “{why}”"),
    Event.PASSKEY_REMOVED: _("The passkey “{why}” was removed"),
    Event.AUTHENTICATOR_APP_ADDED: _("You set up an authenticator app"),
    Event.AUTHENTICATOR_APP_REMOVED: _("Your authenticator app was removed"),
    Event.RECOVERY_CODES_MADE: _("You created new recovery codes"),
    Event.RECOVERY_CODES_REMOVED: _(
        "Your recovery codes were removed because two-step verification was turned off"
    ),
    Event.RECOVERY_CODE_USED: _("You used a recovery code ({why})"),
    Event.SECOND_FACTORS_RESET: _(
        "An admin of this site reset two-step verification for your account"
    ),
    Event.CONNECTION_ADDED: _("You connected an account at {why}"),
    Event.CONNECTION_REMOVED: _("An account at {why} was disconnected"),
    Event.PROFILE_CHANGED: _("You changed your profile: {why}"),
    Event.GROUP_JOINED: _("You were added to the group “{why}”"),
    Event.GROUP_LEFT: _("You were removed from the group “{why}”"),
    Event.TAKEN_OVER: _(
        "You verified {why}, so everything that somebody else had set up with it was removed"
    ),
    Event.ACCOUNT_MADE: _("{app} created this account"),
    Event.ACCOUNT_REACTIVATED: _("{app} reactivated this account"),
    Event.CHANGED_BY_ADMIN: _("An admin of this site changed your account: {why}"),
    Event.CONSENT_GIVEN: _("You gave {app} access to your account"),
    Event.CODE_ISSUED: _("You signed in to {app}"),
    Event.CODE_REDEEMED: _("{app} was granted access"),
    Event.TOKEN_ISSUED: _("{app} was granted access on its own behalf"),
    Event.TOKEN_REFRESHED: _("{app} renewed its access"),
    Event.IDENTITY_ASSERTED: _("{app} may act for you at {why}: an admin of this site allowed it"),
    Event.ASSERTION_REDEEMED: _("{app} was granted access to your account by {why}"),
    Event.TOKEN_EXCHANGED: _("{app} was granted access on your behalf by way of {why}"),
    Event.TOKEN_REVOKED: _("{app} lost access to your account. {why}"),
    Event.EVERYTHING_ENDED: _("You were signed out everywhere. {why}"),
    Event.APP_REMOVED: _("The access of {app} was removed. {why}"),
    Event.AGENTS_REMOVED: _("The access of all your agents was removed. {why}"),
    Event.EXPORTED: _("You downloaded your data"),
    Event.DELETION_ASKED: _("You asked us to delete this account"),
    Event.DELETION_CANCELLED: _("You decided to keep this account"),
    Event.ACCOUNT_DELETED: _("This account was deleted"),
    Event.PERSONAL_TOKEN_MADE: _("You created the personal access token “{why}”"),
    Event.PERSONAL_TOKEN_REVOKED: _("Your personal access token “{why}” was revoked"),
    Event.DEVICE_APPROVED: _("You gave {app} access to your account on another device"),
    Event.CLIENT_REGISTERED: _("{app} registered itself"),
    Event.CLIENT_SECRET_MADE: _("{app} created a secret for the client app “{why}”"),
    Event.CLIENT_SECRET_ENDED: _("{app} ended a secret of the client app “{why}”"),
    Event.CLIENT_CHANGED: _("{app} changed its registration"),
    Event.CLIENT_REMOVED: _("{app} was removed from this site ({why})"),
    Event.RESOURCE_CHANGED: _("{app} changed its protected resource “{why}”"),
    Event.WEBHOOK_CHANGED: _("{app} changed its webhook “{why}”"),
    Event.WEBHOOK_DISABLED: _("The webhook “{why}” was disabled: its receiver took nothing"),
    Event.ADMIN_CLIENT: _("As an admin, you changed a client app: {why}"),
    Event.ADMIN_AGENTS: _("As an admin, you stopped all agents of a host: {why}"),
    Event.ADMIN_KEY: _("As an admin, you changed a signing key: {why}"),
    Event.ADMIN_PERSON: _("As an admin, you changed a person’s account: {why}"),
    Event.ADMIN_PROVIDER: _("As an admin, you changed a third party: {why}"),
    Event.ADMIN_INVITATION: _("As an admin, you changed an invitation: {why}"),
    Event.ADMIN_OTHER: _("As an admin, you made a change: {why}"),
    Event.EVENTS_EXPORTED: _("As an admin, you exported security events"),
}

_FAILED = {
    Event.SIGN_IN: "{refused}",
    Event.CONFIRMED: "{not_confirmed}",
    Event.PASSWORD_RESET: _("Somebody tried to reset your password with a wrong code"),
    Event.EMAIL_VERIFIED: _("Somebody entered a wrong code to verify one of your e-mail addresses"),
    Event.PASSKEY_REFUSED: _("The passkey “{why}” was rejected because it may have been copied"),
    Event.SECOND_STEP_REFUSED: _(
        "Somebody passed the first step of signing in, such as your password, but not the second"
    ),
    Event.CONNECTION_ADDED: _("Connecting an account at {provider} failed"),
    Event.CONSENT_REFUSED: _("You denied {app} access to your account"),
    Event.CODE_REPLAYED: _("You were signed out of {app} because a sign-in code was used twice"),
    Event.TOKEN_REPLAYED: _("You were signed out of {app} because a token was used twice"),
    Event.ACCESS_REFUSED: _("You tried to use {app}, which is not open to you"),
    Event.DEVICE_REFUSED: _("You denied {app} access to your account on another device"),
    Event.CLIENT_REFUSED: _("{app} could not prove its identity"),
    Event.REQUEST_REFUSED: _("A request of {app} was not valid: {why}"),
    Event.CLIENT_REGISTERED: _("An app failed to register: {why}"),
    Event.LIMIT_HIT: _("There were too many attempts, so new ones were blocked for a while"),
}

# Where another actor, or another extent of what was ended, makes another sentence.
_DONE_BY: dict[tuple[Event, Actor, str], Any] = {
    (Event.PERSONAL_TOKEN_REVOKED, Actor.PERSON, ""): _(
        "You revoked your personal access token “{why}”"
    ),
    (Event.PERSONAL_TOKEN_REVOKED, Actor.ADMIN, ""): _(
        "An admin of this site revoked your personal access token “{why}”"
    ),
    (Event.PERSONAL_TOKEN_REVOKED, Actor.UNKNOWN, ""): _(
        "Somebody who had your personal access token “{why}” revoked it"
    ),
    (Event.TOKEN_REVOKED, Actor.CLIENT, Extent.SIGN_IN): _("{app} signed you out"),
    (Event.TOKEN_REVOKED, Actor.CLIENT, Extent.SESSION): _("{app} signed you out"),
    (Event.TOKEN_REVOKED, Actor.ADMIN, Extent.GROUP): _(
        "An admin of this site ended your access to {app}. {why}"
    ),
    (Event.TOKEN_REVOKED, Actor.SITE, Extent.GROUP): _(
        "You no longer have access to {app}, because you left a group. {why}"
    ),
    (Event.TOKEN_REVOKED, Actor.ADMIN, Extent.SIGN_IN): _(
        "An admin of this site signed you out of {app}"
    ),
    (Event.APP_REMOVED, Actor.PERSON, ""): _("You removed the access of {app}. {why}"),
    (Event.APP_REMOVED, Actor.ADMIN, ""): _("An admin of this site removed the access of {app}"),
    (Event.AGENTS_REMOVED, Actor.PERSON, ""): _("You removed the access of all agents. {why}"),
    (Event.AGENTS_REMOVED, Actor.ADMIN, ""): _(
        "An admin of this site removed the access of all your agents. {why}"
    ),
    (Event.TOKEN_REVOKED, Actor.ADMIN, Extent.CLIENT): _(
        "An admin of this site disabled {app}, which ended its access to your account"
    ),
    (Event.EVERYTHING_ENDED, Actor.ADMIN, ""): _(
        "An admin of this site signed you out everywhere. {why}"
    ),
    (Event.EVERYTHING_ENDED, Actor.CLIENT, ""): _("{app} deactivated this account. {why}"),
    (Event.INVITATION_SENT, Actor.ADMIN, ""): _(
        "An admin of this site sent your invitation for {why} again"
    ),
    (Event.INVITATION_WITHDRAWN, Actor.ADMIN, ""): _(
        "An admin of this site withdrew your invitation for {why}"
    ),
    (Event.DELETION_CANCELLED, Actor.ADMIN, ""): _(
        "An admin of this site cancelled the deletion of this account"
    ),
    # Apps, on somebody's behalf or because a superuser let them.
    (Event.SESSION_ENDED, Actor.CLIENT, ""): _("{app} signed out a device: {why}"),
    (Event.CONNECTION_REMOVED, Actor.CLIENT, ""): _("{app} disconnected an account at {why}"),
    (Event.PROFILE_CHANGED, Actor.CLIENT, ""): _("{app} changed your profile: {why}"),
    (Event.GROUP_JOINED, Actor.CLIENT, ""): _("{app} added you to the group “{why}”"),
    (Event.GROUP_LEFT, Actor.CLIENT, ""): _("{app} removed you from the group “{why}”"),
    (Event.APP_REMOVED, Actor.CLIENT, ""): _("{by} removed the access of {app}. {why}"),
    (Event.TOKEN_REVOKED, Actor.CLIENT, Extent.GROUP): _(
        "{by} removed you from a group, so {app} lost access to your account. {why}"
    ),
    (Event.DELETION_CANCELLED, Actor.CLIENT, ""): _("{app} cancelled the deletion of this account"),
    (Event.CLIENT_REMOVED, Actor.CLIENT, ""): _("{app} removed its registration"),
    (Event.CLIENT_REMOVED, Actor.ADMIN, ""): _("An admin of this site removed {app}"),
}


def sentence(event: SecurityEvent, provider_names: Mapping[str, str]) -> str:
    """Return what happened, without a full stop at its end. Plain text: not escaped for HTML.

    `provider_names` are the third parties' names by their IDs; one that is gone keeps its ID.
    """
    of_outcome = _DONE if event.outcome == Outcome.SUCCEEDED else _FAILED
    if event.kind not in of_outcome:
        return str(event)
    details, why = details_of(event), reasons.told(event, provider_names)
    provider_id = getattr(details, "provider", "")
    named = {"provider": provider_names.get(provider_id, provider_id)}
    way = details.methods[0] if isinstance(details, Proof) and details.methods else ""
    code = details.code if isinstance(details, Refusal) else ""
    words = _template(event, details).format(
        app=app_name(event),
        by=details.name or _APP_GONE if isinstance(details, AppEnded) else "",
        why=why,
        signed_in=_SIGNED_IN.get(way, _SIGNED_IN[""]).format(**named),
        confirmed=_CONFIRMED.get(way, _CONFIRMED[""]).format(**named),
        refused=_SIGN_IN_REFUSED.get(code, _REFUSED).format(**named),
        not_confirmed=_NOT_CONFIRMED.get(code, _NOT_CONFIRMED[""]),
        **named,
    )
    words = words.strip()
    return words[:1].upper() + words[1:]


def _template(event: SecurityEvent, details: Details) -> Any:
    """Return the sentence for the event's kind, to be filled in."""
    kind = Event(event.kind)
    if event.outcome != Outcome.SUCCEEDED:
        return _FAILED[kind]
    if isinstance(details, SessionsEnded) and details.is_rest:
        return _ALL_OTHERS
    if kind == Event.CLIENT_REGISTERED and isinstance(details, ClientName) and details.client_id:
        return _REGISTERED_ANOTHER
    if isinstance(details, AdminChange) and details.model:
        return _AS_ADMIN
    if isinstance(details, OldText):  # what nobody could read is shown
        return _DONE[kind]
    extent = details.code if isinstance(details, TokensEnded) else ""
    return _DONE_BY.get((kind, Actor(event.actor), extent)) or _DONE[kind]


def app_name(event: SecurityEvent) -> str:
    """Return the name of the event's client, or what is left to say of one that was deleted."""
    return event.client.name if event.client else str(_APP_GONE)
