"""Developers find what they look for by its words, and read what changed."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.developers.changelog import read
from accounts.developers.markdown import inline

pytestmark = pytest.mark.django_db

SEARCH = reverse("developers:search")


def test_all_words_are_looked_for_in_every_kind_of_page(client: Browser) -> None:
    for words, found in {
        "remove connection": reverse("developers:endpoint", args=["remove_connection"]),
        "ETags If-Match": reverse("problem", args=["precondition-failed"]),
        "sessions.write": f"{reverse('developers:scopes')}#sessions.write",
        "GRAFANA": reverse("developers:preset", args=["grafana"]),
        "single-page": reverse("developers:kind", args=["spa"]),
        "introspections": reverse("developers:limits"),
    }.items():
        told = client.get(SEARCH, {"q": words}).content.decode()
        assert f'href="{found}"' in told.partition("<main")[2], words
    assert "Nothing has all" in client.get(SEARCH, {"q": "grafana nothing"}).content.decode()


def test_what_is_searched_for_is_shown_as_text(client: Browser) -> None:
    told = client.get(SEARCH, {"q": "<script>alert(1)</script>\0" + "x" * 900}).content.decode()
    assert "<script>alert" not in told
    assert "&lt;script&gt;" in told


def test_the_changelog_is_the_files(client: Browser) -> None:
    told = client.get(reverse("developers:changelog")).content.decode()
    assert "Unreleased" in told
    assert "Added" in told


def test_markdown_is_escaped_and_leads_only_to_https() -> None:
    written = inline("**New** `<b>`: [here](https://a.example/?a=1&b=2), [no](javascript:x) <i>")
    assert written == (
        "<strong>New</strong> <code>&lt;b&gt;</code>: "
        '<a href="https://a.example/?a=1&amp;b=2" rel="noreferrer">here</a>, no &lt;i&gt;'
    )
    added = "### Added\n\n- One\n  two.\n- Three.\n#### The API\n- Four.\n"
    told = list(read(f"# Log\n\n## 1.0\n\nWords.\n\n{added}### Fixed\n- Five.\n"))
    assert [(each.version, each.kind, each.html) for each in told] == [
        ("1.0", "Added", "One two."),
        ("1.0", "Added", "Three."),
        ("1.0", "Added: The API", "Four."),
        ("1.0", "Fixed", "Five."),
    ]
