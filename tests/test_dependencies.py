"""The lock files: all that is pinned, nothing without its hash, and good on every mirror."""

import re

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
    assert "--require-hashes" in (BASE_DIR / ".ci/venv").read_text()
