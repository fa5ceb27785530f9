"""Read what other servers export, as the fields that `moving.people` knows.

Written from their public documentation: docs/moving.md names the pages.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from accounts.moving.files import BadFile, Line, csv_lines, json_lines

Fields = dict[str, Any]


def _keycloak(user: Fields, _: str) -> Fields:
    """Take a user of a realm's export: UserRepresentation."""
    return {
        "sub": user.get("id"),
        "email": user.get("email"),
        "email_verified": user.get("emailVerified", False),
        "is_active": user.get("enabled", True),
        "name": " ".join(filter(None, [user.get("firstName"), user.get("lastName")])),
        "given_name": user.get("firstName"),
        "family_name": user.get("lastName"),
        "preferred_username": user.get("username"),
        "groups": [path.rpartition("/")[2] for path in user.get("groups") or ()],
        "password_hash": _keycloak_hash(user.get("credentials") or ()),
    }


def _keycloak_hash(credentials: Any) -> str:
    """Write the credential of the type “password” in one line: PBKDF2, or Argon2 from 25 on."""
    for credential in credentials:
        if credential.get("type") == "password" and "secretData" in credential:
            return _keycloak_phc(
                json.loads(credential["secretData"]), json.loads(credential["credentialData"])
            )
    return ""


def _keycloak_phc(secret: Fields, how: Fields) -> str:
    salt, hashed = secret["salt"].rstrip("="), secret["value"].rstrip("=")
    if how["algorithm"] == "argon2":
        more = {name: values[0] for name, values in how["additionalParameters"].items()}
        cost = f"m={more['memory']},t={how['hashIterations']},p={more['parallelism']}"
        return f"$argon2{more['type']}$v=19${cost}${salt}${hashed}"
    name = {"pbkdf2": "pbkdf2-sha1"}.get(how["algorithm"], how["algorithm"])
    return f"${name}$i={how['hashIterations']}${salt}${hashed}"


def _auth0(user: Fields, _: str) -> Fields:
    """Take a line of the export of a database connection's users, with their bcrypt hashes."""
    return {
        "sub": f"auth0|{user['_id']['$oid']}" if "_id" in user else user.get("user_id"),
        "email": user.get("email"),
        "email_verified": user.get("email_verified", False),
        "name": user.get("name", ""),
        "password_hash": user.get("passwordHash", ""),
    }


def _firebase(user: Fields, parameters: str) -> Fields:
    """Take a user of `firebase auth:export`. `parameters`: the project's, as `$fbscrypt$` has them:
    n=14,r=8,p=1,ss=…,sk=…"""
    hashed = ""
    if user.get("passwordHash"):
        hashed = f"$fbscrypt$v=1,{parameters}${user.get('salt', '')}${user['passwordHash']}"
    return {
        "sub": user.get("localId"),
        "email": user.get("email"),
        "email_verified": user.get("emailVerified", False),
        "is_active": not user.get("disabled", False),
        "name": user.get("displayName", ""),
        "password_hash": hashed,
    }


def _users(file: TextIO) -> Iterator[Line]:
    """Number the users of one JSON document, from 1."""
    try:
        users = json.load(file)["users"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile("This is no JSON document with a list of “users”.") from error
    yield from enumerate(users, start=1)


_ORIGINS: dict[str, tuple[Callable[[TextIO], Iterator[Line]], Callable[[Fields, str], Fields]]] = {
    "keycloak": (_users, _keycloak),
    "auth0": (json_lines, _auth0),
    "firebase": (_users, _firebase),
}
NAMES = ("jsonl", "csv", *_ORIGINS)


def lines(file: TextIO, origin: str, parameters: str = "") -> Iterator[tuple[int, Fields | str]]:
    """Yield each line's number and its fields, or what is wrong with it. Raises BadFile."""
    if origin in ("jsonl", "csv"):
        yield from (json_lines if origin == "jsonl" else csv_lines)(file)
        return
    read, translate = _ORIGINS[origin]
    for number, user in read(file):
        try:
            yield number, user if isinstance(user, str) else translate(user, parameters)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError):
            yield number, f"is not written as {origin} exports it"
