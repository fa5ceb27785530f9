"""The running site that the libraries are tried on, and what their app knows of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.instance import Instance, free_ports, prepare, running
from tests.interop.person import Person

REDIRECT_URI = "http://127.0.0.1:9/callback"  # nothing listens: the person brings the answer
SCOPE = "openid profile email offline_access"
EMAIL = "alice@example.com"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"

Client = dict[str, str]


@dataclass
class Known:
    """What an app knows that is registered at the site twice: as a web app, which keeps a secret,
    and as a native app, which cannot."""

    issuer: str
    web: Client
    native: Client
    person: Person
    redirect_uri: str = REDIRECT_URI
    scope: str = SCOPE

    def as_json(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "web": self.web,
            "native": self.native,
            "email": self.person.email,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
        }


@contextmanager
def site(folder: Path, settings: dict[str, str]) -> Iterator[Known]:
    """Serve a new site over `folder`, with two clients and Alice."""
    instance = Instance("Latchkey", free_ports(1)[0], folder, settings)
    prepare(instance)
    with running(instance):
        web = _register(instance, "confidential", "client_credentials")
        native = _register(instance, "public", DEVICE_CODE)
        alice = json.loads(instance.manage("create_person", "--email", EMAIL, "--name", "Alice"))
        yield Known(instance.url, web, native, Person(instance.url, EMAIL, alice["password"]))


def _register(instance: Instance, kind: str, grant: str) -> Client:
    command = ("register_client", "--name", f"A {kind} app", "--kind", kind, "--scopes", SCOPE)
    grants = f"authorization_code refresh_token {grant}"
    printed = instance.manage(*command, "--redirect-uri", REDIRECT_URI, "--grants", grants)
    return json.loads(printed)
