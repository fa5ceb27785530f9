"""A third party on this machine that answers correctly, or as wrongly as a test tells it to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import get_default_algorithms

DISCOVERY = "/.well-known/openid-configuration"
KEYS, TOKEN, USERINFO = "/jwks", "/token", "/userinfo"
CLIENT_ID, CLIENT_SECRET = "latchkey", "the-secret-of-this-site"
SUBJECT = "subject-of-alice"

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ANOTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key: Any, kid: str = "first", algorithm: str = "RS256") -> dict[str, Any]:
    jwk = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return jwk | {"kid": kid, "use": "sig"}


@dataclass
class Answer:
    """What an endpoint says in place of the right thing. `pause` seconds pass before each byte."""

    body: bytes | str | list[Any] | dict[str, Any] = b""
    status: int = 200
    content_type: str = "application/json"
    location: str = ""
    pause: float = 0

    @property
    def payload(self) -> bytes:
        if isinstance(self.body, list | dict):
            return json.dumps(self.body).encode()
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass
class Call:
    """A request that the third party got."""

    path: str
    headers: dict[str, str]
    form: dict[str, str]


class ScriptedProvider:
    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.reset()

    def reset(self) -> None:
        """Answer everything correctly again, and forget what was."""
        self.answers: dict[str, Answer] = {}  # by path, in place of the right answer
        self.content_types: dict[str, str] = {}  # by path, in place of the usual ones
        self.metadata: dict[str, Any] = {}  # differences from the right metadata
        self.keys = [public_jwk(KEY)]
        self.userinfo = {
            "sub": SUBJECT,
            "name": "Alice Example",
            "email": "alice@example.com",
            "email_verified": True,
        }
        # Signed by this where it is told to, with these differences from the right claims.
        self.sign_userinfo: dict[str, Any] = {}
        self.userinfo_claims: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}  # differences from the right ID token; None: left out
        self.sign: dict[str, Any] = {"key": KEY, "algorithm": "RS256", "headers": {"kid": "first"}}
        self.token: dict[str, Any] = {}  # differences from the right token answer; None: left out
        self.calls: list[Call] = []
        self.live_access_tokens: set[str] = set()
        self.live_refresh_tokens: set[str] = set()
        self.refresh_takes = 0.0  # seconds
        self._requests: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def approve(self, location: str) -> dict[str, str]:
        """Play the person who says yes at `location`; return what the callback is called with."""
        asked = dict(parse_qsl(urlsplit(location).query))
        code = secrets.token_urlsafe(8)
        self._requests[code] = asked
        return {"code": code, "state": asked["state"]}

    def called(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def answer(self, call: Call) -> Answer:
        with self._lock:
            self.calls.append(call)
        answer = self._answer(call)
        content_type = self.content_types.get(call.path, answer.content_type)
        return replace(answer, content_type=content_type)

    def _answer(self, call: Call) -> Answer:
        if call.path in self.answers:
            return self.answers[call.path]
        right = {
            DISCOVERY: self._metadata,
            KEYS: lambda _: Answer({"keys": self.keys}),
            TOKEN: self._token,
            USERINFO: self._userinfo,
        }
        return right[call.path](call)

    def _metadata(self, _: Call) -> Answer:
        right = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": self.issuer + TOKEN,
            "userinfo_endpoint": self.issuer + USERINFO,
            "jwks_uri": self.issuer + KEYS,
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
        }
        return Answer(_changed(right, self.metadata))

    def _token(self, call: Call) -> Answer:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if call.headers.get("Authorization") != f"Basic {basic}":
            return Answer({"error": "invalid_client"}, status=401)
        if call.form["grant_type"] == "refresh_token":
            return self._refresh(call.form["refresh_token"])
        asked = self._requests.pop(call.form["code"], None)
        challenge = hashlib.sha256(call.form["code_verifier"].encode()).digest()
        if not asked or _base64url(challenge) != asked["code_challenge"]:
            return Answer({"error": "invalid_grant"}, status=400)
        return self._issue(id_token=self.id_token(asked))

    def _refresh(self, refresh_token: str) -> Answer:
        time.sleep(self.refresh_takes)
        with self._lock:
            if refresh_token not in self.live_refresh_tokens:
                return Answer({"error": "invalid_grant"}, status=400)
            self.live_refresh_tokens.remove(refresh_token)
        return self._issue()

    def _issue(self, **further: str) -> Answer:
        access_token, refresh_token = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.live_access_tokens.add(access_token)
        self.live_refresh_tokens.add(refresh_token)
        right = {
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            **further,
        }
        return Answer(_changed(right, self.token))

    def id_token(self, asked: dict[str, str]) -> str:
        """It asks its person each time, and says so where it has to."""
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "auth_time": now if "max_age" in asked else None,
        }
        return jwt.encode(_changed(right, self.claims), **self.sign)

    def _userinfo(self, call: Call) -> Answer:
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.live_access_tokens:
            return Answer({"error": "invalid_token"}, status=401)
        if not self.sign_userinfo:
            return Answer(self.userinfo)
        right = {"iss": self.issuer, "aud": CLIENT_ID, **self.userinfo}
        signed = jwt.encode(_changed(right, self.userinfo_claims), **self.sign_userinfo)
        return Answer(signed, content_type="application/jwt")


def _changed(right: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (right | changes).items() if value is not None}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: ScriptedProvider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up on a misbehaving server is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer({name: values[0] for name, values in parse_qs(body).items()})

    def _answer(self, form: dict[str, str]) -> None:
        call = Call(urlsplit(self.path).path, dict(self.headers), form)
        answer = self.server.provider.answer(call)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        for start in range(0, len(answer.payload), 1 if answer.pause else 1 << 20):
            time.sleep(answer.pause)
            self.wfile.write(answer.payload[start : start + (1 if answer.pause else 1 << 20)])

    def log_message(self, *args: Any) -> None:
        """Nothing: a test says itself what it saw."""


@dataclass
class Browser:
    """A person's browser at this site, and their way to the third party and back."""

    client: Any
    provider: ScriptedProvider
    provider_id: str = "example"
    sent: dict[str, str] = field(default_factory=dict)  # what this site asked the third party

    @property
    def login_url(self) -> str:
        return f"/accounts/oidc/{self.provider_id}/login/"

    def start(self, query: str = "") -> Any:
        response = self.client.post(self.login_url + query)
        if response.status_code == 302:
            self.sent = dict(parse_qsl(urlsplit(response["Location"]).query))
        return response

    def come_back(self, answer: dict[str, str]) -> Any:
        return self.client.get(f"{self.login_url}callback/?{urlencode(answer)}")

    def sign_in(self, query: str = "", **changes: str) -> Any:
        """Walk the whole way; `changes` is what differs in the answer that comes back."""
        location = self.start(query)["Location"]
        return self.come_back(self.provider.approve(location) | changes)
