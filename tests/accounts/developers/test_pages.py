"""The pages for developers say what this site does, in English, to whoever asks."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.developers.navigation import PAGES
from accounts.oauth_server.rules.scopes import SCOPES
from accounts.site.problems import PROBLEMS

pytestmark = pytest.mark.django_db


def read(browser: Browser, name: str, *args: str, **headers: str) -> str:
    return browser.get(reverse(name, args=args), headers=headers).content.decode()


def test_every_page_is_read_signed_out_and_leads_to_the_others(client: Browser) -> None:
    for each in PAGES:
        answer = client.get(each.url)
        assert (each.name, answer.status_code) == (each.name, 200)
        told = answer.content.decode()
        assert [other.url for other in PAGES if f'href="{other.url}"' not in told] == []
        assert told.count('aria-current="page"') == 2  # wide and narrow


def test_the_words_are_english_within_a_frame_in_the_readers_language(client: Browser) -> None:
    told = read(client, "developers:scopes", **{"Accept-Language": "de"})
    assert '<html lang="de"' in told
    assert 'class="stack developers" lang="en" dir="ltr"' in told
    assert "See your e-mail address" in told


def test_scopes_are_those_of_the_registry(client: Browser) -> None:
    told = read(client, "developers:scopes")
    assert [name for name in SCOPES if f"<code>{name}</code>" not in told] == []


def test_limits_and_lifetimes_are_those_that_are_set(client: Browser, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api": "77/10m"}
    assert "77 in 10 minutes" in read(client, "developers:limits")
    told = read(client, "developers:tokens")
    assert "redeemed at the token endpoint within 1 minute" in told
    assert "<code>lk_at_…</code>" in told


def test_every_problem_is_on_a_page(client: Browser) -> None:
    told = read(client, "problems")
    assert [name for name in PROBLEMS if reverse("problem", args=[name]) not in told] == []
    assert client.get(reverse("problem", args=["nothing"])).status_code == 404
