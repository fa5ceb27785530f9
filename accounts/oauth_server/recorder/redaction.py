"""Write down a parameter without what must not be kept. Whatever is not known to be harmless is
left out: a secret may stand in any parameter, also in its name, where a client mixes them up.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from django.utils.crypto import salted_hmac

from accounts.oauth_server.models import Client
from accounts.oauth_server.recorder.parameters import CLAIM_NAMES, Item, Shown
from accounts.oauth_server.rules.credentials import Kind
from accounts.text.cleaning import clean

TEXT_LENGTH = 300  # characters of a value
ITEMS = 40  # parameters, values of one of them, or claims

_MARK_LENGTH = 8  # of 64 hexadecimal digits: enough to compare, far too few to find a value by
_WORDS = 40
_WORD_LENGTH = 100
# Unbroken runs, as in tokens, keys and digests; words of small letters are none.
_RANDOM = re.compile(r"[A-Za-z0-9+=~]{20,}|[A-Za-z0-9_\-+=~]{32,}")
_SMALL_LETTERS = re.compile(r"[a-z_\-]+")


@dataclass(frozen=True)
class Redaction:
    """Write down what `client` sends and is answered. Equal values have equal marks within one
    recording, which `key` names, and nowhere else."""

    client: Client
    key: str

    def item(self, name: str, value: str, shown: Shown) -> Item:
        """Return the parameter `name`, whose name is known, with so much of `value`."""
        return {"name": name} | _WAYS[shown](self, value)

    def items(
        self, parameters: Iterable[tuple[str, str]], shown: dict[str, Shown], known: frozenset[str]
    ) -> list[Item]:
        """Return them in their order. Of one that `shown` does not list only the length is told,
        and its name where it is `known`."""
        found = list(parameters)
        kept = [
            self.item(name, value, shown[name])
            if name in shown
            else named(name, known) | {"length": len(value)}
            for name, value in found[:ITEMS]
        ]
        return [*kept, {"left_out": len(found) - ITEMS}] if len(found) > ITEMS else kept

    def mark(self, value: str) -> str:
        digest = salted_hmac(f"{__name__}:{self.key}", value, algorithm="sha256")
        return digest.hexdigest()[:_MARK_LENGTH]

    def address(self, uri: str) -> str:
        """Return an address without who logs in at it, its fragment, and the values in its query
        that are not registered for the client. "" for what is no address."""
        registered = self.client.redirect_uris.split()
        if uri in registered:
            return uri[:TEXT_LENGTH]
        try:
            parts = urlsplit(uri)
            known = {pair for each in registered for pair in parse_qsl(urlsplit(each).query)}
        except ValueError:
            return ""
        query = [
            (name, value if (name, value) in known else "...") for name, value in _pairs(parts)
        ]
        kept = parts._replace(
            netloc=parts.netloc.rpartition("@")[2],
            path="/".join(map(_word, parts.path.split("/"))),
            query=urlencode(query),
            fragment="",
        )
        return clean(kept.geturl(), TEXT_LENGTH)


def _pairs(parts: Any) -> list[tuple[str, str]]:
    return parse_qsl(parts.query, keep_blank_values=True)[:ITEMS]


def named(name: str, known: frozenset[str]) -> Item:
    """Return a name that is `known`; of any other how long it is, and which one it may have been
    meant to be. A whole token may stand where a name belongs."""
    if name in known:
        return {"name": name}
    meant = get_close_matches(name[:_WORD_LENGTH], known, n=1, cutoff=0.8)
    return {"unknown": len(name)} | ({"meant": meant[0]} if meant else {})


def plain(value: str) -> str:
    """Return `value` with each word left out that looks like a credential or names a person."""
    return " ".join(map(_word, value.split(" ")[:_WORDS]))[:TEXT_LENGTH]


def _word(word: str) -> str:
    return word if _is_harmless(word) else f"({len(word)} characters)"


def _is_harmless(word: str) -> bool:
    if len(word) > _WORD_LENGTH or not word.isprintable() or "@" in word or "%40" in word:
        return False
    if any(kind in word for kind in Kind) or word.startswith("eyJ"):
        return False
    return all(_SMALL_LETTERS.fullmatch(run) for run in _RANDOM.findall(word))


def jwt_facts(token: str) -> Item:
    """Return the algorithm of a JWT and the names of its claims, {} where it is none. Nobody has
    verified it."""
    try:
        algorithm = str(jwt.get_unverified_header(token).get("alg", ""))
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, RecursionError):
        return {}
    return {"algorithm": plain(algorithm[:20]), "names": claim_names(claims)}


def claim_names(claims: Iterable[str], *also: str) -> list[str]:
    known = CLAIM_NAMES | frozenset(also)
    found = [named(name, known) for name in claims]
    return [each.get("name", "…") for each in found[:ITEMS]]


def of_secret(secret: str) -> Item:
    """Return the length of a secret, and whether white space was pasted with it."""
    padded = {"note": "white_space"} if secret != secret.strip() else {}
    return {"length": len(secret)} | padded


def _plain(_: Redaction, value: str) -> Item:
    return {"value": plain(value)}


def _marked(by: Redaction, value: str) -> Item:
    return of_secret(value) | {"mark": by.mark(value)}


def _verifier(by: Redaction, value: str) -> Item:
    digest = hashlib.sha256(value.encode(errors="replace")).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return of_secret(value) | {"mark": by.mark(challenge)}


def _client_id(by: Redaction, value: str) -> Item:
    if value == by.client.client_id:
        return {"value": value}
    return of_secret(value) | {"note": "other_client"}


def _address(by: Redaction, value: str) -> Item:
    shown = by.address(value)
    found: Item = {"value": shown} if shown else {"length": len(value)}
    is_known = by.client.redirect_uri_allowed(value)
    return found if is_known else found | {"note": "not_registered"}


def _claims(_: Redaction, value: str) -> Item:
    try:
        asked = json.loads(value)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        return {"length": len(value), "note": "unreadable"}
    inside = [each for each in asked.values() if isinstance(each, dict)]
    return {"length": len(value), "names": claim_names([*asked, *(n for o in inside for n in o)])}


_WAYS: dict[Shown, Callable[[Redaction, str], Item]] = {
    Shown.PLAIN: _plain,
    Shown.MARKED: _marked,
    Shown.VERIFIER: _verifier,
    Shown.LENGTH: lambda _, value: of_secret(value),
    Shown.NAME: lambda _, value: {},
    Shown.CLIENT_ID: _client_id,
    Shown.ADDRESS: _address,
    Shown.CLAIMS: _claims,
    Shown.JWT: lambda _, value: of_secret(value) | jwt_facts(value),
}


def basic_credentials(encoded: str) -> tuple[str, str] | None:
    """Return the client ID and the secret in a Basic header, None where it cannot be read."""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    client_id, _, secret = decoded.partition(":")
    return client_id, secret
