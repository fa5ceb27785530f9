"""Tell templates of second factors."""

from typing import Any

from django.http import HttpRequest

from accounts.second_factors import passkeys


def passkeys_offered(request: HttpRequest) -> dict[str, Any]:
    """Return whether browsers offer passkeys at this site's address."""
    return {"passkeys_offered": passkeys.work_here()}
