"""The running site that the libraries are tried on, and what their app knows of it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from config.instance import Instance, answer, free_ports, prepare, running
from tests.interop import document_host
from tests.interop.person import Person

# Nothing listens: the person brings the answer.
REDIRECT_URI = "http://127.0.0.1:9/callback"
FAPI_REDIRECT_URI = "https://bank.example/callback"
AUTH_JS_REDIRECT_URI = "http://127.0.0.1:9/auth/callback/latchkey"
POST_LOGOUT_REDIRECT_URI = "http://127.0.0.1:9/signed-out"
SCOPE = "openid profile email offline_access"
EMAIL = "alice@example.com"
GROUP = "staff"
PROXY = "https://proxy.example"
READ_BY_ALL = 10  # seconds: accounts/oauth_server/models/signing_key.py
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"

Client = dict[str, str]
JWK = dict[str, str]


@dataclass
class Known:
    """What an app knows that is registered at the site three times: as a web app, which keeps a
    secret, as one that signs with a key of its own and is signed to by other keys than most, and
    as a native app, which can keep neither; and as Auth.js, oauth2-proxy and kubelogin want it."""

    issuer: str
    web: Client
    signing: Client
    fapi: Client
    native: Client
    auth_js: Client
    proxy: Client
    kubectl: Client
    notes: Client
    document: str
    key: JWK
    initial_access_token: str
    person: Person
    change_keys: Callable[[], None]
    perform: Callable[..., Any]
    company: dict[str, Any] | None = None
    redirect_uri: str = REDIRECT_URI
    scope: str = SCOPE

    def as_json(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "web": self.web,
            "signing": self.signing,
            "fapi": self.fapi,
            "fapi_redirect_uri": FAPI_REDIRECT_URI,
            "key": self.key,
            "native": self.native,
            "auth_js": self.auth_js | {"redirect_uri": AUTH_JS_REDIRECT_URI},
            "proxy": self.proxy | {"redirect_uri": f"{PROXY}/oauth2/callback"},
            "kubectl": self.kubectl | {"redirect_uri": "http://localhost:8000"},
            "notes": self.notes["url"],
            "company": self.company,
            "document": self.document,
            "initial_access_token": self.initial_access_token,
            "email": self.person.email,
            "group": GROUP,
            "redirect_uri": self.redirect_uri,
            "post_logout_redirect_uri": POST_LOGOUT_REDIRECT_URI,
            "scope": self.scope,
        }


@contextmanager
def site(folder: Path) -> Iterator[Known]:
    """Serve a new site over `folder`, with its clients and Alice, open to more."""
    ports, certificate = free_ports(3), document_host.certify(folder)
    instance = Instance(
        "Latchkey", ports[0], folder, _open_to_more(ports[1], certificate),
        wsgi="tests.interop.trusting",
    )  # fmt: skip
    prepare(instance)
    key = _new_key()
    notes = {"url": f"http://127.0.0.1:{ports[2]}/mcp", "client_id": "notes", "client_secret": KEY}
    agent = {"client_name": "An agent", "redirect_uris": [REDIRECT_URI], "grant_types": _OFFLINE}
    with running(instance), document_host.serving(ports[1], certificate, **agent) as document:
        alice, _, registration, _, *clients = perform(
            instance, _PERSON, _MEMBERSHIP, _REGISTRATION, _resource(folder, notes),
            *_apps(key), *_PRESETS,
        )  # fmt: skip
        yield Known(
            instance.url,
            **dict(zip(_CLIENTS, clients, strict=True)),
            notes=notes,
            document=document,
            key=key,
            initial_access_token=registration["initial_access_token"],
            person=Person(instance.url, EMAIL, alice["password"]),
            change_keys=partial(_change_keys, instance),
            perform=partial(perform, instance),
        )


KEY = "the secret of the server of the notes, forty characters"
_OFFLINE = ["authorization_code", "refresh_token"]


def _open_to_more(port: int, certificate: Path) -> dict[str, str]:
    """Return the settings by which apps come in that nobody registered."""
    return {
        "REGISTRATION": "open",
        "REGISTRATION_SCOPES": f"{SCOPE},emails".replace(" ", ","),
        "MCP": "true",
        "CLIENT_DOCUMENTS": "listed",
        "CLIENT_DOCUMENT_PRIVATE_HOSTS": f"{document_host.HOST}:{port}",
        "CERTIFICATE": str(certificate),
    }


def _resource(folder: Path, notes: Client) -> list[str]:
    """Return the command that has the MCP server be a protected resource, as its file says."""
    secret, file = folder / "notes.secret", folder / "notes.yaml"
    secret.write_text(notes["client_secret"])
    server = {
        "client_id": notes["client_id"],
        "name": "Server of the notes",
        "grant_types": ["client_credentials"],
        "client_secret": {"file": str(secret)},
    }
    scopes = {"notes.read": "See your notes", "notes.write": "Add notes"}
    row = {
        "identifier": notes["url"],
        "name": "Notes",
        "scopes": scopes,
        "server": notes["client_id"],
    }
    file.write_text(json.dumps({"version": 1, "clients": [server], "resources": [row]}))
    return ["apply_config", str(file), "--json"]


_CLIENTS = ("web", "signing", "fapi", "native", "auth_js", "proxy", "kubectl")
_PERSON = ["create_person", "--email", EMAIL, "--name", "Alice"]
_MEMBERSHIP = ["join_group", EMAIL, GROUP]
_REGISTRATION = ["make_registration_token", "--uses", "0"]
_CHANGE_OF_KEYS = ["rotate_signing_key", "--algorithm", "all", "--now", "--yes"]
_PRESETS = (
    ["register_client", "--preset", "oauth2-proxy", "--url", PROXY],
    ["register_client", "--preset", "kubernetes"],
)


def perform(instance: Instance, *commands: list[str]) -> list[Any]:
    process = instance.start("-m", "tests.interop.commands")
    made: list[Any] = json.loads(answer(process, json.dumps(commands)))
    return made


def _change_keys(instance: Instance) -> None:
    """Have new keys sign, and wait until they do."""
    perform(instance, _CHANGE_OF_KEYS)
    time.sleep(READ_BY_ALL)


def _apps(key: JWK) -> list[list[str]]:
    """Return the commands that register the app as Known says: web, signing, native and Auth.js."""
    public = {name: value for name, value in key.items() if name != "d"}
    own_key = ("--auth-method", "private_key_jwt", "--jwks", json.dumps({"keys": [public]}))
    its_algorithms = ("--id-token-alg", "ES256", "--userinfo-alg", "PS256")
    pairwise = ("--subject-type", "pairwise")
    logout = ("--post-logout-redirect-uri", POST_LOGOUT_REDIRECT_URI)
    return [
        _app("A web app", f"client_credentials {TOKEN_EXCHANGE}", *logout),
        _app("A signing app", "client_credentials", *pairwise, *own_key, *its_algorithms),
        _app("A bank", "", *own_key, *its_algorithms, *_FAPI, uri=FAPI_REDIRECT_URI),
        _app("A native app", DEVICE_CODE, "--kind", "public", "--id-token-alg", "EdDSA"),
        # It reads the ID token alone, where its documentation has it (docs/scopes-and-claims.md).
        _app("An app on Auth.js", "", "--claims-in-id-token", uri=AUTH_JS_REDIRECT_URI),
    ]


_FAPI = ("--profile", "fapi2-message-signing", "--authorization-alg", "ES256")


def _app(name: str, grant: str, *options: str, uri: str = REDIRECT_URI) -> list[str]:
    grants = f"authorization_code refresh_token {grant}".strip()
    command = ("register_client", "--name", name, "--scopes", SCOPE, "--grants", grants)
    return [*command, "--redirect-uri", uri, *options]


def _new_key() -> JWK:
    key = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    return key | {"kid": "of-the-app", "alg": "ES256", "use": "sig"}
