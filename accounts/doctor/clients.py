"""Call what clients have this site call: their keys, and their back channel."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from accounts.doctor.calls import Call
from accounts.doctor.findings import Finding, Topic
from accounts.network import jwk_sets
from accounts.network.outbound import CallFailed
from accounts.oauth_server.clients import outbound
from accounts.oauth_server.models import Client

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

topic = Topic("clients")

_KEYS = _("Keys of %(client)s")
_BACK_CHANNEL = _("Back channel of %(client)s")

AT_MOST = 100  # clients: those that admins registered, then those that changed last


def calls() -> Iterator[Call]:
    named = Client.objects.filter(is_active=True).exclude(jwks_uri="", backchannel_logout_uri="")
    by_admin = When(registration_source=Client.RegistrationSource.MANUAL, then=0)
    for client in named.order_by(Case(by_admin, default=1), "-updated", "-pk")[:AT_MOST]:
        if client.jwks_uri:
            yield Call(topic, _KEYS % {"client": client}, partial(_keys, client))
        if client.backchannel_logout_uri:
            yield Call(topic, _BACK_CHANNEL % {"client": client}, partial(_back_channel, client))


def _keys(client: Client) -> Iterable[Finding]:
    checked = _KEYS % {"client": client}
    remedy = _("Have its developers mend its jwks_uri: until then it is refused (invalid_client).")
    by_admin = client.is_registered_by_admin
    try:
        problems = jwk_sets.problems(outbound.fetch_json(client.jwks_uri, may_be_loopback=by_admin))
    except outbound.CannotFetch as error:
        problems = [f"{error.said}."]
    if problems:
        yield _wrong(client, checked, f"{client.jwks_uri}: {' '.join(problems)}", remedy)
    else:
        found = _("%(uri)s has keys that this site can use.") % {"uri": client.jwks_uri}
        yield topic.ok(checked, found)


def _back_channel(client: Client) -> Iterable[Finding]:
    """Call the address, and send nothing that would end a session: any status but one that says
    that nobody is there is an answer (Back-Channel Logout section 2.5 is for POST alone)."""
    checked, uri = _BACK_CHANNEL % {"client": client}, client.backchannel_logout_uri
    remedy = _("Have its developers mend its back-channel logout: its sessions outlive ours.")
    seconds = settings.BACK_CHANNEL_LOGOUT_SECONDS
    try:
        with outbound.session_for(client, uri, seconds=seconds) as session:
            status = session.get(uri).status_code
    except (CallFailed, outbound.CannotFetch) as error:
        found = _("%(uri)s: no answer (%(error)s).") % {"uri": uri, "error": error.said}
        yield _wrong(client, checked, found, remedy)
        return
    if status in (404, 410) or status >= 500:
        found = _("%(uri)s: status %(status)s.") % {"uri": uri, "status": status}
        yield _wrong(client, checked, found, remedy)
    else:
        yield topic.ok(checked, _("%(uri)s answers.") % {"uri": uri})


def _wrong(client: Client, checked: str, found: str, remedy: "_StrOrPromise") -> Finding:
    """Say so. What registered itself and does not work is nobody's here to mend."""
    make = topic.broken if client.is_registered_by_admin else topic.warning
    return make(checked, found, remedy)
