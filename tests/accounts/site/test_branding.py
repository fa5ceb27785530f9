"""The operator's own colour, logo and links, by settings alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import Client as Browser

from accounts.site.branding import DARK, LIGHT, dark_accent, derived_dark, light_accent
from accounts.site.colours import contrast

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
SHEETS = ("site", "admin")
BLOCKS = (r"^:root \{(.+?)^\}", r"^@media \(prefers-color-scheme: dark\) \{(.+?)^\}")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def linked(page: str, what: str) -> str:
    """The address, on a page, of the brand's style sheet or logo."""
    return f"/brand/{what}" + page.partition(f'"/brand/{what}')[2].partition('"')[0]


def found_by_checks() -> set[str]:
    return {str(message.id) for message in run_checks() if "accounts.E02" in str(message.id)}


@pytest.fixture
def logo(tmp_path: Path, settings: Any) -> Path:
    file = tmp_path / "logo.svg"
    file.write_bytes(SVG)
    settings.BRAND_LOGO = str(file)
    return file


def test_without_settings_there_is_the_sites_own_look(client: Browser) -> None:
    page = client.get(SIGN_IN).content.decode()
    assert "/brand/" not in page
    assert client.get("/brand/style.css").status_code == 404
    assert client.get("/brand/logo").status_code == 404


def test_an_accent_is_a_style_sheet_that_is_kept(client: Browser, settings: Any) -> None:
    settings.BRAND_ACCENT = "#6a1b9a"
    page = client.get(SIGN_IN).content.decode()
    response = client.get(linked(page, "style.css"))
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "--accent:#6a1b9a" in response.content.decode()
    assert "prefers-color-scheme:dark" in response.content.decode()
    assert "immutable" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


def test_another_accent_has_another_address(client: Browser, settings: Any) -> None:
    addresses = set()
    for settings.BRAND_ACCENT in ("#6a1b9a", "#0d47a1"):
        addresses.add(linked(client.get(SIGN_IN).content.decode(), "style.css"))
    assert len(addresses) == 2


@pytest.mark.parametrize("colour", ["#6a1b9a", "#0d47a1", "#b71c1c", "#000000", "#00695c"])
def test_every_shade_that_is_derived_can_be_read(colour: str) -> None:
    light, dark = light_accent(colour), dark_accent(derived_dark(colour))
    for accent, grounds in ((light, LIGHT), (dark, DARK)):
        assert all(contrast(accent.colour, ground) >= 4.5 for ground in grounds)
        assert contrast(accent.colour, accent.soft) >= 4.5
        assert contrast(accent.on, accent.colour) >= 4.5
        assert contrast(accent.on, accent.strong) >= 4.5


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("BRAND_ACCENT", "red;}body{display:none", "accounts.E020"),
        ("BRAND_ACCENT", "#fff", "accounts.E020"),
        ("BRAND_ACCENT", "#ffd600", "accounts.E021"),
        ("BRAND_ACCENT_DARK", "#1a237e", "accounts.E021"),
        ("BRAND_LOGO", "/nowhere/logo.svg", "accounts.E022"),
        ("BRAND_LOGO", __file__, "accounts.E022"),
        ("TERMS_URL", "javascript:alert(1)", "accounts.E023"),
        ("PRIVACY_URL", "/privacy", "accounts.E023"),
        ("SUPPORT_ADDRESS", "help", "accounts.E023"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_start(
    settings: Any, name: str, value: str, problem: str
) -> None:
    setattr(settings, name, value)
    assert found_by_checks() == {problem}


def test_a_logo_that_would_weigh_on_every_page_is_refused(logo: Path) -> None:
    assert found_by_checks() == set()
    logo.write_bytes(b" " * 30_001)
    assert found_by_checks() == {"accounts.E022"}


def test_a_logo_is_shown_under_the_sites_name_and_can_run_nothing(
    client: Browser, logo: Path, settings: Any
) -> None:
    settings.SITE_NAME = "Garden & Co"
    page = client.get(SIGN_IN).content.decode()
    assert 'alt="Garden &amp; Co"' in page
    response = client.get(linked(page, "logo"))
    assert response.content == SVG
    assert response["Content-Type"] == "image/svg+xml"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]


def test_help_terms_and_privacy_are_beneath_every_page(client: Browser, settings: Any) -> None:
    settings.SUPPORT_ADDRESS = "help@example.com"
    settings.TERMS_URL = "https://example.com/terms"
    settings.PRIVACY_URL = "https://example.com/privacy"
    for where in (SIGN_IN, "/nowhere/"):
        page = client.get(where).content.decode()
        assert 'href="mailto:help@example.com"' in page
        assert 'href="https://example.com/terms"' in page
        assert 'href="https://example.com/privacy"' in page


@pytest.mark.parametrize("name", ["TERMS_URL", "PRIVACY_URL"])
def test_who_signs_up_is_told_what_they_agree_to(client: Browser, settings: Any, name: str) -> None:
    assert "By continuing" not in client.get("/accounts/signup/").content.decode()
    setattr(settings, name, "https://example.com/words")
    assert "By continuing you agree" in client.get("/accounts/signup/").content.decode()


def test_the_metadata_name_terms_and_privacy(client: Browser, settings: Any) -> None:
    where = "/.well-known/openid-configuration"
    assert not {"op_tos_uri", "op_policy_uri"} & set(client.get(where).json())
    settings.TERMS_URL, settings.PRIVACY_URL = "https://a.example/t", "https://a.example/p"
    document = client.get(where).json()
    assert document["op_tos_uri"] == "https://a.example/t"
    assert document["op_policy_uri"] == "https://a.example/p"


def test_an_error_page_leads_to_help_with_the_number_of_the_request(
    client: Browser, settings: Any
) -> None:
    settings.SUPPORT_ADDRESS = "https://example.com/help"
    response = client.get("/nowhere/")
    page = response.content.decode()
    assert '<a href="https://example.com/help">ask for help</a>' in page
    assert f'<code dir="ltr">{response["X-Request-ID"]}</code>' in page


def test_django_admin_has_the_colours_of_all_other_pages() -> None:
    sheets = [(settings.BASE_DIR / f"static/css/{name}.css").read_text() for name in SHEETS]
    light, dark = (
        [re.findall(block, sheet, re.S | re.M)[0] for sheet in sheets] for block in BLOCKS
    )
    for of_pages, of_admin in (light, dark):
        declared = dict(re.findall(r"(--[a-z-]+): (#\w+);", of_pages))
        assert len(declared) == 17
        assert dict(re.findall(r"(--[a-z-]+): (#\w+);", of_admin)) == declared
