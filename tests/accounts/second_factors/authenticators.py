"""A device that keeps one passkey, in software: what a browser's navigator.credentials returns."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client as Browser
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from accounts.models import User

ADD = "/accounts/2fa/webauthn/add/"
SIGN_IN = "/accounts/2fa/webauthn/login/"
SECOND_STEP = "/accounts/2fa/authenticate/"
CONFIRM = "/accounts/2fa/webauthn/reauthenticate/"

_FLAG = AuthenticatorData.FLAG


@dataclass
class Device:
    """`counter` is what it says next; one of synchronised passkeys always says 0."""

    name: str = "phone"
    origin: str = "http://localhost"
    rp_id: str = "localhost"
    counter: int = 0
    is_unlocked: bool = True
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode()).digest()

    def make(self, options: dict[str, Any]) -> str:
        """Answer what a page that adds a passkey asks for."""
        self.handle = websafe_decode(options["publicKey"]["user"]["id"])
        key = ES256.from_cryptography_key(self.key.public_key())
        made = AttestedCredentialData.create(b"\0" * 16, self.id, key)
        data = self._data(_FLAG.AT, made)
        said = self._said("webauthn.create", options)
        return self._answer(
            clientDataJSON=said, attestationObject=AttestationObject.create("none", data, {})
        )

    def show(self, options: dict[str, Any]) -> str:
        """Answer what a page that takes a passkey asks for."""
        data, said = self._data(), self._said("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=said,
            authenticatorData=data,
            signature=signature,
            userHandle=self.handle,
        )

    def _data(self, flags: int = 0, made: bytes = b"") -> AuthenticatorData:
        unlocked = _FLAG.UV if self.is_unlocked else 0
        rp = hashlib.sha256(self.rp_id.encode()).digest()
        return AuthenticatorData.create(rp, _FLAG(_FLAG.UP | unlocked | flags), self.counter, made)

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        return CollectedClientData.create(kind, challenge, self.origin)

    def _answer(self, **parts: bytes) -> str:
        name = websafe_encode(self.id)
        response = {part: websafe_encode(value) for part, value in parts.items()}
        extensions = {"credProps": {"rk": True}}
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response}
            | {"clientExtensionResults": extensions}
        )


def given(user: User, **traits: Any) -> Device:
    """Return a device with a passkey of the user's, made just now in another browser."""
    browser = confirmed(user)
    device = Device(**{"name": user.name, **traits})
    page = browser.get(ADD)
    answer = browser.post(
        ADD, {"credential": device.make(page.context["js_data"]["creation_options"])}
    )
    assert answer.status_code == 302, answer.content.decode()
    return device


def confirmed(user: User, browser: Browser | None = None) -> Browser:
    """A browser in which the person has signed in and shown two factors just now."""
    browser = browser or Browser()
    browser.force_login(user)
    session = browser.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True},
        {"method": "mfa", "type": "totp", "at": time.time()},
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return browser


def asked_at_sign_in(browser: Browser) -> dict[str, Any]:
    answer = browser.get(SIGN_IN, HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    options: dict[str, Any] = answer.json()["request_options"]
    return options


def asked_on(page: Any) -> dict[str, Any]:
    options: dict[str, Any] = page.context["js_data"]["request_options"]
    return options


def sign_in_with(device: Device, browser: Browser, **more: str) -> Any:
    credential = device.show(asked_at_sign_in(browser))
    return browser.post(SIGN_IN, {"credential": credential, **more})


def is_signed_in(browser: Browser) -> bool:
    return "_auth_user_id" in browser.session
