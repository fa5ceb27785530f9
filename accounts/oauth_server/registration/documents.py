"""Register clients by the documents that their client IDs are the addresses of.

draft-ietf-oauth-client-id-metadata-document, as the Model Context Protocol of 2026-07-28 has
clients introduce themselves. Nobody has verified such a client, and everybody can write any name
into a document: what is sure of it is the host that it is read from, so that stands first in its
name, wherever this site shows it. A document that says something else than before takes what an
admin gave the client, and people decide anew.
"""

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from accounts.limits.rate_limits import hit
from accounts.models.event_kinds import Actor, Event
from accounts.network import loopback
from accounts.oauth_server.clients import outbound
from accounts.oauth_server.models import BlockedHost, Client, ClientDocument, Registration
from accounts.oauth_server.models.software import AGENT
from accounts.oauth_server.registration import metadata as client_metadata
from accounts.oauth_server.registration import registration
from accounts.oauth_server.registration.serializer import Limits, Metadata
from accounts.oauth_server.rules import document_addresses
from accounts.oauth_server.rules.credentials import digest
from accounts.oauth_server.rules.document_addresses import host_of, is_address
from accounts.security_events.details import ClientName
from accounts.security_events.record import record

OFF, LISTED, ALL = "off", "listed", "all"

MAX_SIZE = 32 * 1024  # bytes
_SHORTEST, _USUAL, _LONGEST = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
_LEFT_ALONE = 15  # seconds, for an address that did not answer well
_LONGEST_HOST = 60  # characters that are shown of it
_METHODS = (Client.NO_AUTHENTICATION, Client.PRIVATE_KEY_JWT)  # section 4.1: no shared secret


class DocumentRefused(FatalClientError):
    """Refuse a client whose document cannot be read, or does not do."""

    error = "invalid_client"

    def __init__(self, why: str) -> None:
        super().__init__(description=f"The client's metadata document is refused: {why}.")


def is_open() -> bool:
    """Return whether any client may introduce itself by a document."""
    return bool(settings.CLIENT_DOCUMENTS != OFF)


def read(request: HttpRequest, client_id: str) -> None:
    """Register the client whose document is at `client_id`, or bring it up to date, where that is
    due.

    Not to be called in a transaction. Raises DocumentRefused, and LimitReached by host. What is no
    such client ID, or of a host that this site does not listen to, is left to be unknown.
    """
    if not is_open() or not is_address(client_id):
        return
    if why := document_addresses.problem(client_id):
        raise DocumentRefused(why)
    if not _is_listened_to(client_id) or not _is_due(client_id):
        return
    if BlockedHost.objects.among([document_addresses.name_of(client_id)]):
        raise DocumentRefused("its host is blocked by the admins of this site")
    hit(request, "client_documents", host_of(client_id), client_id=client_id)
    document, lifetime = _fetch(client_id)
    _check(client_id, document)
    _keep(client_id, document, lifetime)


def _is_listened_to(client_id: str) -> bool:
    host = host_of(client_id)
    is_private = host in settings.CLIENT_DOCUMENT_PRIVATE_HOSTS
    if not client_id.startswith("https://"):
        return is_private and host.partition(":")[0] in loopback.HOSTS
    return is_private or settings.CLIENT_DOCUMENTS == ALL or host in settings.CLIENT_DOCUMENT_HOSTS


def _is_due(client_id: str) -> bool:
    """Return whether to ask: not for a client that an admin registered by that name, or disabled,
    and not while the last answer counts."""
    client = Client.objects.select_related("document").filter(client_id=client_id).first()
    if client is None:
        return True
    if client.registration_source != Client.RegistrationSource.CIMD or not client.is_active:
        return False
    return bool(client.document.expires <= timezone.now())


def _fetch(client_id: str) -> tuple[Any, timedelta]:
    """Return the document, and for how long it counts. An address that did not answer well is left
    alone for a moment: it would hold a worker for each request that comes meanwhile."""
    down = f"client-document:down:{digest(client_id)}"
    if why := cache.get(down):
        raise DocumentRefused(why)
    private = host_of(client_id) in settings.CLIENT_DOCUMENT_PRIVATE_HOSTS
    try:
        answer = outbound.fetch(client_id, "application/json", may_be_private=private)
        if len(answer.content) > MAX_SIZE:
            raise outbound.CannotFetch(f"it is longer than {MAX_SIZE} bytes")
        return outbound.json_in(answer), _lifetime(answer.headers.get("Cache-Control", ""))
    except outbound.CannotFetch as error:
        # Which names and ports there are inside is told to nobody who can choose the address.
        why = str(error) if private else "nothing usable answers there on the public internet"
        cache.set(down, why, _LEFT_ALONE)
        raise DocumentRefused(why) from error


