"""Register clients that ask for it themselves, and change or end their registration later.

RFC 7591 and RFC 7592, with these choices, which both leave open:

- Nobody has verified such a client: people are told so. Whatever it changes makes it unverified
  again, takes what an admin gave it, and lets people who let it in before be asked anew.
- Its registration access token stays the same. A new one with every answer would lock out a client
  that loses an answer.
- Its secret is stored as a digest: it is in the answer that made it and in no other.
"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.bearer import Refused
from accounts.oauth_server.clients import logos
from accounts.oauth_server.models import (
    Authorization,
    Client,
    ClientSecret,
    InitialAccessToken,
    Registration,
)
from accounts.oauth_server.models.software import AGENT, APP
from accounts.oauth_server.registration import metadata as client_metadata
from accounts.oauth_server.registration.metadata import SOFTWARE_VERSION, InvalidClientMetadata
from accounts.oauth_server.registration.serializer import Limits, Metadata
from accounts.oauth_server.rules import grant_types
from accounts.oauth_server.rules.credentials import digest
from accounts.oauth_server.rules.scopes import of_services, to_set, to_text
from accounts.oauth_server.tokens import revocation
from accounts.security_events.details import ClientChange, ClientName, ClientRemoval
from accounts.security_events.record import record

# What a client that updates itself must not send (RFC 7592 section 2.2).
_SITE_OWNED = (
    *("registration_access_token", "registration_client_uri"),
    *("client_secret_expires_at", "client_id_issued_at"),
)


def is_open() -> bool:
    """Return whether clients can register themselves at all."""
    return bool(settings.REGISTRATION != "off")


def register(
    metadata: Metadata,
    initial: InitialAccessToken | None,
    *,
    kind: str = AGENT,
    by: Client | None = None,
) -> dict[str, Any]:
    """Register a new client and return RFC 7591 section 3.2.1's answer.

    `initial` is the token that allows it, one use of which this takes: its holder's clients are
    apps, others of the `kind` that is told (models/software.py). `by` is the client that registers
    it, where it does not do so itself. Raises
    InvalidClientMetadata, InvalidRedirectURI, and Refused where that token was used up meanwhile.
    """
    client = Client(
        is_verified=False,
        kind=APP if initial else kind,
        registration_source=Client.RegistrationSource.DCR,
        leaves_out_scopes=True,  # which it cannot choose, and asks for whatever others have
    )
    limits = Limits(scopes_for_all(), initial is not None)
    _, told = client_metadata.apply(client, metadata, limits)
    if not client.is_public:
        client.pkce = settings.REGISTRATION_PKCE
    with transaction.atomic():
        if initial and not InitialAccessToken.objects.use(initial):
            raise Refused("invalid_token", "The initial access token is used up.")
        client.save()
        token = Registration.objects.issue(client, initial, told)
        name = ClientName(client.name, client.client_id if by else "")
        record(Event.CLIENT_REGISTERED, actor=Actor.CLIENT, client=by or client, details=name)
        return answer(client.registration, token) | _new_secret(client)


def replace(registration: Registration, metadata: Metadata, token: str) -> dict[str, Any]:
    """Replace what `registration` says by `metadata` (RFC 7592 section 2.2).

    Raises InvalidClientMetadata, InvalidRedirectURI, and Refused where it is gone meanwhile.
    """
    client = registration.client
    _check_identity(client, metadata)
    before = client_metadata.describe_itself(client, registration.told)
    held = client.scopes
    taken_back = take_back(registration)
    _, told = client_metadata.apply(client, metadata, _limits(registration))
    if is_as_before(client, told, before):
        client.scopes = held
        let_ask(client, to_set(metadata.get("scope")) & scopes_for_all())
        return answer(registration, token)
    own = _limits_of_registration(registration)
    columns, told = client_metadata.apply(client, own.within(metadata), own)
    with transaction.atomic():
        stored = Registration.objects.lock(registration.pk)
        if stored is None:
            raise gone()
        # No more: an admin may be at it, too.
        client.save(update_fields=[*columns, *taken_back, "updated"])
        registration.told = told
        registration.save(update_fields=["told"])
        end_what_it_was_trusted_with(stored.client, client)
        return answer(registration, token) | change_proof(stored.client, client)


def let_ask(client: Client, scopes: frozenset[str]) -> None:
    """Let `client`, which is as it was, ask people for `scopes` beside what it may already."""
    if more := scopes - to_set(client.scopes):
        client.scopes = to_text(to_set(client.scopes) | more)
        Client.objects.filter(pk=client.pk).update(scopes=client.scopes)


def is_as_before(client: Client, told: Metadata, before: Metadata) -> bool:
    """Return whether nothing changed that anybody decided about. A new version of its software is
    kept, and no more than that: it is for those who look the client up."""
    now = client_metadata.describe_itself(client, told)
    version = now.pop(SOFTWARE_VERSION, "")
    if version != before.get(SOFTWARE_VERSION, ""):
        Client.objects.filter(pk=client.pk).update(software_version=version)
    return now == {name: each for name, each in before.items() if name != SOFTWARE_VERSION}


def take_back(registration: Registration) -> list[str]:
    """Take what an admin gave the client as it was; return the columns. Nothing is saved."""
    client = registration.client
    given: dict[str, Any] = {
        "kind": client.kind if registration.may_act_for_itself else AGENT,
        "is_verified": False,
        "skip_authorization": False,
        "required_scopes": "",
        "pkce": settings.REGISTRATION_PKCE,
    }
    for column, value in given.items():
        setattr(client, column, value)
    return [*given, *client.take_back_lifetimes()]


def end_what_it_was_trusted_with(before: Client, client: Client) -> None:
    """Let people decide anew, and end the tokens that may have scopes it has no more; it can
    refresh them to lesser ones. Record what was taken back."""
    Authorization.objects.filter(client=client).update(is_outdated=True)
    given = ("is_verified", "skip_authorization", "required_scopes")
    lost = [name for name in given if getattr(before, name)] + before.take_back_lifetimes()
    if before.kind != client.kind:
        lost.append("kind")
    if to_set(before.scopes) - scopes_for_all():
        revocation.revoke_short_lived(client)
        lost.append("scopes")
    if client.resources.exists():  # for which an admin listed what it was
        client.resources.clear()
        lost.append("resources")
    if logos.remove_fetched(client):  # of whom this was the face
        lost.append("logo")
    changed = ClientChange(client.name, tuple(lost))
    record(Event.CLIENT_CHANGED, actor=Actor.CLIENT, client=client, details=changed)


def end(client: Client, *, actor: Actor, unused_days: int = 0) -> None:
    """End all that a client holds, then delete it. `unused_days`: for want of use for so long."""
    client.is_active = False
    client.save(update_fields=["is_active"])  # committed first: nothing is issued from here on
    with transaction.atomic():
        revocation.revoke_client(client, actor=actor)
        why = ClientRemoval(unused_days)
        record(Event.CLIENT_REMOVED, actor=actor, client=client, details=why)
        client.delete()


def answer(registration: Registration, token: str) -> dict[str, Any]:
    """Return the client's information (RFC 7591 section 3.2.1, RFC 7592 section 3).

    `token` is the registration access token, which only the client itself has.
    """
    client = registration.client
    address = reverse("oauth_server:registered-client", args=[client.client_id])
    credentials = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created.timestamp()),
        "registration_access_token": token,
        "registration_client_uri": settings.SITE_URL + address,
    }
    if client.has_secrets:
        credentials["client_secret_expires_at"] = _secret_expires_at(client)
    return credentials | client_metadata.describe(client, registration.told)


def gone() -> Refused:
    return Refused("invalid_token", "The registration access token is not valid for this client.")


def _limits(registration: Registration) -> Limits:
    """Return what it may send: what an admin gave it since, too, which it read here."""
    client, own = registration.client, _limits_of_registration(registration)
    is_given = client.allows_grant_type(grant_types.CLIENT_CREDENTIALS)
    return Limits(own.scopes | to_set(client.scopes), own.may_act_for_itself or is_given)


def _limits_of_registration(registration: Registration) -> Limits:
    return Limits(scopes_for_all(), registration.may_act_for_itself)


def scopes_for_all() -> frozenset[str]:
    """Return what a client may give itself: never what is about the whole site."""
    return frozenset(settings.REGISTRATION_SCOPES) - of_services()


def _check_identity(client: Client, metadata: Metadata) -> None:
    sent = [name for name in _SITE_OWNED if metadata.get(name) is not None]
    if sent:
        raise InvalidClientMetadata(f"{sent[0]}: is not the client's to set.")
    if metadata.get("client_id") != client.client_id:
        raise InvalidClientMetadata("client_id: must be the client's own.")
    secret = metadata.get("client_secret")
    if secret is None:
        return
    live = ClientSecret.objects.live().filter(client=client)
    if not isinstance(secret, str) or not live.filter(digest=digest(secret)).exists():
        raise InvalidClientMetadata("client_secret: must be the one that the client has.")


def change_proof(before: Client, client: Client) -> dict[str, Any]:
    if client.client_type != before.client_type:
        # What was earned with proof is not to be used without.
        revocation.revoke_client(client, actor=Actor.CLIENT)
    if client.has_secrets and not before.has_secrets:
        return _new_secret(client)
    if not client.has_secrets:
        ClientSecret.objects.filter(client=client).delete()
    return {}


def _new_secret(client: Client) -> dict[str, Any]:
    return {"client_secret": ClientSecret.objects.issue(client)} if client.has_secrets else {}


def _secret_expires_at(client: Client) -> int:
    """Return the time at which the newest secret expires, in seconds; 0 where it does not."""
    newest = ClientSecret.objects.filter(client=client).order_by("-pk").first()
    return int(newest.expires.timestamp()) if newest and newest.expires else 0
