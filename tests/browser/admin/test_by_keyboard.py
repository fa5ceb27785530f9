"""Admins' daily tasks in Chromium, from admin's first page on, by keyboard alone."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Session
from accounts.oauth_server.models import Client
from tests.browser.admin.cast import CHIEF, AdminCast
from tests.browser.stage import Stage
from tests.browser.visit import Windows
from tests.chromium import console_of

# The pages are the same on every database, and the stage is a file of SQLite.
pytestmark = pytest.mark.one_database

_SAID = """() => {
    const at = document.activeElement;
    const labels = [...(at.labels || [])].map((each) => each.textContent);
    const said = at.getAttribute('aria-label') || labels.join(' ') || at.textContent || at.value;
    return said.trim().replace(/\\s+/g, ' ');
}"""
_FAR = 60  # presses of Tab within which everything daily is reached


@dataclass
class Keyboard:
    """Somebody at `page` (playwright.sync_api.Page) who has no mouse."""

    page: Any

    def to(self, name: str) -> None:
        """Press Tab until what has this name, or one that begins so, is where the keyboard is."""
        passed = []
        for _ in range(_FAR):
            self.page.keyboard.press("Tab")
            passed.append(said := self.page.evaluate(_SAID))
            if said.startswith(name):
                return
        pytest.fail(f"“{name}” is not within {_FAR} presses, but {passed}", pytrace=False)

    def press(self, name: str) -> None:
        """Go to a link or button and press it, which opens a page."""
        self.to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def tick(self, name: str) -> None:
        self.to(name)
        self.page.keyboard.press("Space")

    def write(self, name: str, text: str) -> None:
        self.to(name)
        self.page.keyboard.type(text)

    def is_shown(self, text: str) -> bool:
        return text in self.page.locator("main").inner_text()


@pytest.fixture
def scene(db: None, stage: Stage) -> AdminCast:
    return stage.cast()


def opened(windows: Windows, scene: AdminCast, who: str = CHIEF) -> Keyboard:
    """Open admin's first page as one of `scene.staff`."""
    page = windows.with_()
    page.context.add_cookies([scene.cookies[who] | {"url": windows.site_url}])
    page.goto(reverse("admin:index"))
    return Keyboard(page)


def test_a_web_app_is_registered(windows: Windows, scene: AdminCast) -> None:
    keyboard = opened(windows, scene)
    with console_of(keyboard.page) as complaints:
        keyboard.press("Clients")
        keyboard.press("Add client app")
        keyboard.press("Web app")
        keyboard.write("Name", "Atlas")
        keyboard.write("Redirect URIs", "https://atlas.example/callback")
        keyboard.press("Save")
        keyboard.to("Copy")
    assert complaints == []
    assert Client.objects.get(name="Atlas").redirect_uris == "https://atlas.example/callback"


def test_support_ends_the_sessions_of_somebody(windows: Windows, scene: AdminCast) -> None:
    keyboard = opened(windows, scene, "role-support")
    keyboard.press("People")
    keyboard.write("Search", scene.alice.email)
    with keyboard.page.expect_navigation():
        keyboard.page.keyboard.press("Enter")
    keyboard.press(scene.alice.email)
    keyboard.press("End all sessions")
    keyboard.press("End all sessions")
    assert not Session.objects.filter(user=scene.alice).exists()


def test_a_client_is_disabled(windows: Windows, scene: AdminCast) -> None:
    keyboard = opened(windows, scene, "role-client-managers")
    keyboard.press("Clients")
    keyboard.press(scene.album.name)
    keyboard.press("Disable")
    keyboard.press("Disable")
    scene.album.refresh_from_db()
    assert not scene.album.is_active
