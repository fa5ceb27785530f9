"""Publish what clients can find out by themselves: metadata, keys, and what guards the API.

OpenID Connect Discovery 1.0, RFC 8414 and RFC 9728. Every entry is true: it is read from what the
server really does.
"""

import json
import re
from math import inf
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.entrance import sign_up_rule
from accounts.entrance.sign_up_rule import Mode
from accounts.oauth_server.authorization import request_objects
from accounts.oauth_server.clients import assertions
from accounts.oauth_server.models import Client, SigningKey
from accounts.oauth_server.models.client import GRANT_TYPES
from accounts.oauth_server.models.signing_key import ALGORITHMS, JWKS_KEPT, JWKS_LIFETIME
from accounts.oauth_server.registration import documents, registration
from accounts.oauth_server.rules import resources
from accounts.oauth_server.rules.response_modes import RESPONSE_MODES
from accounts.oauth_server.rules.scopes import SCOPES, claims_of, of_api, of_tools, of_userinfo
from accounts.oauth_server.rules.token_types import ID_JAG
from accounts.oauth_server.wire import dpop
from accounts.oauth_server.wire.endpoint import json_response
from accounts.sessions.sign_in import ACR_VALUES
from accounts.site.kept_answers import SameForAll

MAX_AGE = int(JWKS_LIFETIME.total_seconds())  # that a client may keep metadata and keys

CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post", "private_key_jwt"]


@require_safe
def authorization_server(request: HttpRequest) -> HttpResponse:
    """Publish one document at both addresses: OpenID discovery and RFC 8414."""
    return _public(server_metadata())


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """Publish the public halves of the signing keys (RFC 7517 section 5)."""
    return _public(SigningKey.objects.jwk_set(), seconds=JWKS_KEPT.total_seconds())


@require_safe
def protected_resource(request: HttpRequest) -> HttpResponse:
    """Publish what guards the API (RFC 9728 section 3)."""
    return _guarded(resources.API, f"{settings.SITE_NAME} API", of_api())


@require_safe
def userinfo_resource(request: HttpRequest) -> HttpResponse:
    """Publish what guards the userinfo endpoint, whose challenges lead here."""
    return _guarded(resources.USERINFO, f"{settings.SITE_NAME} userinfo", of_userinfo())


@require_safe
def mcp_resource(request: HttpRequest) -> HttpResponse:
    """Publish what guards the API as tools of the Model Context Protocol, where it is there."""
    if not settings.MCP:
        raise Http404
    return _guarded(resources.MCP, f"{settings.SITE_NAME} MCP", of_tools())


def _guarded(path: str, name: str, scopes: list[str]) -> HttpResponse:
    return _public(
        {
            "resource": f"{settings.SITE_URL}{path}",
            "resource_name": name,
            "authorization_servers": [settings.SITE_URL],
            "bearer_methods_supported": ["header"],
            "scopes_supported": scopes,  # agents ask for all that stands here
            "dpop_signing_alg_values_supported": dpop.ALGORITHMS,
        }
    )


# draft-ietf-oauth-identity-assertion-authz-grant section 7.2.
_ID_JAG_PROFILE = "urn:ietf:params:oauth:grant-profile:id-jag"
ISSUER = "http://openid.net/specs/connect/1.0/issuer"
_HOST_OF = re.compile(
    r"(?:acct|mailto):[^@]+@(?P<of_account>[^@/?#]+)|https?://(?P<host>[^/?#]+).*"
)


