"""The project's documents, taken apart: their sections, tables and blocks of code."""

import re
from pathlib import Path

from config.instance import BASE_DIR

_RULE = re.compile(r"[-| ]+")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Document:
    """One Markdown file of the project, by its path below the project's folder."""

    def __init__(self, path: str) -> None:
        self.path = BASE_DIR / path
        self.text = self.path.read_text()

    def section(self, title: str) -> str:
        """Return what stands under a heading of the second level."""
        _, heading, after = self.text.partition(f"\n## {title}\n")
        assert heading, f"{self.path.name} has no section “{title}”"
        return after.partition("\n## ")[0]

    def rows(self, title: str) -> list[list[str]]:
        """Return the cells of every row of the tables in a section, without the heads."""
        lines = self.section(title).splitlines()
        heads = {index - 1 for index, line in enumerate(lines) if line and _RULE.fullmatch(line)}
        return [
            [cell.strip() for cell in line.strip("|").split("|")]
            for index, line in enumerate(lines)
            if line.startswith("|") and index not in heads and not _RULE.fullmatch(line)
        ]

    def names(self, title: str) -> list[str]:
        """Return what the tables of a section name in their first columns."""
        return [name for row in self.rows(title) for name in quoted(row[0])]

    def blocks(self, language: str = "sh") -> list[str]:
        """Return the blocks of code in a language, from top to bottom."""
        return [code for name, code in _FENCED.findall(self.text) if name == language]

    def headings(self) -> list[str]:
        return re.findall(r"^#+ (.+)$", _FENCED.sub("", self.text), re.MULTILINE)

    def links(self) -> list[str]:
        """Return where its links and pictures lead."""
        return re.findall(r"\]\(([^)\s]+)\)", _FENCED.sub("", self.text))


def quoted(text: str) -> list[str]:
    """Return what stands in `backticks`."""
    return re.findall(r"`([^`\n]+)`", text)


def every() -> list[Document]:
    """Return all documents of the project."""
    paths: list[Path] = [*BASE_DIR.glob("*.md"), *BASE_DIR.glob("docs/**/*.md")]
    return [Document(str(path.relative_to(BASE_DIR))) for path in sorted(paths)]


README = Document("README.md")
API = Document("docs/api.md")
ADDING_A_RESOURCE = Document("docs/adding-a-resource.md")
ARCHITECTURE = Document("docs/architecture.md")
METRICS = Document("docs/metrics.md")
OPERATING = Document("docs/operating.md")
PERSONAL_TOKENS_AND_EXPORT = Document("docs/personal-tokens-and-export.md")
SECURITY = Document("docs/security.md")
SETTINGS = Document("docs/settings.md")
SEVEN_STEPS = Document("docs/seven-steps.md")
THIRD_PARTIES = Document("docs/third-parties.md")
