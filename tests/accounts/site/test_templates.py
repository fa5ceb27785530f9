"""What a template always says alike is rendered once: for each language, and where the site is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Engine, Template
from django.test import override_settings
from django.urls import set_script_prefix
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

LAYOUT = (
    "<{% block a %}A{{ html }}{% endblock %}|{% if yes %}{% block b %}B{% endblock %}{% endif %}>"
)
INNER = '{% extends "layout.html" %}{% block b %}inner {{ block.super }}{% endblock %}'
LOAD = "{% load i18n static %}"
LOADERS = ["django.template.loaders.filesystem.Loader"]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Load a page with the loader of this site, or as Django would."""
    libraries = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}

    def load(text: str) -> list[Template]:
        (tmp_path / "page.html").write_text(text)
        (tmp_path / "part.html").write_text("<i>{{ html }}{{ own }}{{ field.label }}</i>")
        (tmp_path / "layout.html").write_text(LAYOUT)
        (tmp_path / "inner.html").write_text(INNER)
        loaders: list[Any] = [("accounts.site.templates.Loader", LOADERS)]
        ours = Engine([str(tmp_path)], loaders=loaders, libraries=libraries)
        return [
            ours.get_template("page.html"),
            Engine([str(tmp_path)], libraries=libraries).get_template("page.html"),
        ]

    return load


class Thing:
    """Something that a page reads: what it says depends on how it is asked."""

    word = "thing & co"

    def method(self) -> str:
        return "<called>"

    def needs(self, more: str) -> str:
        return more

    def delete(self) -> str:
        raise AssertionError

    delete.alters_data = True

    @property
    def gone(self) -> Any:
        raise ObjectDoesNotExist

    def __eq__(self, other: object) -> bool:
        raise ValueError("not to be compared")

    __hash__ = None


class Form(forms.Form):
    name = forms.CharField(label="<Name>", help_text="who")


def told() -> dict[str, Any]:
    """All kinds of things that a page may read."""
    return {
        "html": "<b>&</b>",
        "safe": mark_safe("<b>&</b>"),
        "lazy": gettext_lazy("Sign in"),
        "late": SimpleLazyObject(lambda: "<late>"),
        "number": 1234567.5,
        "day": datetime(2026, 2, 3, 4, 5, tzinfo=UTC),
        "nothing": None,
        "empty": "",
        "yes": True,
        "thing": Thing(),
        "kind": Thing,
        "map": {"word": "in a map", "items": "an item", "0": "zero"},
        "list": ["first", "second"],
        "form": Form(),
        "field": Form()["name"],
    }


READINGS = [
    "{{ html }} {{ safe }} {{ lazy }} {{ late }} {{ number }} {{ day }} {{ nothing }} {{ empty }}",
    "{{ missing }} {{ html.missing }} {{ nothing.word }} {{ yes }} {{ html|upper }}"
    "{{ 'a' }} {{ 5 }}",
    "{{ thing.word }} {{ thing.method }} {{ thing.needs }} {{ thing.delete }} {{ kind.word }}",
    "{{ thing.gone }} {{ thing.gone.word }} {% if thing.gone %}1{% else %}2{% endif %}",
    "{{ map.word }} {{ map.items }} {{ map.0 }} {{ list.1 }} {{ list.9 }} {{ late.upper }}",
    "{{ form.name.label }} {{ form.other }} {{ field.label }} {{ field.help_text }} {{ field }}",
    "{% autoescape off %}{{ html }}{{ safe }}{{ late }}{{ number }}{{ lazy }}{% endautoescape %}",
    "{% if html %}1{% endif %}{% if missing %}2{% elif thing.method %}3{% else %}4{% endif %}",
    "{% if not missing and html or missing %}1{% endif %}{% if empty or not yes %}2{% endif %}",
    "{% if thing == html %}1{% else %}2{% endif %}{% if not thing == html %}3{% endif %}",
    "{% if html == '<b>&</b>' %}1{% endif %}{% if number > 5 %}2{% endif %}"
    "{% if 5 in number %}3{% endif %}",
    "{% if html|default:missing %}1{% else %}2{% endif %}",
    "{% if missing == nothing %}1{% endif %}{% if missing.word == None %}2{% endif %}",
    "{% if yes is True and html|length == 8 %}1{% endif %}{% if html != 'a' %}2{% endif %}",
    "a{# b #}c{% comment %}d{% endcomment %}{% if yes %} {% if empty %}e{% else %}f{% endif %}"
    " {% endif %}g",
    "{% for each in list %}{{ forloop.counter }}{{ each }}{% cycle 'x' 'y' %}{% endfor %}"
    "{% for each in empty %}1{% empty %}0{% endfor %}",
    "{% with own=html %}{% include 'part.html' %}{% endwith %}"
    "{% include 'part.html' with own=lazy %}",
    "{% include 'part.html' with own=1 only %}{% include part %}{% include './part.html' %}",
    "{% for each in list %}{% include 'part.html' with own=each %}{% endfor %}{{ own }}",
    "{% extends 'layout.html' %}{% block a %}mine {{ block.super }}{{ html }}{% endblock %}",
    "{% extends 'inner.html' %}{% block b %}outer {{ block.super }}{% endblock %}",
    "{% extends which %}{% block a %}mine{% endblock %}",
]


@pytest.mark.parametrize("page", READINGS)
def test_a_page_reads_what_django_has_it_read(write: Any, page: str) -> None:
    ours, djangos = write(page)
    for language in ("en", "de", "ar"):
        with translation.override(language):
            for _ in range(2):  # a page, and the next one
                context = told() | {"part": "part.html", "which": "inner.html"}
                assert said(ours, **context) == said(djangos, **context)


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
    ours, djangos = write(LOAD + page)
    for language in ("en", "de", "ar", "en"):
        for word, number in (("Sign in", 1), ("Sign out", 2)):
            context = {"word": word, "number": number, "yes": number == 1, "numbers": [1, 2]}
            context |= {"where": ("home", "account_home")[number - 1], "file": f"js/{number}.js"}
            with translation.override(language):
                assert said(ours, **context) == said(djangos, **context)


def test_words_are_those_of_the_language_at_hand(write: Any) -> None:
    ours, _ = write(LOAD + '{% translate "Sign in" %}')
    spoken = []
    for language in ("en", "de", "ar", "de"):
        with translation.override(language):
            spoken.append(said(ours))
    assert spoken[0] == "Sign in"
    assert spoken[1] == spoken[3]
    assert len(set(spoken)) == 3


def test_addresses_begin_where_the_site_does(write: Any) -> None:
    ours, _ = write(LOAD + '{% url "account_login" %}')
    assert said(ours) == "/accounts/login/"
    set_script_prefix("/people/")
    try:
        assert said(ours) == "/people/accounts/login/"
    finally:
        set_script_prefix("/")


def test_a_setting_that_changes_is_followed(write: Any) -> None:
    ours, _ = write(LOAD + '{% static "css/site.css" %}')
    before = said(ours)
    with override_settings(STATIC_URL="/elsewhere/"):
        assert said(ours) != before
    assert said(ours) == before
