"""Read a secret from the environment, or from the file that the environment names.

A variable is visible to every process that the site starts and to whoever may look at it; a file is
not. For each secret setting NAME, one of these holds it:

    NAME                                    the value itself
    NAME_FILE                               the path of a file that holds it and nothing else
    $CREDENTIALS_DIRECTORY/latchkey_NAME    what systemd's LoadCredential= handed over

A line break at the end of a file is not part of the value. In a file, a list has a line, or a
comma, between two values.
"""

import os
import re
from pathlib import Path
from typing import Any

from environs import Env, EnvError

_CREDENTIAL = "latchkey_{}"  # LoadCredential=latchkey:/a/directory names the files in it so


class UnreadableSecretError(EnvError):
    """Report that a secret cannot be had, by the name of its variable; never with its value."""


class Environment(Env):
    """Read settings, and secrets from files too. `files` are those that were read, by variable."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, Path] = {}

    def secret(self, name: str, default: Any = ...) -> str:
        """Return the secret `name`. Raises UnreadableSecretError, EnvError where it is not set."""
        path = self._file_of(name)
        return self.str(name, default) if path is None else _content(*path)

    def secrets(self, name: str, default: Any = ...) -> list[str]:
        """Return a list of secrets, as secret() does one."""
        path = self._file_of(name)
        if path is None:
            return list(self.list(name, default))
        return [value.strip() for value in re.split(r"[,\n]", _content(*path)) if value.strip()]

    def _file_of(self, name: str) -> tuple[str, Path] | None:
        """Return the file that holds `name`, after what says so; None where none does."""
        variable = self._get_key(name)
        ways = _ways(variable)
        if len(set(ways.values())) > 1:
            raise UnreadableSecretError(f"Set one of {' and '.join(ways)}, not both.")
        for way, path in ways.items():
            if isinstance(path, Path):
                self.files[way] = path
                return way, path
        return None


def _ways(variable: str) -> dict[str, str | Path]:
    """Return what is given for `variable`: values and files, by what gives them."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    credential = _CREDENTIAL.format(variable)
    ways: dict[str, str | Path] = {}
    if value := os.environ.get(variable):
        ways[variable] = value
    if path := os.environ.get(f"{variable}_FILE"):
        ways[f"{variable}_FILE"] = Path(path)
    if directory and (handed_over := Path(directory, credential)).is_file():
        ways[f"the credential {credential}"] = handed_over
    return ways


def _content(way: str, path: Path) -> str:
    try:
        value = path.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise UnreadableSecretError(f"{way}: {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        # Not with the cause: it would repeat what is in the file.
        raise UnreadableSecretError(f"{way}: {path} is not a text file.") from None
    if not value.strip():
        raise UnreadableSecretError(f"{way}: {path} is empty.")
    return value
