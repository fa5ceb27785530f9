"""Call what clients have this site call: their keys, and their back channel."""

from collections.abc import Iterable, Iterator
from functools import partial

from django.conf import settings
from django.db.models import Case, When

from accounts.doctor.calls import Call
from accounts.doctor.findings import Finding, Topic
from accounts.network import jwk_sets
from accounts.network.outbound import CallFailed
from accounts.oauth_server.clients import outbound
from accounts.oauth_server.models import Client

topic = Topic("clients")

AT_MOST = 100  # clients: those that admins registered, then those that changed last


def calls() -> Iterator[Call]:
    named = Client.objects.filter(is_active=True).exclude(jwks_uri="", backchannel_logout_uri="")
    by_admin = When(registration_source=Client.RegistrationSource.MANUAL, then=0)
    for client in named.order_by(Case(by_admin, default=1), "-updated", "-pk")[:AT_MOST]:
        if client.jwks_uri:
            yield Call(topic, f"Keys of {client}", partial(_keys, client))
        if client.backchannel_logout_uri:
            yield Call(topic, f"Back channel of {client}", partial(_back_channel, client))


def _keys(client: Client) -> Iterable[Finding]:
    checked = f"Keys of {client}"
    remedy = "Have its developers mend its jwks_uri: until then it is refused (invalid_client)."
    by_admin = client.is_registered_by_admin
    try:
        problems = jwk_sets.problems(outbound.fetch_json(client.jwks_uri, may_be_loopback=by_admin))
    except outbound.CannotFetch as error:
        problems = [f"{error}."]
    if problems:
        yield _wrong(client, checked, f"{client.jwks_uri}: {' '.join(problems)}", remedy)
    else:
        yield topic.ok(checked, f"{client.jwks_uri} has keys that this site can use.")


def _back_channel(client: Client) -> Iterable[Finding]:
    """Call the address, and send nothing that would end a session: any status but one that says
    that nobody is there is an answer (Back-Channel Logout section 2.5 is for POST alone)."""
    checked, uri = f"Back channel of {client}", client.backchannel_logout_uri
    remedy = "Have its developers mend its back-channel logout: its sessions outlive ours."
    seconds = settings.BACK_CHANNEL_LOGOUT_SECONDS
    try:
        with outbound.session_for(client, uri, seconds=seconds) as session:
            status = session.get(uri).status_code
    except (CallFailed, outbound.CannotFetch) as error:
        yield _wrong(client, checked, f"{uri}: no answer ({error}).", remedy)
        return
    if status in (404, 410) or status >= 500:
        yield _wrong(client, checked, f"{uri}: status {status}.", remedy)
    else:
        yield topic.ok(checked, f"{uri} answers.")


def _wrong(client: Client, checked: str, found: str, remedy: str) -> Finding:
    """Say so. What registered itself and does not work is nobody's here to mend."""
    make = topic.broken if client.is_registered_by_admin else topic.warning
    return make(checked, found, remedy)
