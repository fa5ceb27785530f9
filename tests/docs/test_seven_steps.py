"""docs/seven-steps.md: every line of shell in it, by a learner with a browser."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.instance import BASE_DIR
from tests.docs.terminal import Learner, Terminal
from tests.documents import README, SEVEN_STEPS
from tests.test_commands import Run

pytestmark = [pytest.mark.servers, pytest.mark.one_database]


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: dict[str, str],
    migrated: Callable[[Path], Path],
) -> Iterator[tuple[Run, Terminal]]:
    data_dir = migrated(tmp_path_factory.mktemp("readme"))
    migrated(data_dir / "thirdparty")
    started = Run(data_dir, empty_database)
    where = {"PORT": str(started.port), "DATA_DIR": str(data_dir)}
    terminal = Terminal(BASE_DIR, empty_database | where, started.port)
    try:
        started.read_until("Ctrl-C stops")
        yield started, terminal
    finally:
        terminal.close()
        started.end(signal.SIGTERM)


def query(url: str) -> dict[str, Any]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def without_values(printed: str, port: int) -> list[str]:
    """What `make run` prints, with ports as by default and an ellipsis for what differs."""
    for offset in (0, 1):
        printed = printed.replace(f":{port + offset}", f":800{offset}")
    values = r"(?<=password )\S+|(?<=client secret )\S+|(?<=kept in )\S+|(?<=written to )\S+"
    return [" ".join(line.split()) for line in re.sub(values, "…", printed).splitlines()]


def test_make_run_prints_what_the_readme_shows(run: tuple[Run, Terminal]) -> None:
    (shown,) = README.blocks("text")
    assert without_values(run[0].printed, run[0].port) == without_values(shown, 8000)


def test_the_seven_steps_by_hand(run: tuple[Run, Terminal]) -> None:
    started, terminal = run
    site, example = f"http://localhost:{started.port}", f"http://localhost:{started.port + 1}"
    (password,) = re.findall(r"alice@example\.com, password (\S+)", started.printed)
    alice = Learner(password)
    block = iter(SEVEN_STEPS.blocks())

    # First role
    terminal.enter(next(block))
    registered = terminal.enter(next(block))
    assert f'"callback_url": "{site}/accounts/oidc/second/login/callback/"' in registered
    assert f'"token_endpoint": "{example}/oauth/token/"' in registered
    leads_to = terminal.enter(next(block)).strip()
    assert leads_to.startswith(f"{example}/oauth/authorize/?")
    assert {"state", "nonce", "code_challenge"} <= query(leads_to).keys()

    refused = alice.follow(alice.allow(alice.sign_in(alice.open(leads_to))))
    assert refused.status_code == 400, refused.text
    assert f"302 {site}/account/" in terminal.enter(next(block), refused.url)
    assert "Hello, Alice" in terminal.enter(next(block))

    # Second role
    terminal.enter(next(block))
    terminal.enter(next(block))
    page = alice.open(terminal.enter(next(block)).strip())
    page = alice.go_through_example_id(page)
    assert "My app</bdi> wants to access your account" in page.text
    alice.allow(page)
    assert alice.address.startswith(f"http://127.0.0.1:{started.port + 2}/callback?")
    terminal.enter(next(block), alice.address)
    terminal.enter(next(block))

    called = terminal.enter(next(block))
    assert called.count('"name":"Alice Example"') == 2, called
    assert '"provider":"second"' in called

    afterwards = terminal.enter(next(block))
    assert '"active": true' in afterwards
    assert '"scope": "profile"' in afterwards
    assert "HTTP/1.1 401" in afterwards
    assert next(block, None) is None
