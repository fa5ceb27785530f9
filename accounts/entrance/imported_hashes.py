"""Check passwords against hashes of other servers, until their owners sign in: then they are made
anew (accounts.models.User.renewed_hash).

Each is written in its own text: bcrypt's, the Password Hashing Competition's (PHC) for PBKDF2 and
scrypt, passlib's for PBKDF2, and `$fbscrypt$` for Firebase's scrypt with the project's parameters.
"""

import binascii
import hashlib
import hmac
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import bcrypt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.contrib.auth.hashers import BasePasswordHasher

_BASE64 = r"[A-Za-z0-9+/._=-]+"
_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>\d\d)\$[./A-Za-z0-9]{53}")
_PBKDF2 = re.compile(
    r"\$pbkdf2(?:-(?P<digest>sha1|sha256|sha512))?\$(?:i=)?(?P<cost>\d{1,9})(?:,l=\d+)?"
    rf"\$(?P<salt>{_BASE64})\$(?P<hash>{_BASE64})"
)
_SCRYPT = re.compile(
    r"\$scrypt\$ln=(?P<cost>\d\d?),r=(?P<r>\d\d?),p=(?P<p>\d)"
    rf"\$(?P<salt>{_BASE64})\$(?P<hash>{_BASE64})"
)
_FIREBASE = re.compile(
    r"\$fbscrypt\$v=1,n=(?P<cost>\d\d?),r=(?P<r>\d\d?),p=(?P<p>\d)"
    rf"(?:,ss=(?P<separator>{_BASE64}))?,sk=(?P<key>{_BASE64})"
    rf"\$(?P<salt>{_BASE64})\$(?P<hash>{_BASE64})"
)
_BCRYPT_TAKES = 72  # bytes: what comes after was never looked at
_MEMORY = 256 * 1024 * 1024


class ImportedHasher(BasePasswordHasher):
    """Verify what another server hashed, and make no hash. What is stored is `imported$` and the
    hash as that server wrote it."""

    algorithm = "imported"

    def verify(self, password: str, encoded: str) -> bool:
        told = encoded.removeprefix("imported$")
        for pattern, verify in _SCHEMES.items():
            if match := pattern.fullmatch(told):
                return verify(match, password.encode())
        return False

    def decode(self, encoded: str) -> dict[str, Any]:
        _, _, name, _, hashed = encoded.replace("$$", "$-$", 1).split("$", 4)
        return {"algorithm": self.algorithm, "scheme": name, "hash": hashed}

    def safe_summary(self, encoded: str) -> Any:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Take no longer: its cost is its own, and it goes with the next sign-in."""


def problem(told: str) -> str:
    """Say what keeps `told` from being checked here, "" where nothing does.

    Bounded, as the hash says how much each try costs this site; and as one that costs nothing is as
    good as a password in the clear.
    """
    for pattern, (least, most) in _COSTS.items():
        if match := pattern.fullmatch(told):
            return _cost_problem(int(match["cost"]), least, most) or _encoding_problem(match)
    return "is no hash that this site can check"


def _cost_problem(cost: int, least: int, most: int) -> str:
    if cost < least:
        return f"costs {cost}, which is too little (from {least})"
    return f"costs {cost}, which is too much (up to {most})" if cost > most else ""


def _encoding_problem(match: re.Match[str]) -> str:
    parts = [value for name, value in match.groupdict().items() if name in _ENCODED and value]
    try:
        list(map(_bytes, parts))
    except binascii.Error:
        return "has a part that is not Base64"
    told = {"r": "1", "p": "1"} | match.groupdict()
    if int(told["r"]) > 8 or int(told["p"]) > 4:
        return "costs too much memory"
    return ""


def _bytes(text: str) -> bytes:
    """Decode Base64 as any of its writers wrote it: passlib has a dot for the plus."""
    text = text.rstrip("=").replace(".", "+").replace("-", "+").replace("_", "/")
    return b64decode(text + "=" * (-len(text) % 4), validate=True)


def _is_bcrypt(match: re.Match[str], password: bytes) -> bool:
    told = match[0].encode().replace(b"$2y$", b"$2b$", 1)
    made = bcrypt.hashpw(password.replace(b"\0", b"")[:_BCRYPT_TAKES], told)
    return hmac.compare_digest(made, told)


def _is_pbkdf2(match: re.Match[str], password: bytes) -> bool:
    expected = _bytes(match["hash"])
    salt, digest = _bytes(match["salt"]), match["digest"] or "sha1"
    made = hashlib.pbkdf2_hmac(digest, password, salt, int(match["cost"]), len(expected))
    return hmac.compare_digest(made, expected)


def _is_scrypt(match: re.Match[str], password: bytes) -> bool:
    expected = _bytes(match["hash"])
    made = _scrypt(match, password, _bytes(match["salt"]), len(expected))
    return hmac.compare_digest(made, expected)


def _is_firebase(match: re.Match[str], password: bytes) -> bool:
    """Encrypt the project's key by what scrypt makes of the password, as Firebase does."""
    salt = _bytes(match["salt"]) + _bytes(match["separator"] or "")
    key = _scrypt(match, password, salt, 32)
    encrypt = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    made = encrypt.update(_bytes(match["key"])) + encrypt.finalize()
    return hmac.compare_digest(made, _bytes(match["hash"]))


def _scrypt(match: re.Match[str], password: bytes, salt: bytes, length: int) -> bytes:
    n, r, p = 2 ** int(match["cost"]), int(match["r"]), int(match["p"])
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=length)


_ENCODED = ("salt", "hash", "key", "separator")
_SCHEMES: dict[re.Pattern[str], Callable[[re.Match[str], bytes], bool]] = {
    _BCRYPT: _is_bcrypt,
    _PBKDF2: _is_pbkdf2,
    _SCRYPT: _is_scrypt,
    _FIREBASE: _is_firebase,
}
# The least and the most that a hash may cost: rounds of PBKDF2, the logarithm elsewhere.
_COSTS = {
    _BCRYPT: (4, 14),
    _PBKDF2: (1_000, 2_000_000),
    _SCRYPT: (10, 17),
    _FIREBASE: (10, 17),
}
