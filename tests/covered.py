"""`make test`: note which lines and branches of the code the tests run, by SlipCover.

pytest loads it (`-p tests.covered`) in each process that runs tests, before any of the code. The
one that hands the tests out runs none, and only adds up. SlipCover's own command instruments that
one as well, and has pytest compile each test anew, for itself alone.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import slipcover
from slipcover.config import read_config

SETTINGS = read_config(Path("pyproject.toml"))
_SAID = "covered"  # under which a process tells the one that handed tests out to it

_found: list[dict[str, Any]] = []


def _begin() -> slipcover.Slipcover:
    sources, omitted = SETTINGS["source"].split(","), SETTINGS["omit"].split(",")
    noted = slipcover.Slipcover(
        branch=True,
        source=sources,
        omit=omitted,
        exclude_also=SETTINGS["exclude-also"],
        # To stop noting what was noted, it goes through all functions there are: not too often.
        d_miss_threshold=2_000,
    )
    matching = slipcover.FileMatcher(sources=sources, omit=omitted)
    slipcover.ImportManager(noted, matching).__enter__()  # for as long as the process is there
    return noted


@pytest.hookimpl(wrapper=True)  # before Django reads its settings
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" in os.environ or not early_config.known_args_namespace.numprocesses:
        early_config.pluginmanager.register(_Noting(_begin()))
    yield


class _Noting:
    """In a process that runs tests."""

    def __init__(self, noted: slipcover.Slipcover) -> None:
        self._noted = noted

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        found = self._noted.get_coverage()
        output = getattr(session.config, "workeroutput", None)
        if output is None:
            _found.append(found)
        else:
            output[_SAID] = json.dumps(found)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    said = getattr(node, "workeroutput", {}).get(_SAID)
    if said:  # else it has crashed
        _found.append(json.loads(said))


def pytest_unconfigure() -> None:
    """Write down what all of them found."""
    if not _found:  # in a process that has told another one
        return
    whole = _found.pop()
    for part in _found:
        slipcover.merge_coverage(whole, part)
    Path(SETTINGS["out"]).write_text(json.dumps(whole))
