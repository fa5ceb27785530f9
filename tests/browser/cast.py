"""Who and what the pages are about: Alice, who has everything, Bob, who has nothing, their apps."""

from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client as Browser
from django.test import RequestFactory
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)

from accounts.models import User
from accounts.models.event_kinds import Event, Outcome
from accounts.oauth_server.models import Authorization, Client, PersonalToken, Registration
from accounts.sessions.store import SessionStore
from accounts.upstream.account import record_authentication
from tests.accounts.security_events.events import happens
from tests.upstream import TOTP, RecoveryCodes

PASSWORD = "correct horse battery staple"
CALLBACK = "https://album.example/callback"
EVERYTHING = "openid profile email connections connections.profile offline_access"
LONG = "The extraordinarily thorough garden, weather and neighbourhood notebook of Llanfairpwll"

_FAILURES = {
    *(
        Event.LIMIT_HIT,
        Event.PASSKEY_REFUSED,
        Event.SECOND_STEP_REFUSED,
        Event.CODE_REPLAYED,
        Event.TOKEN_REPLAYED,
    ),
    *(Event.CLIENT_REFUSED, Event.CONSENT_REFUSED, Event.DEVICE_REFUSED),
    Event.REQUEST_REFUSED,
}  # what never succeeds

_hash: dict[str, str] = {}


@dataclass(frozen=True)
class Cast:
    alice: User
    bob: User
    album: Client  # checked by an admin
    stranger: Client  # registered itself
    terminal: Client  # for devices

    def named(self, who: str) -> User:
        return {"alice": self.alice, "bob": self.bob}[who]

    def cookie_of(self, who: str) -> dict[str, str]:
        """Return the cookie of a session in which they signed in a moment ago."""
        return session_of(self.named(who))


def assemble() -> Cast:
    """Make everybody and everything, in an empty database."""
    example_id = {"server_url": "http://127.0.0.1:9/"}  # where nothing listens
    SocialApp.objects.create(
        provider="openid_connect",
        provider_id="example",
        name="Example ID",
        client_id="latchkey",
        settings=example_id,
    )
    bob = _person("bob@example.com", password="!")
    alice = _person("alice@example.com", name="Alice Example", password=_password_hash())
    cast = Cast(alice, bob, *_apps())
    _fill(cast)
    return cast


def _person(email: str, **fields: Any) -> User:
    person = User.objects.create(email=email, **fields)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def _password_hash() -> str:
    """Argon2 is meant to be slow: hash once."""
    return _hash.setdefault(PASSWORD, make_password(PASSWORD))


def _apps() -> tuple[Client, Client, Client]:
    album = Client.objects.create(
        name="Photo Album",
        client_id="album",
        redirect_uris=CALLBACK,
        website="https://album.example/",
        scopes=EVERYTHING,
    )
    stranger = Client.objects.create(
        name=LONG,
        client_id="stranger",
        client_type=Client.CLIENT_PUBLIC,
        redirect_uris="http://127.0.0.1/callback",
        is_verified=False,
    )
    told = {f"{page}_uri": f"https://notes.example/{page}" for page in ("policy", "tos")}
    Registration.objects.issue(stranger, None, told)
    terminal = Client.objects.create(
        name="Terminal", client_id="terminal", client_type=Client.CLIENT_PUBLIC
    )
    return album, stranger, terminal


def _fill(cast: Cast) -> None:
    """Give Alice's account all that an account can hold."""
    alice = cast.alice
    EmailAddress.objects.create(user=alice, email="a.new.and.rather.long.address@mail.example.org")
    SocialAccount.objects.create(
        user=alice,
        provider="example",
        uid="1",
        extra_data={"userinfo": {"email": "alice@id.example"}},
    )
    SocialAccount.objects.create(user=alice, provider="a-provider-long-gone", uid="2")
    for client in (cast.stranger, cast.terminal):
        Authorization.objects.record(
            alice, client, frozenset(EVERYTHING.split()), address="192.0.2.1"
        )
    for name in ("backup of my photos", LONG):
        scopes = frozenset({"openid", "email"})
        PersonalToken.objects.issue(alice, name=name[:50], scopes=scopes, expires=None)
    for kind in Event:
        outcome = Outcome.FAILED if kind in _FAILURES else Outcome.SUCCEEDED
        happens(kind, user=alice, client=cast.stranger, outcome=outcome)


def protect(person: User) -> Authenticator:
    """Give `person` an authenticator app, recovery codes and a passkey; return the passkey."""
    TOTP.activate(person, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(person)
    data = {"name": "My laptop", "credential": _passkey()}
    return Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=data)


def _passkey() -> dict[str, Any]:
    """Return what a browser would have sent of a new passkey."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    made = AttestedCredentialData.create(Aaguid.NONE, b"an ID", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    told = AuthenticatorData.create(b"\0" * 32, flags, 0, made)
    response = AuthenticatorAttestationResponse(
        client_data=CollectedClientData.create(
            "webauthn.create", b"a challenge", "http://localhost"
        ),
        attestation_object=AttestationObject.create("none", told, {}),
    )
    return dict(RegistrationResponse(raw_id=b"an ID", response=response))


def session_of(person: User) -> dict[str, str]:
    """Sign `person` in, a moment ago and with all they have; return the cookie's name and value."""
    browser = Browser()
    browser.force_login(person)
    request = RequestFactory().get("/")
    request.session = browser.session
    record_authentication(request, person, "password", email=person.email, reauthenticated=True)
    if Authenticator.objects.filter(user=person).exists():
        record_authentication(request, person, "mfa", type="totp", reauthenticated=True)
    request.session.save()
    return _cookie(request.session.session_key)


def session_of_nobody(kept: dict[str, Any]) -> dict[str, str]:
    """Begin a session that keeps this for whoever has not signed in; return as `session_of`."""
    session = SessionStore()
    session.update(kept)
    session.save()
    return _cookie(session.session_key)


def _cookie(session_key: str | None) -> dict[str, str]:
    return {"name": settings.SESSION_COOKIE_NAME, "value": str(session_key)}
