"""What a template always says alike is rendered once: for each language, and where the site is."""

from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Engine, Template
from django.test import override_settings
from django.urls import set_script_prefix
from django.utils import translation

LOADERS = ["django.template.loaders.filesystem.Loader"]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Load a page with the loader of this site, or as Django would."""
    libraries = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}

    def load(text: str) -> list[Template]:
        (tmp_path / "page.html").write_text("{% load i18n static %}" + text)
        loaders: list[Any] = [("accounts.site.templates.Loader", LOADERS)]
        ours = Engine([str(tmp_path)], loaders=loaders, libraries=libraries)
        return [
            ours.get_template("page.html"),
            Engine([str(tmp_path)], libraries=libraries).get_template("page.html"),
        ]

    return load


def said(template: Template, **context: Any) -> str:
    return template.render(Context(context))


PAGES = [
    '{% translate "Sign in" %}',
    '{% if yes %}{% translate "Sign in" %}{% else %}{% translate "Sign out" %}{% endif %}',
    '{% translate word %} {% translate "Sign in" as here %}{{ here }} {% translate word|upper %}',
    '{% translate "Sign in"|upper %} {% translate "Sign in" noop %}',
    '{% translate "May" context "month name" %}',
    '{% url "account_login" %} {% url where %} {% url "account_app" pk=number %}',
    '{% url "admin:index" %} {% url "account_login" %}',
    '{% url "account_login" as there %}<{{ there }}>',
    '{% static "css/site.css" %} {% static file %} {% static "css/site.css" as style %}{{ style }}',
    '{% for each in numbers %}{% translate "Sign in" %}{{ each }}{% endfor %}',
    '{% autoescape off %}{% translate "<b> & 1%%" %}{% endautoescape %}{% translate "<b> & 1%%" %}',
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_django_has_it_say(write: Any, page: str) -> None:
    ours, djangos = write(page)
    for language in ("en", "de", "ar", "en"):
        for word, number in (("Sign in", 1), ("Sign out", 2)):
            context = {"word": word, "number": number, "yes": number == 1, "numbers": [1, 2]}
            context |= {"where": ("home", "account_home")[number - 1], "file": f"js/{number}.js"}
            with translation.override(language):
                assert said(ours, **context) == said(djangos, **context)


def test_words_are_those_of_the_language_at_hand(write: Any) -> None:
    ours, _ = write('{% translate "Sign in" %}')
    spoken = []
    for language in ("en", "de", "ar", "de"):
        with translation.override(language):
            spoken.append(said(ours))
    assert spoken[0] == "Sign in"
    assert spoken[1] == spoken[3]
    assert len(set(spoken)) == 3


def test_addresses_begin_where_the_site_does(write: Any) -> None:
    ours, _ = write('{% url "account_login" %}')
    assert said(ours) == "/accounts/login/"
    set_script_prefix("/people/")
    try:
        assert said(ours) == "/people/accounts/login/"
    finally:
        set_script_prefix("/")


def test_a_setting_that_changes_is_followed(write: Any) -> None:
    ours, _ = write('{% static "css/site.css" %}')
    before = said(ours)
    with override_settings(STATIC_URL="/elsewhere/"):
        assert said(ours) != before
    assert said(ours) == before
