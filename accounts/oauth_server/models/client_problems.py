"""Say what is wrong with a client, column by column. The model asks here, so nothing here imports
it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.rules import keys, profiles, redirect_uris, sectors
from accounts.oauth_server.rules.grant_types import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    FOR_ADMINS_TO_GIVE,
    GRANT_TYPES,
    REFRESH_TOKEN,
)
from accounts.oauth_server.rules.scopes import SCOPES, to_set
from accounts.text import display_names

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ONLY_VERIFIED = _("Only for an app that is verified: people have to be asked about any other.")


def of(client: Any) -> dict[str, Any]:
    """Return the problems of each column that has some."""
    problems: dict[str, Any] = {
        "name": display_names.problems(client.name),
        "redirect_uris": _redirect_uri_problems(client),
        **_sector_problems(client),
        **keys.problems(client.jwks, client.jwks_uri, signs=client.authenticates_by_assertion),
        "token_endpoint_auth_method": _authentication_problems(client),
        "pkce": _pkce_problems(client),
        "post_logout_redirect_uris": redirect_uris.problems(
            client.post_logout_redirect_uris, private_use=client.is_public
        ),
        "allowed_origins": redirect_uris.origin_problems(client.allowed_origins),
        "backchannel_logout_uri": redirect_uris.address_problems(client.backchannel_logout_uri),
        "grant_types": _grant_type_problems(client),
        "scopes": _unknown(
            client.scopes, SCOPES, gettext("“%(name)s” is not a scope of this site.")
        ),
        "default_scopes": _not_allowed(client, client.default_scopes),
        "required_scopes": _not_allowed(client, client.required_scopes),
        "initiate_login_uri": redirect_uris.address_problems(client.initiate_login_uri),
        "skip_authorization": _consent_problems(client),
        **client.group_claim_problems(),
        "refresh_token_idle_days": client.lifetime_problems(),
    }
    for column, found in _profile_problems(client).items():
        problems[column] = [*(problems.get(column) or []), *found]
    return {column: found for column, found in problems.items() if found}


def _profile_problems(client: Any) -> "dict[str, list[_StrOrPromise]]":
    if not client.is_fapi:
        return {}
    signed = ("algorithm", "userinfo_signed_response_alg")
    answers = ("authorization_signed_response_alg",) if client.signs_messages else ()
    return profiles.problems(
        is_public=client.is_public,
        signs=client.authenticates_by_assertion,
        sends_challenges=client.pkce == client.PKCE_REQUIRED,
        redirect_uris=client.redirect_uris.split(),
        algorithms={column: getattr(client, column) for column in (*signed, *answers)},
    )


def _consent_problems(client: Any) -> "list[_StrOrPromise]":
    return [ONLY_VERIFIED] if client.skip_authorization and not client.is_verified else []


def _pkce_problems(client: Any) -> list[str]:
    if not client.is_public or client.pkce == client.PKCE_REQUIRED:
        return []
    return [gettext("PKCE is required for public clients.")]


def _redirect_uri_problems(client: Any) -> list[str]:
    if client.allows_grant_type(AUTHORIZATION_CODE) and not client.redirect_uris.split():
        return [gettext("The authorization code grant needs at least one redirect URI.")]
    ours = f"{settings.SITE_URL}{reverse('admin:index')}".lower()
    own = [uri for uri in client.redirect_uris.split() if uri.lower().startswith(ours)]
    why = gettext("is an address of this site’s own admin, and no app’s.")
    found = [f"{uri}: {why}" for uri in own]
    return found + redirect_uris.problems(client.redirect_uris, private_use=client.is_public)


def _authentication_problems(client: Any) -> list[str]:
    if client.is_public or client.token_endpoint_auth_method != client.NO_AUTHENTICATION:
        return []
    return [gettext("A confidential client has to authenticate.")]


def _sector_problems(client: Any) -> dict[str, list[str]]:
    if client.sector_identifier_uri or client.subject_type != client.PAIRWISE:
        found = redirect_uris.address_problems(client.sector_identifier_uri)
        return {"sector_identifier_uri": found}
    return {"subject_type": sectors.problems(client.redirect_uris)}


def _grant_type_problems(client: Any) -> list[str]:
    words = gettext("“%(name)s” is not a grant type of this site.")
    found = _unknown(client.grant_types, GRANT_TYPES, words)
    if not client.grant_types.split():
        found.append(gettext("Choose at least one grant type."))
    if client.is_public and client.allows_grant_type(CLIENT_CREDENTIALS):
        found.append(
            gettext(
                "A public client cannot use the client credentials grant, because it has no secret."
            )
        )
    if client.is_public and client.allows_grant_type(*FOR_ADMINS_TO_GIVE):
        found.append(
            gettext(
                "A public client cannot act for people by tokens of others, because it has no "
                "secret."
            )
        )
    with_people = (AUTHORIZATION_CODE, DEVICE_CODE)
    if client.allows_grant_type(REFRESH_TOKEN) and not client.allows_grant_type(*with_people):
        found.append(
            gettext(
                "The refresh token grant needs the authorization code or the device code grant."
            )
        )
    return found


def _not_allowed(client: Any, scopes: str) -> list[str]:
    beyond = to_set(scopes) - to_set(client.scopes)
    return [
        gettext("“%(scope)s” is not among the allowed scopes.") % {"scope": scope}
        for scope in sorted(beyond)
    ]


def _unknown(listed: str, known: Iterable[str], words: str) -> list[str]:
    return [words % {"name": name} for name in sorted(to_set(listed) - set(known))]
