"""Serve the sites that are measured, and know how each is asked."""

import base64
import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.load import FORM, Load, RefusedError, ask
from bench.pkce import REDIRECT_URI, VERIFIER
from config.instance import HOST, Instance, Process, answer, free_ports, prepare, running, stop

# What a bench of one client must not meet, and codes that outlast it.
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "bench.settings",
    "RATE_LIMIT_API": "1000000/s",
    "RATE_LIMIT_TOKEN": "1000000/s",
    "RATE_LIMIT_AUTHORIZE": "1000000/s",
    "RATE_LIMIT_INTROSPECT": "1000000/s",
    "RATE_LIMIT_NEW_SESSIONS": "1000000/s",
    "AUTHORIZATION_CODE_SECONDS": "3600",
    "SECOND_FACTOR": "off",
}
OF_THE_BENCH = ("WEB_CONCURRENCY", "WEB_THREADS", "REDIS_URL")  # taken over from the environment


@dataclass(frozen=True)
class Addresses:
    token: str
    introspection: str
    userinfo: str
    discovery: str
    me: str = "/api/v1/me"
    sign_in: str = "/accounts/login/"
    plain: str = "/api/plain/"


LATCHKEY = Addresses(
    "/oauth/token/",
    "/oauth/introspect/",
    "/oauth/userinfo/",
    "/.well-known/openid-configuration",
)
STOCK = Addresses(
    "/o/token/", "/o/introspect/", "/o/userinfo/", "/o/.well-known/openid-configuration"
)


@dataclass(frozen=True)
class CommandInstance(Instance):
    """Serve an instance by a command of the bench's own: `python COMMAND`."""

    command: tuple[str, ...] = ()

    @contextlib.contextmanager
    def serving(self) -> Iterator[Process]:
        server = self.start(*self.command, stream=-3)  # subprocess.DEVNULL
        try:
            yield server
        finally:
            stop(server)


@dataclass
class Site:
    """Know a site that is served: its processes, its addresses, and who may ask what there."""

    name: str
    port: int
    server: int  # the process
    addresses: Addresses
    made: dict[str, Any] = field(repr=False)  # by bench/make.py
    _access_token: str = field(default="", repr=False)
    _service_token: str = field(default="", repr=False)

    def codes(self, number: int) -> list[str]:
        """Take new codes. Raises RefusedError where they are used up."""
        left = self.made["codes"]
        if len(left) < number:
            raise RefusedError("All codes that were made are used up.")
        self.made["codes"] = left[number:]
        return list(left[:number])

    @property
    def bearer(self) -> dict[str, str]:
        self._access_token = self._access_token or self.tokens()["access_token"]
        return {"Authorization": f"Bearer {self._access_token}"}

    @property
    def service(self) -> dict[str, str]:
        """Return what a client that acts for itself sends."""
        if not self._service_token:
            form = {"grant_type": "client_credentials", "scope": "webhooks.write"}
            asked = self.post(self.addresses.token, "service", **form)
            self._service_token = json.loads(ask(asked, self.port)[1])["access_token"]
        return {"Authorization": f"Bearer {self._service_token}"}

    def basic(self, client: str = "client_id") -> dict[str, str]:
        client_id = self.made.get(client) or self.made["client_id"]
        secret = self.made.get(f"{client}_secret") or self.made["client_secret"]
        told = f"{client_id}:{secret}".encode()
        return FORM | {"Authorization": f"Basic {base64.b64encode(told).decode()}"}

    def get(self, path: str, headers: dict[str, str] | None = None) -> Load:
        return Load("GET", path, headers or {})

    def post(self, path: str, client: str = "client_id", **form: str) -> Load:
        return Load("POST", path, self.basic(client), urlencode(form))

    def tokens(self) -> dict[str, str]:
        """Redeem a code."""
        (code,) = self.codes(1)
        asked = Load("POST", self.addresses.token, self.basic(), redeeming(code))
        return dict(json.loads(ask(asked, self.port)[1]))


def redeeming(code: str) -> str:
    """Return the token request that redeems `code`."""
    return urlencode(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
    )


def latchkey(folder: Path, settings: dict[str, str], name: str = "Latchkey") -> Instance:
    taken = {key: os.environ[key] for key in OF_THE_BENCH if key in os.environ}
    return Instance(name, free_ports(1)[0], folder, SETTINGS | taken | settings, folder / "log")


def stock(folder: Path, database_url: str) -> CommandInstance:
    (port,) = free_ports(1)
    settings = {
        "DJANGO_SETTINGS_MODULE": "bench.stock.settings",
        "DATABASE_URL": database_url,
        "OIDC_RSA_PRIVATE_KEY": _rsa_key(),
    }
    command = ["-m", "gunicorn", "--worker-class", "gthread", "--no-control-socket"]
    command += ["--workers", os.environ.get("WEB_CONCURRENCY", "2")]
    command += ["--threads", os.environ.get("WEB_THREADS", "4")]
    command += ["--keep-alive", "5", "--bind", f"{HOST}:{port}", "bench.stock.wsgi"]
    return CommandInstance(
        "the stock site", port, folder, settings, folder / "log", command=tuple(command)
    )


def _rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def prepared(*instances: Instance) -> None:
    """Bring the databases of `instances` up to date. The stock site's is done in `made`."""
    for instance in instances:
        instance.data_dir.mkdir(parents=True, exist_ok=True)
    prepare(*(each for each in instances if not _is_stock(each)))


def made(instance: Instance, codes: int) -> dict[str, Any]:
    """Make `codes` and all else on an instance: see bench/make.py."""
    module = "bench.stock.data" if _is_stock(instance) else "bench.latchkey"
    return dict(json.loads(answer(instance.start("-m", "bench.make", module, str(codes)))))


@contextlib.contextmanager
def serving(instances: Iterable[tuple[Instance, dict[str, Any]]]) -> Iterator[list[Site]]:
    """Serve instances side by side, each with what was made on it."""
    there = list(instances)
    with running(*(instance for instance, _ in there)) as servers:
        yield [
            Site(
                instance.name,
                instance.port,
                servers[instance.name].pid,
                STOCK if _is_stock(instance) else LATCHKEY,
                what,
            )
            for instance, what in there
        ]


@contextlib.contextmanager
def served(codes: int, *instances: Instance) -> Iterator[list[Site]]:
    """Prepare `instances`, make `codes` and all else on each, and serve them."""
    prepared(*instances)
    with serving([(each, made(each, codes)) for each in instances]) as sites:
        yield sites


def _is_stock(instance: Instance) -> bool:
    return instance.settings["DJANGO_SETTINGS_MODULE"] != SETTINGS["DJANGO_SETTINGS_MODULE"]
