"""Check signature counters of passkeys (Web Authentication Level 2, sections 6.1.1, 7.2 step 21).

A device that counts says a higher number each time. A number that does not rise was said by
another device: one of the two holds a copy of the key. Passkeys that are synchronised do not
count, and always say 0. Neither allauth nor fido2 looks.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from fido2.webauthn import AuthenticationResponse

_LAST = "signature_counter"  # in the authenticator's data


def rises(authenticator: Authenticator, credential: dict[str, Any]) -> bool:
    """Keep the number that `credential` says; False where it is none that can follow the last.

    Under the row's lock, so that of the device and its copy that come at once one is refused.
    """
    said = AuthenticationResponse.from_dict(credential).response.authenticator_data.counter
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=authenticator.pk).first()
        if row is None:
            return False
        last = row.data.get(_LAST, row.wrap().authenticator_data.counter)
        if said <= last and (said or last):
            return False
        if said != last:
            row.data[_LAST] = said
            row.save(update_fields=["data"])
    return True
