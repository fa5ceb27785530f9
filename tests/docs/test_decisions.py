"""docs/decisions/: a page for each, listed, and of the same three parts."""

import pytest

from config.instance import BASE_DIR
from tests.documents import Document

FOLDER = BASE_DIR / "docs/decisions"
PAGES = sorted(path.name for path in FOLDER.glob("*.md") if path.name != "README.md")
LIST = Document("docs/decisions/README.md")


def test_every_page_is_listed_by_its_title() -> None:
    titles = {name: Document(f"docs/decisions/{name}").headings()[0] for name in PAGES}
    assert len(titles) > 20
    listed = [line for line in LIST.text.splitlines() if line.startswith("- ")]
    assert sorted(listed) == sorted(f"- [{title}]({name})" for name, title in titles.items())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_why_and_what_else(name: str) -> None:
    page = Document(f"docs/decisions/{name}")
    assert page.headings()[1:] == ["What", "Why", "What else was thought of"]
    assert all(page.section(title).strip() for title in page.headings()[1:])
