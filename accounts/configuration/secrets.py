"""Read a secret from where the file says that it is: a variable of the environment, or a file."""

import os
from pathlib import Path

_MOST_BYTES = 100_000


class NoSecret(Exception):
    """Report that there is no secret where one should be. Its text names the place."""


def read(told: dict[str, str]) -> str:
    """Return the secret that `told` refers to, without the line's end. Raises NoSecret."""
    secret = _of_environment(told["env"]) if "env" in told else _of_file(told["file"])
    return secret.rstrip("\r\n")


def _of_environment(name: str) -> str:
    if not os.environ.get(name):
        raise NoSecret(f"There is no {name} in the environment.")
    return os.environ[name]


def _of_file(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            secret = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise NoSecret(f"{path} cannot be read.") from error
    if not secret.strip() or len(secret) > _MOST_BYTES:
        raise NoSecret(f"{path} has no secret in it.")
    return secret
