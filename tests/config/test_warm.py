"""What the server loads before there are workers."""

import gc
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.template import TemplateSyntaxError, engines
from django.template.base import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, clear_url_caches, get_resolver, reverse
from django.urls.resolvers import LocalePrefixPattern, RegexPattern
from django.utils import translation
from django.utils.functional import Promise

from accounts.models import SecurityEvent, Session
from api.mcp import tools
from config.warm import warm

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _in_one_transaction() -> Iterator[None]:
    """A request closes a connection in the middle of a transaction, as a test's is."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def kept() -> set[str | None]:
    """The templates that Django holds parsed."""
    loader: Any = engines["django"].engine.template_loaders[0]
    found = loader.get_template_cache.values()  # or that there is none
    return {template.name for template in found if isinstance(template, Template)}


def test_every_template_of_ours_is_parsed_before_the_workers_begin() -> None:
    engines["django"].engine.template_loaders[0].reset()
    warm()
    folder = settings.BASE_DIR / "templates"
    ours = {str(file.relative_to(folder)) for file in folder.rglob("*.*")}
    assert len(ours) > 100
    assert ours <= kept()


def test_what_is_loaded_is_kept_away_from_the_garbage_collector() -> None:
    before = gc.get_freeze_count()
    warm()
    assert gc.get_freeze_count() > before + 10_000


def test_what_a_worker_throws_away_does_not_wait_for_as_much_as_all_of_them_share() -> None:
    asked = """
import gc
before = gc.get_stats()[2]["collections"]
for _ in range(300_000):
    thrown_away = []
    thrown_away.append(thrown_away)
print(gc.get_stats()[2]["collections"] > before)
"""
    assert told_by_a_server_that_is_warm(asked) == ["True"]


def test_a_template_that_cannot_be_parsed_is_told_before_anybody_is_served(
    settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text("{% nonsense %}")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    with pytest.raises(TemplateSyntaxError):
        warm()


def test_a_page_that_cannot_be_made_keeps_no_server_from_starting(
    settings: Any, tmp_path: Path
) -> None:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    settings.STATIC_ROOT = tmp_path  # where nothing has been collected
    storage = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": storage}}
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        Client().get("/accounts/login/")
    warm()


def test_what_it_asks_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    warm()
    assert not caplog.records
    assert not Session.objects.exists()
    assert not SecurityEvent.objects.exists()


def test_what_a_request_needs_of_the_orm_is_there_before_the_first_one() -> None:
    warm()
    assert "_relation_tree" in Session._meta.__dict__


def test_addresses_are_held_once_for_all_languages() -> None:
    clear_url_caches()
    warm()
    resolver: Any = get_resolver()
    held = resolver._reverse_dict
    assert set(held) == dict(settings.LANGUAGES).keys()
    assert len({id(each) for each in held.values()}) == 1
    for language in held:
        with translation.override(language):
            assert reverse("account_login") == "/accounts/login/"


def test_no_address_is_translated() -> None:
    """They are held once for all languages."""
    assert not any(isinstance(each.pattern, LocalePrefixPattern) for each in every(get_resolver()))
    assert not any(isinstance(route_of(each.pattern), Promise) for each in every(get_resolver()))


def every(resolver: URLResolver) -> Iterator[URLPattern | URLResolver]:
    for each in resolver.url_patterns:
        yield each
        if isinstance(each, URLResolver):
            yield from every(each)


def route_of(pattern: Any) -> Any:
    return pattern._regex if isinstance(pattern, RegexPattern) else pattern._route


def test_a_pattern_that_is_new_puts_out_none_that_the_workers_share() -> None:
    warm()
    assert not re._cache


def test_the_tools_of_agents_are_made_where_they_are_served(settings: Any) -> None:
    for is_on, made in ((False, 0), (True, 1)):
        tools._made.cache_clear()
        settings.MCP = is_on
        warm()
        assert tools._made.cache_info().currsize == made


def test_no_worker_loads_what_only_the_description_of_the_api_needs() -> None:
    asked = """
import sys
print(*sorted(set(sys.modules) & {"django.test", "drf_spectacular.openapi", "unittest"}))
"""
    assert told_by_a_server_that_is_warm(asked) == []


def test_no_rule_of_browsers_is_made_ready_by_the_first_who_asks() -> None:
    asked = """
from accounts.network import browser_names
rules = [*browser_names._browsers, *browser_names._systems]
print(len(rules) > 100, all("pattern" in vars(rule) for rule in rules))
"""
    assert told_by_a_server_that_is_warm(asked) == ["True", "True"]


def told_by_a_server_that_is_warm(asked: str) -> list[str]:
    """Run `asked` in a process of its own: in this one, other tests have made much ready."""
    warm = "import config.wsgi\nfrom config.warm import warm\nwarm()"
    command = [sys.executable, "-c", f"{warm}\n{asked}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
