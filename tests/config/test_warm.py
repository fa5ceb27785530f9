"""What the server loads before there are workers."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import TemplateSyntaxError, engines

from config.warm import warm


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def kept() -> set[str]:
    """The templates that Django holds parsed."""
    loader: Any = engines["django"].engine.template_loaders[0]
    return {template.name for template in loader.get_template_cache.values()}


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


def test_a_template_that_cannot_be_parsed_is_told_before_anybody_is_served(
    settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text("{% nonsense %}")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    with pytest.raises(TemplateSyntaxError):
        warm()
