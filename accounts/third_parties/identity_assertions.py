"""Believe an identity provider that vouches for a person to this site, so that an app may act for
them here (draft-ietf-oauth-identity-assertion-authz-grant section 6): the providers that an admin
trusts with that, and nobody else.

Nobody was asked here, so no sign-in stands behind what comes of it. A person is known by the
provider and its subject alone: who has an account with that address connects it themselves.
"""

from dataclasses import dataclass
from typing import Any

import jwt
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.entrance import sign_up_rule
from accounts.groups import membership, rules
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import Connection, Proof
from accounts.security_events.record import RecordedClient, record
from accounts.text.cleaning import storable
from accounts.text.email_addresses import normalise
from accounts.text.names import one_line, shortened
from accounts.third_parties import errors
from accounts.third_parties.errors import SetUpWrong, ThirdPartyMisbehaved, ThirdPartyUnavailable
from accounts.third_parties.openid_connect import issuer, signed
from accounts.third_parties.registration import ASSERTIONS, OPENID_CONNECT

__all__ = ["Asserted", "Refused", "ThirdPartyUnavailable", "person", "read"]

TYPE = "oauth-id-jag+jwt"
_REQUIRED = ["iss", "sub", "aud", "client_id", "jti", "exp", "iat"]
_LONGEST = 3600  # seconds from iat to exp
_SUBJECT_LENGTH = 191  # of SocialAccount.uid


class Refused(Exception):
    """Refuse an assertion; says why in words that a developer may read."""


@dataclass(frozen=True)
class Asserted:
    """Hold the claims of an assertion that `app`, a trusted provider, signed for this site."""

    app: SocialApp
    claims: dict[str, Any]

    @property
    def provider(self) -> str:
        return str(self.app.provider_id)

    @property
    def uid(self) -> str:
        """Return by what the person is known at the provider, as when they sign in. Raises
        Refused."""
        name = self.app.settings.get("uid_field", "sub")
        told = self.claims.get(name)
        if not isinstance(told, str) or not told or told != storable(told):
            raise Refused(f"{name} is no text")
        if len(told) > _SUBJECT_LENGTH:
            raise Refused(f"{name} is too long, over {_SUBJECT_LENGTH} characters")
        return told

    def words(self, name: str) -> list[str]:
        """Return what a claim lists, split by spaces; [] where it is not there. Raises Refused."""
        told = self.claims.get(name, "")
        if not isinstance(told, str):
            raise Refused(f"{name} is not a string")
        return told.split()

    def resources(self) -> list[str]:
        """Return the resources that it is for. Raises Refused."""
        told = self.claims.get("resource", [])
        named = [told] if isinstance(told, str) else told
        if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
            raise Refused("resource is neither a string nor a list of such")
        return named

    def key(self) -> str:
        """Return the thumbprint of the key that it is bound to, "" for none. Raises Refused."""
        told = self.claims.get("cnf", {})
        key = told.get("jkt") if isinstance(told, dict) else None
        if "cnf" not in self.claims:
            return ""
        if not isinstance(key, str) or not key:
            raise Refused("cnf has no jkt, which is the only way to bind it that is known here")
        return key


def read(unverified: str) -> Asserted:
    """Return an assertion whose signature, issuer, audience and times are right. Calls the provider
    where its keys are not known yet: not to be called in a transaction.

    Raises Refused, and ThirdPartyUnavailable where the keys cannot be had.
    """
    app = _trusted(_unverified_issuer(unverified))
    try:
        metadata = issuer.metadata(app.settings.get("server_url", ""))
        claims = signed.verify(
            unverified,
            what="assertion",
            required=_REQUIRED,
            metadata=metadata,
            client_id=[settings.SITE_URL, f"{settings.SITE_URL}/"],
        )
    except requests.RequestException as error:
        raise _of_call(error) from error
    except (ThirdPartyMisbehaved, SetUpWrong) as error:
        raise Refused(str(error)) from error
    _check(claims)
    return Asserted(app, claims)


def _of_call(error: requests.RequestException) -> Exception:
    problem = errors.translate(error, reading=True)
    return problem if isinstance(problem, ThirdPartyUnavailable) else Refused(str(problem))


