"""What the doctor finds is said in the language of whoever reads it, to the last sentence."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import CheckMessage, run_checks
from django.core.checks.security import base, csrf, sessions
from django.db import DEFAULT_DB_ALIAS
from django.utils import translation

from accounts.doctor import configuration, examination, mail, site
from accounts.doctor.django_checks import SENTENCES
from accounts.doctor.findings import Finding, State, counted
from accounts.oauth_server.models import Client
from config.instance import BASE_DIR
from tests.accounts.doctor.ailments import AILMENTS

pytestmark = pytest.mark.django_db

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
EVERY_AILMENT = list(dict.fromkeys(happens for happens, *_ in AILMENTS))
NOWHERE = "http://127.0.0.1:9"

# Words without which hardly an English sentence can do, and which no German one has.
ENGLISH = {
    *("the", "is", "are", "of", "and", "it", "its", "they", "that", "this", "which", "not"),
    *("with", "to", "for", "has", "have"),
}
# What another program said, or a document is called.
MARKS = re.compile(r"_|n?gettext(_lazy)?")
QUOTED = re.compile("“[^”]*”|„[^“]*“|«[^»]*»")
FOR_PROGRAMS = {"figures.py", "health.py"}
SPOKEN = [
    *BASE_DIR.glob("accounts/doctor/*.py"),
    *(path for path in BASE_DIR.glob("accounts/checks/*.py") if path.name not in FOR_PROGRAMS),
    BASE_DIR / "accounts/oauth_server/checks.py",
]


def english_in(text: str) -> set[str]:
    return ENGLISH & set(re.findall(r"(?<![\w./-])[a-z]+(?![\w/-])", QUOTED.sub("", text).lower()))


def untranslated(findings: list[Finding]) -> list[str]:
    texts = [text for each in findings for text in (each.checked, each.found, each.remedy)]
    return [text for text in texts if english_in(text)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("happens", EVERY_AILMENT)
def test_what_is_wrong_is_said_in_the_language_of_who_asks(
    settings: Any, happens: Callable[[Any], None], language: str
) -> None:
    happens(settings)
    with translation.override(language):
        findings = examination.at_once()
    assert untranslated(findings) == []
    assert any(each.state in (State.WARNING, State.BROKEN) for each in findings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_found_by_calls_is_said_so_too(settings: Any, language: str) -> None:
    """They are made in threads, which know of no language."""
    settings.SITE_URL, settings.TRUSTED_PROXIES = NOWHERE, 1
    addresses = {"jwks_uri": NOWHERE, "backchannel_logout_uri": NOWHERE}
    Client(name="Photos", **addresses).save()
    Client(name="Guest", registration_source=Client.RegistrationSource.DCR, **addresses).save()
    with translation.override(language):
        findings = [*examination.by_calls(), mail.send("alice@example.com")]
        findings += [site.forwarded(header) for header in ("", "a", "a, b")]
        titles = {each.title for each in findings}
    assert untranslated(findings) == []
    assert sum(each.topic == "clients" for each in findings) == 4
    assert not titles & {"Site", "Proxies", "Mail"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_states_and_topics_have_words(language: str) -> None:
    findings = [Finding(topic, "", state, "") for topic in examination.TOPICS for state in State]
    with translation.override("en"):
        english = [each.said for each in findings]
    with translation.override(language):
        assert all(each.title for each in findings)
        assert not {each.said for each in findings} & set(english)
        assert f"{findings[0].said}: 15" in counted(findings)


def unmarked(source: str) -> Iterator[str]:
    """English sentences in code that are not handed to gettext; docstrings and SQL aside."""
    tree = ast.parse(source)
    marked: set[ast.AST] = set()
    for node in ast.walk(tree):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or (isinstance(node, ast.Call) and MARKS.fullmatch(name_of(node.func))):
            marked.update(ast.walk(node))
    for node in set(ast.walk(tree)) - marked:
        text = node.value if isinstance(node, ast.Constant) else ""
        if isinstance(text, str) and " " in text and english_in(text) and "SELECT" not in text:
            yield text


def name_of(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else ""


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_every_sentence_of_the_doctor_and_of_the_checks_is_marked(path: Path) -> None:
    assert list(unmarked(path.read_text())) == []


@pytest.mark.parametrize(
    "source", ['found = "It is gone."', 'found = f"It is {gone}."', 'say("It " "is gone.")']
)
def test_a_sentence_that_is_not_marked_is_found(source: str) -> None:
    assert list(unmarked(source))


@pytest.mark.parametrize("source", ['_("It is gone.")', 'def f():\n    """It is gone."""'])
def test_one_that_is_marked_or_documents_is_not(source: str) -> None:
    assert list(unmarked(source)) == []


UNSAFE = {
    "SECURE_HSTS_SECONDS": 0, "SECURE_CONTENT_TYPE_NOSNIFF": False, "SECURE_SSL_REDIRECT": False,
    "SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_HTTPONLY": False, "CSRF_COOKIE_SECURE": False,
    "DEBUG": True, "X_FRAME_OPTIONS": "SAMEORIGIN", "ALLOWED_HOSTS": [],
    "SECURE_REFERRER_POLICY": "any", "SECURE_CROSS_ORIGIN_OPENER_POLICY": "any",
    "SECRET_KEY": "django-insecure-x", "SECRET_KEY_FALLBACKS": ["short"],
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_what_django_finds_of_a_deployment_is_said_and_not_quoted(
    settings: Any, language: str
) -> None:
    settings.HTTPS = True
    for name, value in UNSAFE.items():
        setattr(settings, name, value)
    with translation.override(language):
        findings = list(configuration.examine())
    of_django = [each for each in findings if "security." in str(each.checked)]
    assert len(of_django) > 11
    assert not [each for each in of_django if "Django says" in str(each.found)]
    if language != "en":
        assert untranslated(of_django) == []
        assert not [each for each in of_django if QUOTED.search(str(each.found))]


def test_each_check_of_django_for_deployments_has_our_words() -> None:
    told = [
        message
        for module in (base, csrf, sessions)
        for message in vars(module).values()
        if isinstance(message, CheckMessage)
    ]
    assert len(told) > 15
    assert {message.id for message in told} <= SENTENCES.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_system_checks_speak_it_where_a_person_reads_them(settings: Any, language: str) -> None:
    settings.BRAND_ACCENT, settings.BRAND_LOGO, settings.SECOND_FACTOR = "red", "/none", "often"
    settings.SITE_URL, settings.GEOIP_DATABASE = "http://id.example", "/none"
    settings.USER_NAME_PATTERN, settings.BREACHED_PASSWORDS = "(", "none"
    with translation.override(language):
        found = run_checks(include_deployment_checks=True, databases=[DEFAULT_DB_ALIAS])
        ours = [each for each in found if str(each.id).startswith(("accounts.", "oauth_server."))]
        said = [f"{each.msg} {each.hint or ''}" for each in ours]
    assert len({each.id for each in ours}) > 7
    assert [each for each in said if english_in(each)] == []
