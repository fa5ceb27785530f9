"""docs/architecture.md, held to the folders, modules and packages that there are."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from config.instance import BASE_DIR
from tests.documents import ARCHITECTURE, quoted

# In every app alike, and told once below the table; and folders whose rows say what is in them.
TOLD_ELSEWHERE = {"migrations", "management"}
TOLD_ABOVE = ("static/", "templates/", "tests/")

# The tables of packages, and the folder that their names are below.
PACKAGES = {
    "accounts/, from the top down": "accounts/",
    "accounts/oauth_server/, from the top down": "accounts/oauth_server/",
}


def folders() -> set[str]:
    """Every folder that git knows a file in, as the document writes it: `accounts/`."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    files = [BASE_DIR / name for name in done.stdout.split("\0")]
    found = {file.parent.relative_to(BASE_DIR) for file in files if file.is_file()}
    return {f"{folder}/" for folder in found if folder.parts}


def told() -> list[str]:
    """Every path that the document's tables name, from the project's folder."""
    packages = [
        above + name for title, above in PACKAGES.items() for name in ARCHITECTURE.names(title)
    ]
    return ["accounts/", *packages, *ARCHITECTURE.names("Everything else")]


def test_every_directory_has_a_line() -> None:
    untold = {
        folder
        for folder in folders() - set(told())
        if not folder.startswith(TOLD_ABOVE) and not TOLD_ELSEWHERE & set(folder.split("/"))
    }
    assert untold == set()


def test_every_path_in_the_tables_exists() -> None:
    assert len(told()) > 40
    assert [path for path in told() if not (BASE_DIR / path).exists()] == []


def modules_told() -> list[Path]:
    """Every module that a row of the packages' tables names beside its package."""
    return [
        BASE_DIR / above / package / f"{name}.py"
        for title, above in PACKAGES.items()
        for row in ARCHITECTURE.rows(title)
        for package in quoted(row[0])[:1]
        if package.endswith("/")
        for name in quoted(row[1])
        if re.fullmatch(r"\w+", name)
    ]


def test_every_module_in_the_tables_exists() -> None:
    assert len(modules_told()) > 40
    assert [str(path) for path in modules_told() if not path.exists()] == []


# A row that says so names none of them, or the chief ones: who looks for one knows its name.
ONE_EACH = "one module a"
# What Django looks for by these names.
OF_DJANGO = {"__init__", "apps", "context_processors", "urls"}
TOLD_BELOW = {"oauth_server/"}


def test_every_module_stands_in_the_row_of_its_package() -> None:
    untold = []
    for title, above in PACKAGES.items():
        for row in ARCHITECTURE.rows(title):
            package = quoted(row[0])[0]
            if not package.endswith("/") or ONE_EACH in row[1] or package in TOLD_BELOW:
                continue
            found = {path.stem for path in (BASE_DIR / above / package).glob("*.py")} - OF_DJANGO
            untold += [f"{above}{package}{name}.py" for name in found - set(quoted(row[1]))]
    assert sorted(untold) == []


def layers(container: str) -> dict[str, int]:
    """Which layer each package is in, the highest 0, as the contract of import-linter has it."""
    configured = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())
    contracts = configured["tool"]["importlinter"]["contracts"]
    (ours,) = (each for each in contracts if each.get("containers") == [container])
    return {
        name: number
        for number, layer in enumerate(ours["layers"])
        for name in re.findall(r"\w+", layer)
    }


@pytest.mark.parametrize("title", PACKAGES)
def test_the_tables_go_from_the_top_down_as_the_contracts_do(title: str) -> None:
    contract = layers(PACKAGES[title].strip("/").replace("/", "."))
    told = [name.partition("/")[0].removesuffix(".py") for name in ARCHITECTURE.names(title)]
    assert set(told) == set(contract)
    numbers = [contract[name] for name in told]
    assert numbers == sorted(numbers)


def test_what_one_may_look_for_is_there() -> None:
    files = [row[1].strip("`") for row in ARCHITECTURE.rows("What you may look for")]
    assert len(files) >= 10
    assert [file for file in files if not (BASE_DIR / file).is_file()] == []


@pytest.mark.parametrize("title", PACKAGES)
def test_nothing_else_lies_in_the_open(title: str) -> None:
    """Every module lives in a package, but those that the table names."""
    folder = BASE_DIR / PACKAGES[title]
    loose = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    assert loose == {name for name in quoted(ARCHITECTURE.section(title)) if name.endswith(".py")}


def test_the_dependencies_are_those_that_are_pinned() -> None:
    lines = [
        line
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (BASE_DIR / name).read_text().splitlines()
    ]
    pinned = [match[1] for line in lines if (match := re.match(r"([\w.-]+)(?:\[.*\])?==", line))]
    assert sorted(ARCHITECTURE.names("Dependencies")) == sorted(pinned)


def test_every_package_says_in_a_line_what_it_holds() -> None:
    packages = [
        path
        for room in ("config", "accounts", "api", "bench")
        for path in (BASE_DIR / room).glob("**/__init__.py")
    ]
    assert len(packages) > 40
    silent = [path for path in packages if not ast.get_docstring(ast.parse(path.read_text()))]
    assert [str(path.relative_to(BASE_DIR)) for path in silent] == []