def _unverified_issuer(unverified: str) -> str:
    try:
        kind = jwt.get_unverified_header(unverified).get("typ")
        told = jwt.decode(unverified, options={"verify_signature": False}).get("iss")
    except (jwt.PyJWTError, RecursionError) as error:  # the latter by JSON that is nested too deep
        raise Refused("it is no JWT that can be read") from error
    if str(kind).lower().removeprefix("application/") != TYPE:  # RFC 8725 section 3.11
        raise Refused(f"its type (typ) is not {TYPE}")
    if not isinstance(told, str) or told.rstrip("/") == settings.SITE_URL:
        # Section 8.3: what it vouched for itself would widen what a client was allowed.
        raise Refused("its issuer is not another server")
    return told


def _trusted(told: str) -> SocialApp:
    for app in get_adapter().list_apps(None):
        if app.provider != OPENID_CONNECT or app.settings.get(ASSERTIONS) is not True:
            continue
        address = str(app.settings.get("server_url", "")).partition(issuer.WELL_KNOWN)[0]
        if address.rstrip("/") == told.rstrip("/"):
            return app
    raise Refused("no provider of this site is trusted to vouch for people by that issuer")


def _check(claims: dict[str, Any]) -> None:
    if isinstance(claims["aud"], list) and len(claims["aud"]) != 1:
        raise Refused("it is for others as well (aud)")
    for name in ("client_id", "jti"):
        told = claims[name]
        if not isinstance(told, str) or not told or told != storable(told):
            raise Refused(f"{name} is no text")
    if int(claims["exp"]) - int(claims["iat"]) > _LONGEST:
        raise Refused("exp is more than an hour after iat")


def person(asserted: Asserted, client: RecordedClient) -> User:
    """Return the person whom an assertion names, under their lock: one who connected the provider,
    or somebody new, where the provider vouches for their address and sign-up is open to it.

    In a transaction. `client` is who asks. Raises Refused.
    """
    found = _connected(asserted) or _made(asserted, client)
    held = User.objects.lock(found.user_id)
    if held is None:
        raise Refused("the person’s account here is off")
    return held


def _connected(asserted: Asserted) -> SocialAccount | None:
    known = SocialAccount.objects.filter(provider=asserted.provider, uid=asserted.uid)
    return known.first()


def _made(asserted: Asserted, client: RecordedClient) -> SocialAccount:
    email = _new_address(asserted)
    name = asserted.claims.get("name")
    shown = shortened(one_line(storable(name)), 150) if isinstance(name, str) else ""
    try:
        with transaction.atomic():
            new = User.objects.create_user(email, name=shown)
            EmailAddress.objects.create(user=new, email=email, verified=True, primary=True)
            account = SocialAccount.objects.create(
                user=new,
                provider=asserted.provider,
                uid=asserted.uid,
                extra_data={"id_token": {"sub": asserted.claims["sub"], "email": email}},
            )
    except IntegrityError as error:  # another request made somebody at the same moment
        if meanwhile := _connected(asserted):
            return meanwhile
        raise Refused("somebody else took that address right now") from error
    proof = Proof(("third_party",), provider=asserted.provider)
    told: dict[str, Any] = {"actor": Actor.CLIENT, "user": new, "client": client}
    record(Event.SIGNED_UP, details=proof, **told)
    record(Event.CONNECTION_ADDED, details=Connection(asserted.provider), **told)
    membership.follow_rules(new, rules.due(new))
    return account


def _new_address(asserted: Asserted) -> str:
    """Return the address of somebody new. Raises Refused."""
    unknown = "nobody here has connected that account of the provider. The person has to sign in "
    told = asserted.claims.get("email")
    is_trusted = asserted.app.settings.get("email_authentication") is True
    if not isinstance(told, str) or asserted.claims.get("email_verified") is not True:
        raise Refused(f"{unknown}here once, or the assertion to have a verified address (email)")
    try:
        email = normalise(storable(told))
        validate_email(email)
    except ValidationError as error:
        raise Refused("email is no address") from error
    if not is_trusted or not sign_up_rule.of_app(asserted.app).admits(email):
        raise Refused(f"{unknown}here once: accounts are not made for people of that provider")
    if User.objects.is_taken(email) or User.objects.filter(email=email).exists():
        raise Refused(f"{unknown}here once and connect it: somebody has that address here")
    return email
