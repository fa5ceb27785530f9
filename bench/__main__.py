"""`make bench`: requests a second, and each as a ratio to a bare Django view on the same server.

One run, on throwaway data, on SQLite or on the database that DATABASE_URL names.
"""

import base64
import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

import requests

from bench.load import CONNECTIONS, Next, RefusedError, http_request, measure
from config.instance import HOST, Instance, NotStartedError, free_ports, prepare, running
from docs.wire import form_on, query

SECONDS = 5.0  # a measurement
CODES = 200  # a connection; made before, as making them is not what is measured
NO_LIMITS = {"RATE_LIMIT_TOKEN": "1000000/s", "RATE_LIMIT_AUTHORIZE": "1000000/s"}
REDIRECT_URI = "http://127.0.0.1:9/callback"
VERIFIER = "a-verifier-that-is-the-same-for-every-code-of-the-bench"
EMAIL = "alice@example.com"


@dataclass
class Bench:
    site: Instance
    client_id: str
    client_secret: str
    browser: requests.Session

    def get(self, path: str, authorization: str = "") -> bytes:
        return http_request("GET", path, f"{HOST}:{self.site.port}", authorization=authorization)

    def post_token(self, **form: str) -> bytes:
        credentials = f"{self.client_id}:{self.client_secret}".encode()
        return http_request(
            "POST",
            "/oauth/token/",
            f"{HOST}:{self.site.port}",
            body=urlencode(form),
            authorization=f"Basic {base64.b64encode(credentials).decode()}",
        )

    def code(self) -> str:
        """Return a new code: the person is signed in and the client is trusted."""
        challenge = hashlib.sha256(VERIFIER.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": "openid profile email offline_access",
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        url = f"{self.site.url}/oauth/authorize/?{urlencode(asked)}"
        return query(self.browser.get(url, allow_redirects=False).headers["Location"])["code"]

    def exchange(self, code: str) -> bytes:
        return self.post_token(
            grant_type="authorization_code",
            code=code,
            redirect_uri=REDIRECT_URI,
            code_verifier=VERIFIER,
        )

    def tokens(self) -> dict[str, str]:
        form = {
            "grant_type": "authorization_code",
            "code": self.code(),
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        client = (self.client_id, self.client_secret)
        answer = requests.post(f"{self.site.url}/oauth/token/", form, auth=client, timeout=10)
        return dict(answer.json())


def set_up(site: Instance) -> Bench:
    """Register a trusted client, make a person and sign them in."""
    client = json.loads(
        site.manage(
            *("register_client", "--name", "Bench", "--redirect-uri", REDIRECT_URI),
            *("--grants", "authorization_code refresh_token client_credentials"),
            *("--scopes", "openid profile email offline_access", "--skip-consent"),
        )
    )
    password = json.loads(site.manage("create_person", "--email", EMAIL))["password"]
    browser = requests.Session()
    page = browser.get(f"{site.url}/accounts/login/", timeout=10)
    form = form_on(page, to="/accounts/login/")
    browser.post(form.action, form.fields | {"login": EMAIL, "password": password}, timeout=10)
    return Bench(site, client["client_id"], client["client_secret"], browser)


def the_same(request: bytes) -> list[Next]:
    return [lambda _: request] * CONNECTIONS


def refreshes(bench: Bench) -> list[Next]:
    """Each connection refreshes what it was given last."""

    def chain(first: str) -> Next:
        def next_request(answer: bytes | None) -> bytes:
            token = json.loads(answer)["refresh_token"] if answer else first
            return bench.post_token(grant_type="refresh_token", refresh_token=token)

        return next_request

    return [chain(bench.tokens()["refresh_token"]) for _ in range(CONNECTIONS)]


def exchanges(bench: Bench) -> list[Next]:
    """Each connection redeems codes of its own, and stops when they are used up."""

    def one_by_one(codes: list[str]) -> Next:
        requests_left = iter([bench.exchange(code) for code in codes])
        return lambda _: next(requests_left, None)

    codes = iter(bench.code, None)
    return [one_by_one(list(islice(codes, CODES))) for _ in range(CONNECTIONS)]


def figures(bench: Bench) -> dict[str, float]:
    """Return requests a second, by what was measured."""
    address = (HOST, bench.site.port)
    bearer = f"Bearer {bench.tokens()['access_token']}"
    measured = {
        "bare Django JSON view": the_same(bench.get("/bare")),
        "GET /api/v1/me, guarded": the_same(bench.get("/api/v1/me", bearer)),
        "client credentials": the_same(bench.post_token(grant_type="client_credentials")),
        "refresh": refreshes(bench),
        "code exchange (PKCE, openid)": exchanges(bench),
    }
    return {name: measure(address, SECONDS, each) for name, each in measured.items()}


def table(found: dict[str, float], database: str) -> str:
    bare = next(iter(found.values()))
    rows = [f"{name:<32} {rate:>10,.0f} {rate / bare:>8.2f}" for name, rate in found.items()]
    head = f"{f'on {database}, {CONNECTIONS} connections':<32} {'a second':>10} {'of bare':>8}"
    return "\n".join([head, *rows])


def main() -> int:
    settings = {
        name: os.environ[name]
        for name in ("DATABASE_URL", "WEB_CONCURRENCY", "REDIS_URL")
        if name in os.environ
    }
    settings |= NO_LIMITS
    with tempfile.TemporaryDirectory(prefix="latchkey-bench-") as folder:
        port = free_ports(1)[0]
        site = Instance("Latchkey", port, Path(folder, "data"), settings, wsgi="bench.wsgi")
        try:
            prepare(site)
            with running(site):
                found = figures(set_up(site))
        except (NotStartedError, RefusedError) as problem:
            sys.stderr.write(f"{problem}\n")
            return 1
    database = "PostgreSQL" if "DATABASE_URL" in settings else "SQLite"
    sys.stdout.write(f"{table(found, database)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
