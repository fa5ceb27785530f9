"""Use up codes of an authenticator app (RFC 6238): each works once.

allauth remembers a used code in the cache for one period of 30 seconds, and so forgets it while
MFA_TOTP_TOLERANCE still accepts it; it knows nothing of the code that the app was set up with.
"""

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.storage.sealed import unseal
from accounts.upstream.core import compare_user_code
from accounts.upstream.mfa import accepted_time_steps, format_hotp_value, hotp_value

_LAST_STEP = "last_step"  # in the authenticator's data: the newest time step that was used


def spend(authenticator: Authenticator, code: str) -> bool:
    """Use up the time step of `code` and all before it; False where that has been done before.

    Under the row's lock, so that of simultaneous attempts with one code a single one succeeds
    (RFC 6238 section 5.2).
    """
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=authenticator.pk).first()
        step = _step_of(row, code) if row else None
        if row is None or step is None:
            return False
        row.data[_LAST_STEP] = step
        row.save(update_fields=["data"])
    return True


def _step_of(row: Authenticator, code: str) -> int | None:
    secret, last = unseal(row.data["secret"], "an authenticator app"), row.data.get(_LAST_STEP, 0)
    for step in accepted_time_steps():
        expected = format_hotp_value(hotp_value(secret, step))
        if step > last and compare_user_code(actual=code, expected=expected):
            return step
    return None
