"""A person's browser and a client app, which speak to the cluster or to one node of it."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import requests

from config.instance import HOST, answer
from docs.wire import form_on, query
from tests.cluster.cast import REDIRECT_URI, SCOPES
from tests.cluster.topology import Cluster, Node

SECONDS = 30


@dataclass
class Door:
    """One way into the cluster, over kept connections: the proxy, or a `node` without it."""

    cluster: Cluster
    node: Node | None = None
    address: str = "203.0.113.1"  # of who asks, as a proxy says it: at a node alone
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.verify = str(self.cluster.proxy.certificate)
        self.session.trust_env = False
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def send(self, method: str, path: str, **what: Any) -> requests.Response:
        base, headers = self.cluster.url, dict(what.pop("headers", {}))
        if self.node:
            base = f"http://{HOST}:{self.node.instance.port}"
            headers |= {
                "Host": urlsplit(self.cluster.url).netloc,
                "X-Forwarded-For": self.address,
                "X-Forwarded-Proto": "https",
            }
        return self.session.request(
            method, base + path, headers=headers, allow_redirects=False, timeout=SECONDS, **what
        )


@dataclass
class Browser:
    """Keeps cookies itself, as each door has an address of its own."""

    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, door: Door, method: str, path: str, **what: Any) -> requests.Response:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": sent, "Origin": door.cluster.url} if sent else {}
        page = door.send(method, path, headers=headers, **what)
        for line in page.raw.headers.getlist("Set-Cookie"):
            for name, cookie in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if cookie.value and cookie["max-age"] != "0":
                    self.cookies[name] = cookie.value
        return page

    def sign_in(self, door: Door, email: str, password: str) -> requests.Response:
        page = self.send(door, "GET", "/accounts/login/")
        form = form_on(page, to="/accounts/login/")
        data = form.fields | {"login": email, "password": password}
        return self.send(door, "POST", "/accounts/login/", data=data)

    def is_signed_in(self, door: Door) -> bool:
        return self.send(door, "GET", "/account/").status_code == 200


@dataclass
class App:
    """A confidential client that people are not asked about."""

    client_id: str
    client_secret: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def post(self, door: Door, endpoint: str, **form: str) -> requests.Response:
        client = (self.client_id, self.client_secret)
        return door.send("POST", f"/oauth/{endpoint}/", data=form, auth=client)

    def code(self, door: Door, browser: Browser) -> str:
        """Return a new code. The person is signed in, in `browser`."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPES,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        page = browser.send(door, "GET", "/oauth/authorize/", params=asked)
        if page.status_code != 302:
            raise requests.HTTPError(f"no code but {page.status_code}", response=page)
        return query(page.headers["Location"])["code"]

    def redeem(self, door: Door, code: str) -> requests.Response:
        return self.post(
            door,
            "token",
            grant_type="authorization_code",
            code=code,
            redirect_uri=REDIRECT_URI,
            code_verifier=self.verifier,
        )

    def refresh(self, door: Door, token: str) -> requests.Response:
        return self.post(door, "token", grant_type="refresh_token", refresh_token=token)

    def is_active(self, door: Door, token: str) -> bool:
        found = self.post(door, "introspect", token=token)
        assert found.status_code == 200, found.text
        return bool(found.json()["active"])


@dataclass
class Scene:
    """The cluster, its doors, and who uses them."""

    cluster: Cluster
    password: str
    app: App

    def __post_init__(self) -> None:
        self.proxy = Door(self.cluster)
        self.first, self.second = (Door(self.cluster, node) for node in self.cluster.nodes)

    def door(self, node: int, address: str) -> Door:
        """Return a way to a node (0 or 1) for somebody at an `address` of their own."""
        return Door(self.cluster, self.cluster.nodes[node], address)

    def signed_in(self, door: Door, email: str = "alice@example.com") -> Browser:
        browser = Browser()
        page = browser.sign_in(door, email, self.password)
        assert page.status_code == 302, page.status_code
        return browser

    def tokens(self, door: Door, browser: Browser) -> dict[str, Any]:
        """Return what a new code of the person in `browser` earns."""
        found = self.app.redeem(door, self.app.code(door, browser))
        assert found.status_code == 200, found.text
        return dict(found.json())


def set_the_scene(cluster: Cluster) -> Scene:
    """Make people and an app on a new cluster."""
    made = json.loads(answer(cluster.nodes[0].instance.start("-m", "tests.cluster.cast")))
    return Scene(cluster, made["password"], App(made["client_id"], made["client_secret"]))
