"""Call third parties over HTTP, for allauth and this site's own calls."""

from typing import Any

import requests

from accounts.network.outbound import BoundedSession, CallFailed, media_type
from accounts.third_parties.errors import from_call


class ThirdPartySession(BoundedSession):
    """Raise ThirdPartyUnavailable or ThirdPartyMisbehaved, which allauth hands on to a page."""

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            response = super().request(method, url, *args, **kwargs)
        except CallFailed as failure:
            raise from_call(failure) from failure
        # allauth compares it to the letter, and reads a token answer as a form where it differs.
        response.headers["Content-Type"] = media_type(response)
        return response
