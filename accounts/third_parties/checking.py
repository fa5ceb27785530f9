"""Check a third party as it is set up: that it answers, is who it says, has keys and takes this
site's credentials. Calls it, so that it is asked outside of a transaction; nobody is signed in.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from allauth.socialaccount.models import SocialApp
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.network import jwk_sets
from accounts.third_parties.errors import SetUpWrong, ThirdPartyError, as_set_up
from accounts.third_parties.openid_connect import issuer
from accounts.third_parties.registration import OPENID_CONNECT
from accounts.third_parties.session import ThirdPartySession

_SKEW = 60  # seconds: what is borne of the times in its ID tokens
_NO_CODE = "check-of-this-sites-credentials"  # a code that no server has issued

# What a token endpoint says of that code where it has taken the credentials (RFC 6749 section 5.2),
# where it has not, and where it knows another callback URL; GitHub has words of its own.
_TAKEN = {"invalid_grant", "bad_verification_code"}
_NOT_TAKEN = {"invalid_client", "unauthorized_client", "incorrect_client_credentials"}
_OTHER_CALLBACK = {"redirect_uri_mismatch"}


class State(StrEnum):
    FINE = "fine"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """Say what was looked at, what was found, and what to do where that is not fine."""

    what: str
    state: State
    found: str
    remedy: str = ""

    @property
    def said(self) -> str:
        """Return the state in words."""
        return {
            State.FINE: _("Fine"),
            State.WARNING: _("Warning"),
            State.BROKEN: _("Broken"),
        }[self.state]


def check(request: HttpRequest, app: SocialApp, provider: Any) -> list[Finding]:
    """Check `app`, whose secrets are open, as `provider` uses it."""
    findings: list[Finding] = []
    is_openid = app.provider == OPENID_CONNECT
    for finding in _of_issuer(app) if is_openid else ():
        findings.append(finding)
    if passed(findings):
        findings += _credentials(request, app, provider)
    return findings


def passed(findings: list[Finding]) -> bool:
    return all(finding.state is not State.BROKEN for finding in findings)


def _of_issuer(app: SocialApp) -> Iterator[Finding]:
    server_url = str(app.settings.get("server_url", ""))
    name = server_url.partition(issuer.WELL_KNOWN)[0].rstrip("/")
    try:
        response = _get(name + issuer.WELL_KNOWN)
        found = _as_object(response)
    except ThirdPartyError as error:
        yield Finding(
            _("Discovery"),
            State.BROKEN,
            f"{name}{issuer.WELL_KNOWN}: {error.said}.",
            _(
                "Compare the issuer with its documentation, to the letter, and see that this "
                "machine can reach it and trusts its certificate."
            ),
        )
        return
    yield Finding(
        _("Discovery"),
        State.FINE,
        _("%(name)s%(path)s answers.") % {"name": name, "path": issuer.WELL_KNOWN},
    )
    try:
        issuer.check(found, name)
    except ThirdPartyError as error:
        yield Finding(
            _("Issuer"),
            State.BROKEN,
            f"{error.said}.",
            _("Enter the issuer as it calls itself: %(said)s.")
            % {"said": _said(found.get("issuer"))},
        )
        return
    yield Finding(
        _("Issuer"),
        State.FINE,
        _("It calls itself %(name)s, and its endpoints are its own.") % {"name": name},
    )
    yield _connection(name)
    yield _clock(response)
    yield from _keys(found)
    yield from _offers(found)


def _connection(name: str) -> Finding:
    if urlsplit(name).scheme == "https":
        return Finding("TLS", State.FINE, _("The certificate is valid and trusted."))
    return Finding(
        "TLS",
        State.WARNING,
        _("It is called without TLS, on this machine."),
        _("For development only."),
    )


def _clock(response: requests.Response) -> Finding:
    try:
        told = parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        return Finding(_("Clock"), State.WARNING, _("Its answer has no date to compare with."))
    apart = round(abs(told - time.time()))
    if apart <= _SKEW:
        return Finding(
            _("Clock"),
            State.FINE,
            _("Its clock and this machine's are %(apart)s s apart.") % {"apart": apart},
        )
    return Finding(
        _("Clock"),
        State.BROKEN,
        _("Its clock and this machine's are %(apart)s s apart.") % {"apart": apart},
        _("Set this machine's clock by NTP: its ID tokens look expired, or not yet valid."),
    )


def _keys(found: dict[str, Any]) -> Iterator[Finding]:
    try:
        problems = jwk_sets.problems(_as_object(_get(found["jwks_uri"])))
    except ThirdPartyError as error:
        problems = [f"{found['jwks_uri']}: {error.said}."]
    if problems:
        yield Finding(
            _("Keys"),
            State.BROKEN,
            " ".join(problems),
            _("It has to sign with one of %(list)s.") % {"list": ", ".join(jwk_sets.ALGORITHMS)},
        )
    else:
        yield Finding(_("Keys"), State.FINE, _("Its ID tokens can be verified."))


def _offers(found: dict[str, Any]) -> Iterator[Finding]:
    """Look at what the metadata say that it can do (Discovery section 3, RFC 8414 section 2)."""
    signs = found.get("id_token_signing_alg_values_supported")
    if isinstance(signs, list) and not set(map(str, signs)) & set(jwk_sets.ALGORITHMS):
        yield Finding(
            _("Signatures"),
            State.BROKEN,
            _("It signs with %(said)s.") % {"said": ", ".join(map(str, signs))},
            _("This site verifies %(list)s.") % {"list": ", ".join(jwk_sets.ALGORITHMS)},
        )
    challenges = found.get("code_challenge_methods_supported")
    if not isinstance(challenges, list) or "S256" not in challenges:
        yield Finding(
            "PKCE",
            State.WARNING,
            _("It does not say that it checks PKCE (S256)."),
            _("This site sends a challenge all the same, and a nonce."),
        )
    answers = found.get("response_types_supported")
    if isinstance(answers, list) and "code" not in answers:
        yield Finding(
            _("Flow"),
            State.BROKEN,
            _("It does not offer the authorization code flow."),
            _("Allow the response type “code” for this site there."),
        )


def _credentials(request: HttpRequest, app: SocialApp, provider: Any) -> list[Finding]:
    """Redeem a code that does not exist: what is said of it tells whether the client ID and the
    secret were taken."""
    what = _("Client ID and secret")
    try:
        error = _error_of(_redeem(request, app, provider))
    except SetUpWrong as failure:
        remedy = _("Enter its settings and keys again, as its documentation says.")
        return [Finding(_("Settings"), State.BROKEN, f"{failure.said}.", remedy)]
    except ThirdPartyError as failure:
        return [
            Finding(
                _("Token endpoint"),
                State.BROKEN,
                f"{failure.said}.",
                _("See that this machine can reach it."),
            )
        ]
    if error in _TAKEN:
        return [Finding(what, State.FINE, _("They were accepted."))]
    if error in _NOT_TAKEN:
        return [
            Finding(
                what,
                State.BROKEN,
                _("They were refused (%(error)s).") % {"error": error},
                _("Enter both again, as its pages show them. A secret may have expired."),
            )
        ]
    if error in _OTHER_CALLBACK:
        return [
            Finding(
                _("Callback URL"),
                State.BROKEN,
                _("It knows another one (%(error)s).") % {"error": error},
                _("Register the callback URL there, to the letter."),
            )
        ]
    return [
        Finding(
            what,
            State.WARNING,
            _("It does not say (%(said)s).") % {"said": _said(error) or _("no error")},
            _("Try a sign-in to be sure."),
        )
    ]


def _redeem(request: HttpRequest, app: SocialApp, provider: Any) -> requests.Response:
    with as_set_up():
        url, data, auth = _asked(request, app, provider)
    with ThirdPartySession() as session:
        return session.post(url, data=data, auth=auth, headers={"Accept": "application/json"})


def _asked(
    request: HttpRequest, app: SocialApp, provider: Any
) -> tuple[str, dict[str, str], requests.auth.HTTPBasicAuth | None]:
    """Return where the code is redeemed, with what, and by which credentials in the head."""
    client = provider.get_oauth2_adapter(request).get_client(request, app)
    made = getattr(client, "generate_client_secret", None)  # Apple's is a JWT
    secret = made() if made else client.consumer_secret
    data = {"grant_type": "authorization_code", "code": _NO_CODE, "code_verifier": "0" * 43}
    data["redirect_uri"] = client.callback_url
    if client.basic_auth:
        auth = requests.auth.HTTPBasicAuth(client.consumer_key, secret)
        return client.access_token_url, data, auth
    data |= {client.client_id_parameter: client.consumer_key, "client_secret": secret}
    return client.access_token_url, data, None


def _error_of(response: requests.Response) -> str:
    try:
        told = json.loads(response.text)
    except ValueError:
        told = {name: values[0] for name, values in parse_qs(response.text).items()}
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, str) else ""


def _get(url: str) -> requests.Response:
    with ThirdPartySession() as session:
        response = session.get(url)
    if response.status_code != requests.codes.ok:
        raise ThirdPartyError(gettext_noop("status %(status)s"), status=response.status_code)
    return response


def _as_object(response: requests.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError as error:
        raise ThirdPartyError(gettext_noop("no JSON")) from error
    if not isinstance(found, dict):
        raise ThirdPartyError(gettext_noop("no JSON object"))
    return found


def _said(value: Any) -> str:
    """Return what it says in a length for a page."""
    return str(value or "")[:200]