@require_safe
def webfinger(request: HttpRequest) -> HttpResponse:
    """Say at which issuer whoever has a name here signs in (RFC 7033, OpenID Connect Discovery
    section 2): the same of every name, so that nobody learns who has an account."""
    resource = request.GET.get("resource", "")
    if not resource:
        return _webfinger_error("resource is missing: whom is this about?", 400)
    found = _HOST_OF.fullmatch(resource)
    host = (found["of_account"] or found["host"]).lower() if found else ""
    if host not in {
        urlsplit(settings.SITE_URL).netloc.lower(),
        *map(str.lower, settings.WEBFINGER_DOMAINS),
    }:
        return _webfinger_error("resource is of a domain whose people do not sign in here.", 404)
    asked = request.GET.getlist("rel")
    links = [{"rel": ISSUER, "href": settings.SITE_URL}] if ISSUER in (asked or [ISSUER]) else []
    response = JsonResponse({"subject": resource, "links": links})
    response["Content-Type"] = "application/jrd+json"
    response["Access-Control-Allow-Origin"] = "*"  # RFC 7033 section 5
    return response


def _webfinger_error(description: str, status: int) -> HttpResponse:
    return json_response({"error": "invalid_request", "error_description": description}, status)


def server_metadata() -> dict[str, Any]:
    """Return the metadata of RFC 8414 section 2 and OpenID Connect Discovery section 3."""
    return {
        "issuer": settings.SITE_URL,
        "authorization_endpoint": _url("authorize"),
        "pushed_authorization_request_endpoint": _url("pushed-authorization-request"),
        "require_pushed_authorization_requests": False,
        "device_authorization_endpoint": _url("device-authorization"),
        "token_endpoint": _url("token"),
        "revocation_endpoint": _url("revoke"),
        "introspection_endpoint": _url("introspect"),
        "userinfo_endpoint": _url("userinfo"),
        "end_session_endpoint": _url("logout"),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        **({"registration_endpoint": _url("register")} if registration.is_open() else {}),
        "client_id_metadata_document_supported": documents.is_open(),
        "jwks_uri": _url("jwks"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "prompt_values_supported": _prompts(),
        **({"op_policy_uri": settings.PRIVACY_URL} if settings.PRIVACY_URL else {}),
        **({"op_tos_uri": settings.TERMS_URL} if settings.TERMS_URL else {}),
        "ui_locales_supported": [code for code, _ in settings.LANGUAGES],
        "acr_values_supported": list(ACR_VALUES),
        "grant_types_supported": list(GRANT_TYPES),
        "identity_chaining_requested_token_types_supported": [ID_JAG],
        "authorization_grant_profiles_supported": [_ID_JAG_PROFILE],
        "token_endpoint_auth_methods_supported": [*CLIENT_AUTHENTICATION, "none"],
        "revocation_endpoint_auth_methods_supported": [*CLIENT_AUTHENTICATION, "none"],
        "introspection_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        # Of the assertions with which clients prove themselves (RFC 8414 section 2).
        **{
            f"{endpoint}_endpoint_auth_signing_alg_values_supported": assertions.ALGORITHMS
            for endpoint in ("token", "revocation", "introspection")
        },
        "introspection_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": dpop.ALGORITHMS,
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": list(Client.SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": ALGORITHMS,
        "userinfo_signing_alg_values_supported": ALGORITHMS,
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *("iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "acr", "amr", "sid"),
            *claims_of(SCOPES),
        ],
        "claims_parameter_supported": True,
        "authorization_signing_alg_values_supported": ALGORITHMS,
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": request_objects.ALGORITHMS,
        "request_uri_parameter_supported": False,
    }


def _prompts() -> list[str]:
    """Return what `prompt` may be: "create" where newcomers may have an account."""
    known = ["none", "login", "consent", "select_account"]
    return known if sign_up_rule.of_site().mode is Mode.CLOSED else [*known, "create"]


def _url(name: str) -> str:
    return settings.SITE_URL + reverse(f"oauth_server:{name}")


def _public(document: dict[str, Any], *, seconds: float = inf) -> HttpResponse:
    """Publish a document. It is made of settings alone where it is not good for `seconds` only."""
    content = json.dumps(document).encode()
    response = SameForAll(content, content_type="application/json", seconds=seconds)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response
