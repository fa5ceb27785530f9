"""Brings a browser to a state of a page, as a person would come there."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from accounts.sessions.store import SessionStore
from tests.browser.cast import Cast
from tests.browser.state import Press, State
from tests.chromium import console_of

BEFORE_PAGE = Path(__file__).with_name("before_page.js").read_text()
SECONDS = 30_000  # milliseconds, that is
WIDTH, HEIGHT = 1280, 900


@dataclass
class Visit:
    """What a browser met on its way. `page` is Playwright's."""

    page: Any
    state: State
    responses: list[Any] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The status of the page that is shown."""
        return int([each for each in self.responses if _is_document(each)][-1].status)

    @property
    def last_load(self) -> list[Any]:
        """The responses that the page which is shown is made of."""
        begins = max(i for i, each in enumerate(self.responses) if _is_document(each))
        return self.responses[begins:]

    def take(self, response: Any) -> None:
        """Keep what arrived. What only led on may be told of after what it led to."""
        if not 300 <= response.status < 400:
            self.responses.append(response)

    def arrived(self) -> list[str]:
        """Say what is not as the catalogue says."""
        found = []
        if (name := _name_of(self.page.url)) != self.state.page:
            found.append(f"the browser ended at “{name}”, {self.page.url}")
        if self.status != self.state.status:
            found.append(f"the status is {self.status}")
        return found


def _is_document(response: Any) -> bool:
    return bool(response.request.is_navigation_request())


def _name_of(url: str) -> str:
    try:
        match = resolve(urlsplit(url).path)
    except Resolver404:
        return ""
    return match.view_name


class Windows:
    """The windows of a browser, one for each set of options of Playwright's new_context: opening
    one takes longer than most pages do.
    """

    def __init__(self, browser: Any, site_url: str) -> None:
        self.site_url = site_url
        self._browser = browser
        self._pages: dict[tuple[Any, ...], Any] = {}

    def with_(self, width: int = WIDTH, **options: Any) -> Any:
        """Return a window (playwright.sync_api.Page) that knows nothing of earlier visits."""
        size = {"width": width, "height": HEIGHT}
        key = (width, *sorted(options.items()))
        page = self._pages.get(key)
        if not page:
            page = self._pages[key] = self._open(viewport=size, **options)
        page.context.clear_cookies()
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light")
        return page

    def _open(self, **options: Any) -> Any:
        # Nothing moves, so that nothing is looked at in the middle of a transition.
        still = {"base_url": self.site_url, "reduced_motion": "reduce"}
        context = self._browser.new_context(**still, **options)
        context.set_default_timeout(SECONDS)
        context.add_init_script(BEFORE_PAGE)
        page = context.new_page()
        # What a page weighs is what it weighs for a newcomer.
        context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        return page

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


@contextlib.contextmanager
def visit(windows: Windows, cast: Cast, state: State, **options: Any) -> Iterator[Visit]:
    """Show `state` in the window with `options`, as Windows.with_ takes them."""
    at, cookie = state.address(cast), state.session(cast)
    page = windows.with_(**options)
    if cookie:
        page.context.add_cookies([cookie | {"url": windows.site_url}])
    with console_of(page) as complaints:
        visit = Visit(page, state, complaints=complaints)
        page.on("response", visit.take)
        try:
            yield _go(visit, at)
        finally:
            page.remove_listener("response", visit.take)
            page.unroute_all()


def _go(visit: Visit, at: str) -> Visit:
    page, state = visit.page, visit.state
    if state.drawn:
        drawn = {"status": state.status, "content_type": "text/html", "body": state.drawn()}
        page.route(lambda url: urlsplit(url).path == at, lambda route: route.fulfill(**drawn))
    page.goto(at)
    for step in state.then:
        _send(page, step)
    return visit


def _send(page: Any, step: Press) -> None:
    for name, value in step.fields.items():
        found = page.locator(f'main [name="{name}"]:not([type=radio]):visible').first
        if found.get_attribute("type") == "checkbox":
            found.check()
        elif found.evaluate("field => field.tagName") == "SELECT":
            found.select_option(str(value))
        else:
            found.fill(value if isinstance(value, str) else value(_session(page)))
    button = page.locator(step.button or _button_of(next(iter(step.fields)))).first
    with page.expect_navigation():
        button.click()


def _session(page: Any) -> SessionStore:
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    return SessionStore(cookies[settings.SESSION_COOKIE_NAME])


def _button_of(field: str) -> str:
    return f'form:has([name="{field}"]:visible) button[type=submit]'
