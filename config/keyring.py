"""Make the keys of an instance on first start, and keep them in DATA_DIR/secrets.json (mode 0600),
beside the data that they open and never in the database.
"""

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

_FILE = "secrets.json"
_NAMES = ("SECRET_KEY", "ENCRYPTION_KEYS")


def keys(data_dir: Path) -> dict[str, str]:
    """Return the settings that must be secret. The first call for a `data_dir` makes them."""
    kept = read(data_dir)
    if not all(name in kept for name in _NAMES):
        made = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        }
        kept = keep(data_dir, made | kept)
    return {name: kept[name] for name in _NAMES}


def read(data_dir: Path) -> dict[str, Any]:
    """Return all that is kept for `data_dir`: nothing before its first start."""
    with contextlib.suppress(FileNotFoundError):
        return dict(json.loads((data_dir / _FILE).read_text()))
    return {}


def keep(data_dir: Path, more: dict[str, Any]) -> dict[str, Any]:
    """Add `more` to what is kept and return it all. Whole or not at all: half a file of keys
    would lock the data that they open."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = read(data_dir) | more
    draft = data_dir / f".{_FILE}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        json.dump(kept, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(data_dir / _FILE)
    return kept
