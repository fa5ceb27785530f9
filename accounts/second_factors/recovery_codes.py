"""Keep recovery codes: shown once, hashed from then on, each good for once.

allauth keeps a sealed seed, of which all codes are made. Once they have been shown, their owner
needs them and nobody else: a hash of each is left (NIST SP 800-63B section 3.1.2.2), as slow as
that of a password, as ten digits are soon tried through. The hashes are sealed in their turn, so
that a stolen database alone tells nothing.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet

from accounts.storage.sealed import CannotOpen, seal, unseal

# In the authenticator's data. Where there are hashes, allauth finds that there are no codes.
_SEED, HASHES, _SHOWN = "seed", "hashes", "viewed_at"
_NONE_FOR_ALLAUTH: dict[str, list[str]] = {"migrated_codes": []}


def of(user: Any) -> Authenticator | None:
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
    return rows.first()


def left(codes: Authenticator) -> int:
    """Return how many of `codes` can still be used; of those that cannot be opened, none."""
    try:
        is_hashed = HASHES in codes.data
        return len(_hashes(codes) if is_hashed else codes.wrap().get_unused_codes())
    except CannotOpen:
        return 0


def show(codes: Authenticator) -> list[str]:
    """Return the codes, and keep nothing but their hashes; [] where they were shown before.

    Raises CannotOpen.
    """
    if codes.data.get(_SHOWN):
        return []
    unused: list[str] = codes.wrap().get_unused_codes()
    return unused if _keep_hashes(codes, unused) else []


def use(codes: Authenticator, code: str) -> bool:
    """Use `code` up; False where it is none of `codes`, or was used. Raises CannotOpen."""
    if HASHES not in codes.data:
        return bool(codes.wrap().validate_code(code))
    code, hashes = re.sub(r"[\s-]", "", code), _hashes(codes)
    if not re.fullmatch(rf"[0-9]{{{app_settings.RECOVERY_CODE_DIGITS}}}", code):
        return False  # each of them takes as long as a password
    matching = next((each for each in hashes if check_password(code, each)), None)
    return matching is not None and _take(codes, matching)


def sealed() -> QuerySet[Authenticator]:
    """Return those that were shown before they were hashed: by a version that did not."""
    rows = Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES)
    return rows.filter(data__has_key=_SEED).filter(data__has_key=_SHOWN)


def hash_sealed(size: int) -> Iterator[int]:
    """Hash all of `sealed`, and yield how many each batch was. What cannot be opened stays."""
    last = 0
    while batch := list(sealed().filter(pk__gt=last).order_by("pk")[:size]):
        last = batch[-1].pk
        yield sum(map(_hash, batch))


def _hash(codes: Authenticator) -> bool:
    try:
        return _keep_hashes(codes, codes.wrap().get_unused_codes())
    except CannotOpen:
        return False


def _keep_hashes(codes: Authenticator, unused: list[str]) -> bool:
    """Put hashes in the seed's place; False where another request was first, or used one."""
    hashes = seal(json.dumps([make_password(code) for code in unused]))  # before anything is locked
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=codes.pk).first()
        if row is None or row.data != codes.data:
            return False
        row.data = {HASHES: hashes, _SHOWN: time.time(), **_NONE_FOR_ALLAUTH}
        row.save(update_fields=["data"])
    codes.data = row.data
    return True


def _take(codes: Authenticator, matching: str) -> bool:
    """Take the hash of a code that was used away, under the row's lock: once."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=codes.pk).first()
        found = _hashes(row) if row else []
        if row is None or matching not in found:
            return False
        row.data[HASHES] = seal(json.dumps([each for each in found if each != matching]))
        row.save(update_fields=["data"])
    codes.data = row.data
    return True


def _hashes(codes: Authenticator) -> list[str]:
    hashes: list[str] = json.loads(unseal(codes.data[HASHES], "recovery codes"))
    return hashes
