"""README.md, taken apart: its sections, tables and blocks of code."""

import re

from config.instance import BASE_DIR

TEXT = (BASE_DIR / "README.md").read_text()
_RULE = re.compile(r"[-| ]+")


def section(title: str) -> str:
    """Return what stands under a heading of the second level."""
    _, heading, after = TEXT.partition(f"\n## {title}\n")
    assert heading, f"README.md has no section “{title}”"
    return after.partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """Return the cells of every row of the tables in a section, without the heads."""
    lines = section(title).splitlines()
    heads = {index - 1 for index, line in enumerate(lines) if line and _RULE.fullmatch(line)}
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for index, line in enumerate(lines)
        if line.startswith("|") and index not in heads and not _RULE.fullmatch(line)
    ]


def quoted(text: str) -> list[str]:
    """Return what stands in `backticks`."""
    return re.findall(r"`([^`\n]+)`", text)


def names(title: str) -> list[str]:
    """Return what the tables of a section name in their first columns."""
    return [name for row in rows(title) for name in quoted(row[0])]


def blocks(title: str, language: str = "sh") -> list[str]:
    """Return the blocks of code of a section."""
    return re.findall(rf"^```{language}\n(.*?)^```", section(title), re.DOTALL | re.MULTILINE)