def _lifetime(cache_control: str) -> timedelta:
    """Return for how long a document counts: as its server says, within bounds (section 4.4)."""
    if re.search(r"\bno-(?:store|cache)\b", cache_control, re.IGNORECASE):
        return _SHORTEST
    age = re.search(r"\bmax-age=\"?([0-9]{1,9})", cache_control, re.IGNORECASE)
    wanted = timedelta(seconds=int(age[1])) if age else _USUAL
    return max(_SHORTEST, min(wanted, _LONGEST))


def _check(client_id: str, document: Any) -> None:
    """Check what a document says of itself (section 4.1); its metadata are read after."""
    if not isinstance(document, dict):
        raise DocumentRefused("it is no JSON object")
    if document.get("client_id") != client_id:
        raise DocumentRefused("its client_id is not its address, letter by letter")
    if {"client_secret", "client_secret_expires_at"} & set(document):
        raise DocumentRefused("it holds a client_secret, which everybody could read")
    if document.get("token_endpoint_auth_method", _METHODS[0]) not in _METHODS:
        raise DocumentRefused(
            f"its token_endpoint_auth_method must be one of these: {', '.join(_METHODS)}"
        )


def _keep(client_id: str, document: Metadata, lifetime: timedelta) -> None:
    client = Client.objects.filter(client_id=client_id).first()
    expires = timezone.now() + lifetime
    try:
        if client is None:
            _register(client_id, document, expires)
        else:
            _bring_up_to_date(client, document, expires)
    except IntegrityError:
        return  # somebody else read it at the same moment
    except OAuth2Error as error:
        if isinstance(error, DocumentRefused):
            raise
        raise DocumentRefused(error.description.rstrip(".")) from error


def _register(client_id: str, document: Metadata, expires: Any) -> None:
    client = Client(
        client_id=client_id,
        is_verified=False,
        kind=AGENT,
        registration_source=Client.RegistrationSource.CIMD,
        leaves_out_scopes=True,
    )
    _, told = _apply(client, document)
    with transaction.atomic():
        client.save()
        Registration.objects.issue(client, None, told)  # by which nobody can change it
        ClientDocument.objects.create(client=client, expires=expires)
        name = ClientName(client.name)
        record(Event.CLIENT_REGISTERED, actor=Actor.CLIENT, client=client, details=name)


def _bring_up_to_date(client: Client, document: Metadata, expires: Any) -> None:
    kept = client.registration
    before = client_metadata.describe_itself(client, kept.told)
    taken_back = registration.take_back(kept)
    columns, told = _apply(client, document)
    with transaction.atomic():
        stored = Registration.objects.lock(kept.pk)
        if stored is None:
            return  # removed meanwhile
        ClientDocument.objects.filter(client=client).update(expires=expires)
        if registration.is_as_before(client, told, before):
            registration.let_ask(stored.client, registration.scopes_for_all())
            return
        client.save(update_fields=[*columns, *taken_back, "updated"])
        Registration.objects.filter(pk=kept.pk).update(told=told)
        registration.end_what_it_was_trusted_with(stored.client, client)
        registration.change_proof(stored.client, client)


def _apply(client: Client, document: Metadata) -> tuple[list[str], Metadata]:
    """Give `client` what its document says, as far as those may have it that nobody registered."""
    limits = Limits(registration.scopes_for_all(), may_act_for_itself=False)
    said = {"token_endpoint_auth_method": Client.NO_AUTHENTICATION} | document
    columns, told = client_metadata.apply(client, limits.within(said), limits)
    client.name = _name(client)
    return columns, told


def _name(client: Client) -> str:
    """Return the host first, and after it what the document calls itself. Of a long host its end
    is shown: that is what somebody has to own."""
    host = host_of(client.client_id)
    shown = host if len(host) <= _LONGEST_HOST else f"…{host[-_LONGEST_HOST:]}"
    claimed = client.name
    if claimed in (client_metadata.UNNAMED, host):
        return shown
    return f"{shown} ({claimed})"[:100]
