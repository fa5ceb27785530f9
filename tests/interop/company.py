"""A company's identity provider: this very project once more, which vouches for Dora to the site,
so that an agent acts for her there without asking her (ID-JAG)."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from config.instance import Instance, free_ports, prepare, running
from tests.interop.person import Person
from tests.interop.site import REDIRECT_URI, Known, perform

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECRET = "the secret of the agent, of more than forty characters"
_EMAIL = "dora@company.example"
_AGENT, _SITE, _THERE = "agent-of-the-company", "latchkey", "agent-of-a-company"


@contextmanager
def company(folder: Path, known: Known) -> Iterator[dict[str, Any]]:
    """Serve it over `folder`, with Dora and the agent, known to the site as a third party. Yields
    what the agent knows of both."""
    (port,) = free_ports(1)
    instance = Instance("Company", port, folder, {"COOKIE_PREFIX": "company"})
    prepare(instance)
    secret = folder / "agent.secret"
    secret.write_text(_SECRET)
    with running(instance):
        dora, _ = perform(
            instance,
            ["create_person", "--email", _EMAIL, "--name", "Dora"],
            ["apply_config", str(_file(folder, "company", _at_company(secret, known))), "--json"],
        )
        known.perform(
            ["apply_config", str(_file(folder, "site", _at_site(secret, instance.url))), "--json"]
        )
        person = Person(instance.url, _EMAIL, dora["password"])
        yield {
            "issuer": instance.url,
            "id_token": _id_token(instance.url, person),
            "here": {"client_id": _AGENT, "client_secret": _SECRET},
            "there": {"client_id": _THERE, "client_secret": _SECRET},
        }


def _at_company(secret: Path, known: Known) -> dict[str, Any]:
    agent = {
        "client_id": _AGENT,
        "name": "Agent",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", _EXCHANGE],
        "client_secret": {"file": str(secret)},
    }
    callback = f"{known.issuer}/accounts/oidc/company/login/callback/"
    site = {"client_id": _SITE, "name": "Latchkey", "redirect_uris": [callback]}
    policy = {
        "client": _AGENT,
        "audience": known.issuer,
        "client_there": _THERE,
        "relying_party": _SITE,
        "scopes": ["notes.read", "notes.write"],
        "resources": [known.notes["url"]],
    }
    return {"clients": [agent, site], "cross_app_policies": [policy]}


def _at_site(secret: Path, issuer: str) -> dict[str, Any]:
    provider = {
        "provider": "openid_connect",
        "provider_id": "company",
        "name": "Company",
        "server_url": issuer,
        "client_id": _SITE,
        "trusted_email": True,
        "identity_assertions": True,
    }
    agent = {
        "client_id": _THERE,
        "name": "Agent of a company",
        "grant_types": [_BEARER],
        "client_secret": {"file": str(secret)},
    }
    return {"providers": [provider], "clients": [agent]}


def _file(folder: Path, name: str, told: dict[str, Any]) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps({"version": 1} | told))
    return file


def _id_token(issuer: str, person: Person) -> str:
    """Sign Dora in to the agent by the company, and return who she is."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    asked = {
        "response_type": "code",
        "client_id": _AGENT,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "code_challenge": challenge.decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    arrival = person.open(f"{issuer}/oauth/authorize/?{urlencode(asked)}")["url"]
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(arrival).query)["code"][0],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": verifier,
    }
    redeemed = requests.post(
        f"{issuer}/oauth/token/", form, auth=(_AGENT, _SECRET), timeout=10
    ).json()
    return str(redeemed["id_token"])
