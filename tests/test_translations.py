"""The catalogs in accounts/locale/, and that whatever people read is in them."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import allauth
import django.conf
import django.contrib.auth
import polib
import pytest
from django.conf import settings
from django.core.management import call_command

from config.instance import BASE_DIR

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
LOCALE = BASE_DIR / "accounts" / "locale"
IN_LOCALE = "LC_MESSAGES/django.po"

# What is the same in every language.
SAME_EVERYWHERE = {
    "UTC": "the name of a time zone",
    'curl -H "Authorization: Bearer $TOKEN"': "a command, shown to be copied",
    "wide": "the class of a layout, in a block of its own",
    "https://app.example": "an address",
    **dict.fromkeys(("Authorization", "Content-Type", "Origin", "Status"), "HTTP's own words"),
    **dict.fromkeys(("ms", "·  ms"), "a unit"),
    "dashboard": "the class of a page, in a block of its own",
}
# The API speaks English, and so do the pages that explain what it answers.
IN_ENGLISH = {
    str(path.relative_to(BASE_DIR))
    for path in BASE_DIR.glob("templates/developers/*.html")
    if path.stem not in {"base", "pages"}  # the frame
}
COUNT = re.compile(r"%\((?:count|days|left|limit_value|minutes|number)\)[sd]")
READ_ALOUD = {"alt", "aria-label", "aria-description", "placeholder", "title"}

every_language = pytest.mark.parametrize("language", LANGUAGES)


def catalog(language: str, locale: Path = LOCALE) -> polib.POFile:
    return polib.pofile(str(locale / language / IN_LOCALE))


def told(entry: polib.POEntry) -> list[str]:
    """What a catalog says for an entry: one text, or one for each plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def words(entries: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], list[str]]:
    return {(entry.msgctxt, entry.msgid): told(entry) for entry in entries if any(told(entry))}


@every_language
def test_what_is_compiled_is_what_was_written(language: str) -> None:
    compiled = polib.mofile(str(LOCALE / language / IN_LOCALE).replace(".po", ".mo"))
    assert words(compiled) == words(catalog(language)), "`make messages` compiles"


def test_our_english_is_compiled_and_for_words_that_the_packages_say() -> None:
    """A package that says something anew would be heard in its own voice again."""
    ours = catalog("en")
    compiled = polib.mofile(str(LOCALE / "en" / IN_LOCALE).replace(".po", ".mo"))
    assert words(compiled) == words(ours), "`make messages` compiles"
    said: set[str] = set()
    for package in (allauth, django.conf, django.contrib.auth):
        said |= {each.msgid for each in catalog("de", Path(package.__path__[0]) / "locale")}
    assert {each.msgid for each in ours} <= said


def test_the_catalogs_have_what_people_read_and_nothing_else(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Needs gettext, which `make test` installs."""
    fresh = shutil.copytree(LOCALE, tmp_path / "locale")
    settings.LOCALE_PATHS = [fresh]
    monkeypatch.chdir(BASE_DIR)
    call_command("makemessages", verbosity=0)
    for language in LANGUAGES:
        here, there = catalog(language), catalog(language, fresh)
        assert {e.msgid for e in here} == {e.msgid for e in there}, "`make messages` gathers"
        assert here.obsolete_entries() == []


@every_language
def test_everything_is_translated(language: str) -> None:
    assert [entry.msgid for entry in catalog(language) if not all(told(entry))] == []


@every_language
def test_no_translation_is_a_guess(language: str) -> None:
    assert [entry.msgid for entry in catalog(language) if entry.fuzzy] == []


@every_language
def test_every_plural_form_is_there(language: str) -> None:
    forms = re.search(r"nplurals=(\d)", catalog(language).metadata["Plural-Forms"])
    assert forms
    plurals = [entry for entry in catalog(language) if entry.msgid_plural]
    assert plurals
    assert [e.msgid for e in plurals if sorted(e.msgstr_plural) != list(range(int(forms[1])))] == []


def marks(text: str) -> set[str]:
    """The placeholders and HTML tags in a text."""
    return set(re.findall(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}|</?[a-z][^>]*>", text))


@every_language
def test_a_translation_keeps_placeholders_and_tags(language: str) -> None:
    for entry in catalog(language):
        *few, rest = told(entry)
        wanted = marks(entry.msgid_plural or entry.msgid)
        counts = {mark for mark in wanted if COUNT.fullmatch(mark)}
        assert not rest or marks(rest) == wanted, (entry.msgid, rest)
        for text in filter(None, few):  # “a minute” and “two minutes” may go without a number
            assert wanted - counts <= marks(text) <= wanted, (entry.msgid, text)


class Page(HTMLParser):
    """Collects what a template says to people outside of translations."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in {"style", "script"}
        self.said += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said += data.splitlines()


def unmarked(template: str) -> list[str]:
    """What a template says to people without asking for a translation."""
    pieces = r"\{#.*?#\}|\{% comment %\}.*?endcomment %\}|\{% blocktrans.*?endblocktrans\w* %\}"
    text = re.sub(pieces, "", template, flags=re.DOTALL)
    handed_on = re.findall(r'\{% include [^%]*?\w+="([^"/]*[A-Z ][^"/]*)"', text)
    page = Page()
    page.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text))
    page.close()
    said = [re.sub(r'\bdata-[a-z-]+=""', "", line).strip() for line in page.said + handed_on]
    return [line for line in said if re.search(r"[^\W\d_]", line) and line not in SAME_EVERYWHERE]


def test_every_word_of_a_template_is_marked_for_translation() -> None:
    templates = [*BASE_DIR.glob("templates/**/*.html"), *BASE_DIR.glob("templates/**/*.txt")]
    found = {str(path.relative_to(BASE_DIR)): unmarked(path.read_text()) for path in templates}
    assert {name for name, said in found.items() if said} == IN_ENGLISH
    assert all('lang="en"' in (BASE_DIR / name).read_text() for name in IN_ENGLISH)


@pytest.mark.parametrize(
    "template",
    [
        "<p>Words</p>",
        '<nav aria-label="Words"></nav>',
        "{% if a %}Words{% endif %}",
        '{% include "b.html" with label="Words" %}',
        "Words {{ a }}",
    ],
)
def test_a_word_that_is_not_marked_is_found(template: str) -> None:
    assert unmarked(template) == ["Words"]
