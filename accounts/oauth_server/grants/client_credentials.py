"""Issue tokens to clients that act for themselves: the client credentials grant (RFC 6749 section
4.4)."""

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.clients.authentication import authenticate_for
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.rules import grant_types
from accounts.oauth_server.rules.scopes import Holder
from accounts.oauth_server.tokens import issuing
from accounts.oauth_server.wire.asked_resources import sole_target
from accounts.oauth_server.wire.asked_scopes import asked_scopes
from accounts.oauth_server.wire.form import Form
from accounts.security_events.record import record


def answer(request: Form) -> issuing.TokenAnswer:
    refuse_repeated(request)
    client = authenticate_for(grant_types.CLIENT_CREDENTIALS, request)
    target = sole_target(client, Holder.CLIENT, request)
    scopes = asked_scopes(client, Holder.CLIENT, request, target.scopes)
    key = bound_keys.proven_key(client, request)
    issued = issuing.issue_to_client(client, scopes, key=key, target=target)
    record(Event.TOKEN_ISSUED, actor=Actor.CLIENT, client=client, beside=issued.writes)
    return issued.answer
