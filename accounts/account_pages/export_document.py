"""Write all that this site keeps about a person as one JSON document that they can take away.

The document is made while it is sent, as a person may have very many security events; everything
else is bounded. It never holds a secret: no password, token or key, not even its digest.
docs/personal-tokens-and-export.md tells its shape; VERSION changes when that does.
"""

import json
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Invitation, SecurityEvent, Session, User
from accounts.network.places import place
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.models import Authorization, PairwiseSubject, PersonalToken
from accounts.oauth_server.rules.scopes import to_set
from accounts.site.provider_names import provider_names
from accounts.third_parties.claims import without_secrets

FORMAT, VERSION = "latchkey-account-export", 4
_EVENTS_AT_ONCE = 500

_NOT_IN_PROFILE = {"id", "password", "delete_after"}


def document(user: User) -> Iterator[str]:
    """Yield the document, piece by piece."""
    head = json.dumps(_head(user), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    yield head.removesuffix("\n}") + ',\n "security_events": ['
    separator = "\n  "
    for event in _events(user):
        yield separator + json.dumps(event, cls=DjangoJSONEncoder, ensure_ascii=False)
        separator = ",\n  "
    yield "\n ]\n}\n"


def _head(user: User) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "site": settings.SITE_URL,
        "exported": timezone.now(),
        "profile": _profile(user),
        "email_addresses": _rows(EmailAddress.objects, user, "email", "verified", "primary"),
        "sign_in_methods": _sign_in_methods(user),
        "connections": _connections(user),
        "sessions": _rows(
            *(Session.objects, user, "started", "last_seen", "expire_date", "address"),
            "user_agent",
        ),
        "apps": [_app(each) for each in _authorizations(user)],
        "subjects": _rows(PairwiseSubject.objects, user, "sector", "sub"),
        "personal_tokens": _rows(
            *(PersonalToken.objects, user, "name", "scope", "created", "expires", "last_used"),
            "last_address",
        ),
        "invitations": [_invitation(each) for each in Invitation.objects.of_person(user)],
    }


def _invitation(invitation: Invitation) -> dict[str, Any]:
    columns = ("email", "state", "made_at", "sent_at", "expires", "withdrawn_at", "used_at")
    return {name: getattr(invitation, name) for name in columns}


def _rows(rows: Any, user: User, *columns: str) -> list[dict[str, Any]]:
    return [_placed(row) for row in rows.filter(user=user).order_by("pk").values(*columns)]


def _placed(row: dict[str, Any]) -> dict[str, Any]:
    """Return `row` with about where its address is, if it has one and that is known."""
    near = place(row.get("address") or row.get("last_address") or "")
    return row | {"near": near} if near else row


def _profile(user: User) -> dict[str, Any]:
    """Return every column of the person but for those of _NOT_IN_PROFILE, so that none is
    forgotten."""
    columns = [field.attname for field in User._meta.concrete_fields]
    told = {name: getattr(user, name) for name in columns if name not in _NOT_IN_PROFILE}
    return told | {"groups": list(user.groups.values_list("name", flat=True))}


def _sign_in_methods(user: User) -> list[dict[str, Any]]:
    methods: list[dict[str, Any]] = []
    if user.has_usable_password():
        methods.append({"type": "password", "name": "", "created": None, "last_used": None})
    for row in Authenticator.objects.filter(user=user).order_by("pk"):
        name = row.wrap().name if row.type == Authenticator.Type.WEBAUTHN else ""
        dates = {"created": row.created_at, "last_used": row.last_used_at}
        methods.append({"type": row.type, "name": name} | dates)
    return methods


def _connections(user: User) -> list[dict[str, Any]]:
    names = provider_names()
    return [
        {
            "provider": each.provider,
            "name": names.get(each.provider, each.provider),
            "account": each.uid,
            "connected": each.date_joined,
            "last_used": each.last_login,
            "told": without_secrets(each.extra_data),
        }
        for each in SocialAccount.objects.filter(user=user).order_by("pk")
    ]


def _authorizations(user: User) -> QuerySet[Authorization]:
    return Authorization.objects.filter(user=user).select_related("client", "user").order_by("pk")


def _app(authorization: Authorization) -> dict[str, Any]:
    facts = {
        "client_id": authorization.client.client_id,
        "name": authorization.client.name,
        "kind": authorization.client.kind,
        "registered_by": authorization.client.registration_source,
        "software_id": authorization.client.software_id,
        "software_version": authorization.client.software_version,
        "resources": authorization.resources,
        "knows_you_as": subject_for(authorization.user, authorization.client),
        "scopes": sorted(to_set(authorization.scope)),
        "vouched_by": authorization.vouched_by,
        "vouched_scopes": sorted(to_set(authorization.vouched_scope)),
        "acting_by_it": [row.client.name for row in authorization.delegations.all()],
        "since": authorization.created,
        "last_used": authorization.last_used,
        "last_address": authorization.last_address,
    }
    return _placed(facts)


def _events(user: User) -> Iterator[dict[str, Any]]:
    events = SecurityEvent.objects.filter(user=user).order_by("-pk")
    yield from map(_event, events.iterator(chunk_size=_EVENTS_AT_ONCE))


def _event(event: SecurityEvent) -> dict[str, Any]:
    """Return its columns, but not from where an admin acted."""
    columns = ("at", "kind", "outcome", "actor", "details", "client_public_id")
    is_hidden = event.is_by_an_admin
    where = {name: "" if is_hidden else getattr(event, name) for name in ("address", "user_agent")}
    return _placed({name: getattr(event, name) for name in columns} | where)
