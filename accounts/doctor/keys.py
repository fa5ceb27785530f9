"""Look whether ENCRYPTION_KEYS open what is sealed, and how long a key has signed."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from accounts.checks import encryption_keys
from accounts.doctor.findings import Finding, Topic
from accounts.oauth_server.models import SigningKey

topic = Topic("keys")

_LONG = timedelta(days=183)
_PUT_BACK = (
    "Put every key back into ENCRYPTION_KEYS that was in use: see “Lost keys” in docs/operating.md."
)


def examine() -> Iterator[Finding]:
    yield _sealed()
    yield _signing()
    yield _secrets()
    yield _age()


def _sealed() -> Finding:
    checked = "Encryption keys open what is stored"
    lost = encryption_keys.lost()
    if lost:
        since = ", ".join(f"{key.first_used:%Y-%m-%d}" for key in lost)
        return topic.broken(checked, f"Keys in use since {since} are not there.", _PUT_BACK)
    return topic.ok(checked, "Every key that sealed something is there.")


def _signing() -> Finding:
    checked = "Signing keys open"
    shut = encryption_keys.unopened_signing_keys()
    if shut:
        named = ", ".join(map(str, shut))
        again = f"manage.py rotate_signing_key --algorithm {shut[0].algorithm}"
        return topic.broken(checked, f"Cannot be opened: {named}.", f"{_PUT_BACK} Or run {again}.")
    return topic.ok(checked, "All that sign can be opened.")


def _secrets() -> Finding:
    checked = "Secrets of providers open"
    shut = encryption_keys.unopened_provider_secrets()
    if shut:
        named = ", ".join(f"“{row.app.name}”" for row in shut)
        return topic.broken(
            checked, f"Cannot be opened: {named}.", f"{_PUT_BACK} Or enter them again in admin."
        )
    return topic.ok(checked, "All can be opened.")


def _age() -> Finding:
    checked = "Signing keys are changed from time to time"
    now = timezone.now()
    newest = SigningKey.objects.published().values_list("algorithm").annotate(Max("signs_from"))
    old = sorted(name for name, since in newest if now - since > _LONG)
    if old:
        return topic.warning(
            checked,
            f"For more than half a year the same have signed: {', '.join(old)}.",
            f"Run manage.py rotate_signing_key --algorithm {old[0]}.",
        )
    return topic.ok(checked, "None has signed for more than half a year.")
