"""The lock files: all that is pinned, nothing without its hash, and good on every mirror."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config.instance import BASE_DIR

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", re.MULTILINE)
FILES = ("requirements", "requirements-dev")


def pins(file: str) -> dict[str, str]:
    text = (BASE_DIR / file).read_text()
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


@pytest.mark.parametrize("name", FILES)
def test_the_lock_is_of_the_versions_that_are_pinned(name: str) -> None:
    pinned, locked = pins(f"{name}.txt"), pins(f"{name}.lock")
    assert len(pinned) > 5
    assert pinned.items() <= locked.items(), "run `make lock`"


def test_what_is_developed_with_is_what_runs() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


@pytest.mark.parametrize("name", FILES)
def test_every_file_that_is_installed_has_its_hash(name: str) -> None:
    text = (BASE_DIR / f"{name}.lock").read_text()
    packages = [block for block in re.split(r"\n(?=\w)", text) if PIN.search(block)]
    assert len(packages) == len(pins(f"{name}.lock"))
    assert all("--hash=sha256:" in package for package in packages)


@pytest.mark.parametrize("name", FILES)
def test_a_lock_names_no_place_to_fetch_from(name: str) -> None:
    text = (BASE_DIR / f"{name}.lock").read_text()
    assert not re.search(r"://|^-|--(?!hash=)|@ ", text, re.MULTILINE)


def test_whatever_is_installed_is_checked() -> None:
    lines = (BASE_DIR / ".ci/venv").read_text().splitlines()
    installing = [line for line in lines if re.search(r"bin/\S+ (-m )?pip install", line)]
    assert len(installing) == 2, "uv itself by pip, all else by uv"
    assert all("--require-hashes" in line for line in installing)


# Stands in for uv, which would ask an index: writes down what it is asked, and answers the same.
UV = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>asked
while [ $# -gt 0 ]; do
    case $1 in --output-file) answer=$2 ;; *.txt) grep -v '^#' "$1" >>asked ;; esac
    shift
done
printf '%s\\n' 'django==5.2.99' 'psycopg==4.0 ; python_version > "3.11"' 'ruff==1.0' >"$answer"
"""


def test_an_update_raises_the_pins_but_those_that_are_held(tmp_path: Path) -> None:
    files = [f"{name}.{kind}" for name in FILES for kind in ("txt", "lock")]
    for file in (".ci/update", ".ci/lock", *files):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(BASE_DIR / file, tmp_path / file)
    uv = tmp_path / ".venv/bin/uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV)
    uv.chmod(0o755)
    subprocess.run([".ci/update"], cwd=tmp_path, check=True, capture_output=True)

    asked = (tmp_path / "asked").read_text()
    assert "\nruff\n" in asked, "to find the newest, no version is asked for"
    assert "\npytest<9.2\n" in asked, "what is held stays below the version that is told"
    pinned = (tmp_path / "requirements.txt").read_text()
    assert re.search(r"^Django==5\.2\.99 # below 6", pinned, re.MULTILINE)
    assert re.search(r"^psycopg\[binary\]==4\.0$", pinned, re.MULTILINE)
    assert re.search(r"^ruff==1\.0$", (tmp_path / "requirements-dev.txt").read_text(), re.MULTILINE)
