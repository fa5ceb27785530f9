"""Show an admin what a client receives of a person: made by what makes it, and written nowhere."""

import json
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.oauth_server.claims import release
from accounts.oauth_server.models import AccessToken, Authorization, Client, PairwiseSubject
from accounts.oauth_server.models.access import is_open
from accounts.oauth_server.presented import Introspected
from accounts.oauth_server.rules.scopes import Holder, to_set, to_text
from accounts.oauth_server.tokens import id_tokens
from accounts.oauth_server.tokens.granted import Granted
from accounts.oauth_server.views import introspection, userinfo
from accounts.sessions.sign_in import SignIn
from accounts.staff.model_admin import ModelAdmin
from accounts.text.email_addresses import searchable

_NOT_YET = _("(made when the person first uses the app)")


def page(
    request: HttpRequest, client: Client, people: ModelAdmin, context: dict[str, Any]
) -> HttpResponse:
    """Show it of the person whose address or `sub` the address of the page names."""
    if not people.has_view_permission(request):
        raise PermissionDenied
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    typed = request.GET.get("person", "").strip()
    person = _find(people, request, typed) if typed else None
    told: dict[str, Any] = _received(person, client) if person else {}
    words = {
        "title": gettext("What %(name)s receives") % {"name": client.name},
        "typed": typed,
        "person": person,
    }
    return render(
        request,
        "admin/oauth_server/client/preview.html",
        context | words | told | {"original": client, "opts": client._meta},
        status=404 if typed and person is None else 200,
    )


def _find(people: ModelAdmin, request: HttpRequest, typed: str) -> User | None:
    """Return the person, of those whom this admin may view."""
    rows = people.get_queryset(request).filter(Q(sub=typed) | Q(email=searchable(typed)))
    found: User | None = rows.first()
    return found if found and people.has_view_permission(request, found) else None


def _received(person: User, client: Client) -> dict[str, Any]:
    """Return what a sign-in would tell: with the scopes that the person allowed, or with all that
    the client may ask for where they have not decided."""
    authorization = Authorization.objects.filter(user=person, client=client).first()
    may_have = client.allowed_scopes(Holder.PERSON)
    scopes = may_have & to_set(authorization.scope) if authorization else may_have
    return {
        "is_open": person.is_active and client.is_active and is_open(client, person),
        "is_allowed": authorization is not None,
        "scopes": to_text(scopes),
        "documents": [
            (title, json.dumps(told, indent=2, ensure_ascii=False) if told else "")
            for title, told in _documents(person, client, scopes).items()
        ],
    }


def _documents(person: User, client: Client, scopes: frozenset[str]) -> dict[str, dict[str, Any]]:
    is_new = client.subject_type == client.PAIRWISE and not _is_known(person, client)
    with transaction.atomic():
        told = {
            "ID token": _id_token(person, client, scopes) if "openid" in scopes else {},
            "UserInfo": _userinfo(person, client, scopes) if "openid" in scopes else {},
            "Introspection": _introspection(person, client, scopes),
        }
        transaction.set_rollback(True)  # a look makes nobody's pairwise identifier
    if is_new:
        return {
            name: each | {"sub": str(_NOT_YET)} if each else each for name, each in told.items()
        }
    return told


def _is_known(person: User, client: Client) -> bool:
    return PairwiseSubject.objects.filter(user=person, sector=client.sector).exists()


def _id_token(person: User, client: Client, scopes: frozenset[str]) -> dict[str, Any]:
    authorization = Authorization(user=person, client=client, scope=to_text(scopes))
    sign_in = SignIn(timezone.now(), ("pwd",), uuid.uuid4().hex)
    granted = Granted(authorization, scopes, uuid.uuid4(), sign_in)
    return id_tokens.claims(granted, "an access token", client.algorithm)


def _userinfo(person: User, client: Client, scopes: frozenset[str]) -> dict[str, Any]:
    return userinfo.signable(release.claims(person, client, scopes), client)


def _introspection(person: User, client: Client, scopes: frozenset[str]) -> dict[str, Any]:
    now = timezone.now()
    token = AccessToken(
        scope=to_text(scopes),
        created=now,
        expires=now + client.access_token_lifetime,
        **SignIn(now, ("pwd",), uuid.uuid4().hex).columns(),
    )
    return introspection.describe(Introspected(True, token, client, person))
