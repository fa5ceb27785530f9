"""Docstrings begin with a verb, and what it does that to: "Redeem an authorization code"."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.documents import ADDING_A_RESOURCE

PACKAGES = ("api", "accounts", "bench", "config", "docs")

REFUSED = {
    *("a", "all", "an", "any", "each", "every", "it", "its", "one", "that", "the", "there", "they"),
    *("these", "this", "those", "how", "if", "what", "when", "where", "whether", "which", "who"),
    *("whoever", "whom", "whose", "why", "at", "by", "for", "from", "in", "like", "of", "on", "to"),
    *("with", "no", "nobody", "not", "nothing", "only", "core", "openid", "rfc", "section"),
    *("jwt", "json", "kept", "oauth", "signed", "without", "id"),
    *("arabic", "english", "likewise", "long", "plain", "same", "too", "counted", "two"),
    *("health", "personal", "rate", "recovery", "second", "security", "settings", "third"),
    *("app", "client", "device", "django", "dot", "dynamic", "link", "logout", "middleware"),
    *("person", "request", "system", "text", "token", "user"),
}
ENDING_IN_S = {"access", "address", "discuss", "express", "pass", "process"}
ENDING_IN_ING = {"bring", "string"}


def docstrings(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found = ast.get_docstring(node)
            if found:
                yield found


def begins_with_a_verb(docstring: str) -> bool:
    """Return False for what cannot be one: there are more verbs than anybody would list."""
    first = docstring.split()[0].rstrip(".,")
    word = first.lower()
    return (
        first.isalpha()
        and first.istitle()
        and word not in REFUSED
        and (not word.endswith("s") or word in ENDING_IN_S)
        and (not word.endswith("ing") or word in ENDING_IN_ING)
    )


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def test_a_docstring_begins_with_a_verb() -> None:
    """All modules in one test: to collect a test for each takes longer than to read them."""
    paths = list(modules())
    assert len(paths) > 400
    found = [(str(path), each) for path in paths for each in docstrings(path.read_text())]
    assert [(path, each) for path, each in found if not begins_with_a_verb(each)] == []


def test_the_recipe_for_a_resource_begins_so_too() -> None:
    view, _ = ADDING_A_RESOURCE.blocks("python")
    found = list(docstrings(view))
    assert len(found) == 2
    assert [each for each in found if not begins_with_a_verb(each)] == []


@pytest.mark.parametrize(
    "docstring",
    [
        *("What a client brings.", "Whoever comes.", "One that waits.", "The endpoint.", "A code."),
        *(
            "Whether it is over.",
            "Says why not.",
            "Telling clients.",
            "`jti` is a digest.",
            "RFC 1.",
        ),
        *("Middleware: answer it.", "issues a code.", "Clients that register."),
    ],
)
def test_what_cannot_be_a_verb_is_refused(docstring: str) -> None:
    assert not begins_with_a_verb(docstring)


@pytest.mark.parametrize(
    "docstring", ["Redeem an authorization code.", "Pass it on.", "Bring it up to date."]
)
def test_verbs_are_taken(docstring: str) -> None:
    assert begins_with_a_verb(docstring)
