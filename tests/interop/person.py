"""Alice at her browser, for the client libraries that send her to the site."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests

from docs.wire import Form, Unexpected, form_on, location

TIMEOUT = 10  # seconds


class Person:
    """Goes where a client app sends her, and does what the site's pages ask."""

    def __init__(self, site: str, email: str, password: str) -> None:
        self.site, self.email = site, email
        self._sign_in = {"login": email, "password": password}
        self._session = requests.Session()

    def open(self, url: str, decision: str = "allow") -> dict[str, Any]:
        """Sign in and decide, where `url` leads to such pages. Return where that sent her:
        a URL of the client app, and the form for it where the answer comes as one."""
        page = self._walk(self._session.get(url, allow_redirects=False, timeout=TIMEOUT))
        asks = {
            "/accounts/login/": self._sign_in,
            "/oauth/authorize/": {"decision": decision},
            "/oauth/logout/": {},
        }
        for path, filled in asks.items():
            if form := _form_on(page, path):
                page = self._submit(form, **filled)
        if page.is_redirect:
            return {"url": location(page)}
        answer = form_on(page, to="/callback")
        return {"url": answer.action, "form": answer.fields}

    def enter_code(self, url: str, decision: str = "allow") -> dict[str, Any]:
        """Decide about the device that shows `url` (RFC 8628 section 3.3.1)."""
        page = self._walk(self._session.get(url, allow_redirects=False, timeout=TIMEOUT))
        if form := _form_on(page, "/accounts/login/"):
            page = self._submit(form, **self._sign_in)
        page = self._submit(form_on(page, to="/oauth/device/"))
        page = self._submit(form_on(page, to="/oauth/device/decision/"), decision=decision)
        assert page.ok, page.text
        return {}

    def forget(self) -> dict[str, Any]:
        """Go on in another browser, where she is not signed in."""
        self._session = requests.Session()
        return {}

    def _submit(self, form: Form, **filled: str) -> requests.Response:
        data = form.fields | filled
        page = self._session.post(form.action, data, allow_redirects=False, timeout=TIMEOUT)
        return self._walk(page)

    def _walk(self, page: requests.Response) -> requests.Response:
        """Follow redirects, up to the one that leaves the site."""
        while page.is_redirect and urlsplit(location(page)).netloc == urlsplit(self.site).netloc:
            page = self._session.get(location(page), allow_redirects=False, timeout=TIMEOUT)
        return page


def _form_on(page: requests.Response, path: str) -> Form | None:
    with suppress(Unexpected):
        return form_on(page, to=path)
    return None
