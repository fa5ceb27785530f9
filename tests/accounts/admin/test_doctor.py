"""The doctor's page in Django admin: for superusers, and calls nobody before it is told to."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.admin.scene import desk_of
from tests.accounts.second_factors.authenticators import confirmed

PAGE = "/admin/doctor/"


@pytest.mark.parametrize("who", ["nobody", "a person", "an admin with every permission"])
def test_only_superusers_see_the_doctor(mallory: User, who: str) -> None:
    browser = Browser() if who == "nobody" else confirmed(mallory)
    if who.startswith("an admin"):
        browser = desk_of(mallory, *Permission.objects.all())
    refused = 403 if who.startswith("an admin") else 302
    assert browser.get(PAGE).status_code == refused
    assert browser.post(PAGE).status_code == refused
    assert b"Doctor" not in browser.get("/admin/").content


def test_a_superuser_sees_what_is_wrong_first_and_what_to_do(desk: Browser, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    page = desk.get(PAGE).content.decode()
    assert PAGE in desk.get("/admin/").content.decode()
    assert page.index('class="broken"') < page.index('class="warning"') < page.index('class="ok"')
    assert "Set TRUSTED_PROXIES=0" in page
    assert "Nobody was called yet" in page
    behind = desk.get(PAGE, headers={"X-Forwarded-For": "192.0.2.1"}).content.decode()
    assert "as TRUSTED_PROXIES says" in behind
    further = desk.get(PAGE, headers={"X-Forwarded-For": "a, 192.0.2.1"}).content.decode()
    assert "Set TRUSTED_PROXIES=2 if they are all yours" in further


def test_on_a_press_others_are_called(desk: Browser) -> None:
    page = desk.post(PAGE).content.decode()
    assert "No answer from http://testserver" in page
    assert "Everybody was called" in page


def test_it_speaks_the_language_of_who_looks(desk: Browser, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    german = {"Accept-Language": "de"}
    page = desk.get(PAGE, headers=german).content.decode()
    assert "Proxys: Die Adressen der Personen sind bekannt" in page
    assert "TRUSTED_PROXIES ist 1, aber diese Anfrage ging durch 0." in page
    assert "Fehlerhaft" in page
    called = desk.post(PAGE, headers=german).content.decode()
    assert "Keine Antwort von http://testserver" in called
    arabic = desk.get(PAGE, headers={"Accept-Language": "ar"}).content.decode()
    assert "الخوادم الوسيطة: عناوين الأشخاص معروفة" in arabic
