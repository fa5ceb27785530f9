"""Look whether ENCRYPTION_KEYS open what is sealed, and how long a key has signed."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.checks import encryption_keys
from accounts.doctor.findings import Finding, Topic
from accounts.oauth_server.models import SigningKey

topic = Topic("keys")

_LONG = timedelta(days=183)
_PUT_BACK = _(
    "Put every key back into ENCRYPTION_KEYS that was in use: see “Lost keys” in docs/operating.md."
)
_OR_ROTATE = _(
    "Put every key back into ENCRYPTION_KEYS that was in use: see “Lost keys” in "
    "docs/operating.md. Or run manage.py rotate_signing_key --algorithm %(algorithm)s."
)
_OR_ENTER = _(
    "Put every key back into ENCRYPTION_KEYS that was in use: see “Lost keys” in "
    "docs/operating.md. Or enter them again in admin."
)
_SHUT = _("Cannot be opened: %(names)s.")


def examine() -> Iterator[Finding]:
    yield _sealed()
    yield _signing()
    yield _secrets()
    yield _age()


def _sealed() -> Finding:
    checked = _("Encryption keys open what is stored")
    lost = encryption_keys.lost()
    if lost:
        since = ", ".join(f"{key.first_used:%Y-%m-%d}" for key in lost)
        found = _("Keys in use since %(since)s are not there.") % {"since": since}
        return topic.broken(checked, found, _PUT_BACK)
    return topic.ok(checked, _("Every key that sealed something is there."))


def _signing() -> Finding:
    checked = _("Signing keys open")
    shut = encryption_keys.unopened_signing_keys()
    if shut:
        found = _SHUT % {"names": ", ".join(map(str, shut))}
        return topic.broken(checked, found, _OR_ROTATE % {"algorithm": shut[0].algorithm})
    return topic.ok(checked, _("All that sign can be opened."))


def _secrets() -> Finding:
    checked = _("Secrets of third parties open")
    shut = encryption_keys.unopened_provider_secrets()
    if shut:
        found = _SHUT % {"names": ", ".join(row.app.name for row in shut)}
        return topic.broken(checked, found, _OR_ENTER)
    return topic.ok(checked, _("All can be opened."))


def _age() -> Finding:
    checked = _("Signing keys are changed from time to time")
    now = timezone.now()
    newest = SigningKey.objects.published().values_list("algorithm").annotate(Max("signs_from"))
    old = sorted(name for name, since in newest if now - since > _LONG)
    if old:
        return topic.warning(
            checked,
            _("For more than half a year the same have signed: %(names)s.")
            % {"names": ", ".join(old)},
            _("Run manage.py rotate_signing_key --algorithm %(algorithm)s.")
            % {"algorithm": old[0]},
        )
    return topic.ok(checked, _("None has signed for more than half a year."))
