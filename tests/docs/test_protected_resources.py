"""The services of docs/examples/ are run as they are, with tokens of a site that is up."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from accounts.oauth_server.models import ProtectedResource
from config.instance import BASE_DIR, OF_THE_MACHINE, Process, free_ports
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import register
from tests.documents import Document
from tests.interop.app_process import START_SECONDS, node
from tests.processes import started

EXAMPLES = BASE_DIR / "docs/examples"
NODE_MODULES = BASE_DIR / "tests/interop/node_modules"
CALENDAR, NOTES = "https://calendar.example", "https://notes.example"
pytestmark = [pytest.mark.one_database]


@pytest.fixture
def service(live_server: Any, settings: Any) -> App:
    """A machine that asks for tokens, and asks about them as the server of the calendar."""
    settings.SITE_URL = live_server.url
    app = register("Robot", grant_types="client_credentials", scopes="profile", default_scopes="")
    for identifier in (CALENDAR, NOTES):
        row = ProtectedResource.objects.create(
            name=identifier, identifier=identifier, access_token_format="jwt",
            scopes="calendar.read See your calendar", server=app.client,
        )  # fmt: skip
        row.clients.add(app.client)
    return app


def environment(app: App, site: str) -> dict[str, str]:
    return {
        "ISSUER": site,
        "AUDIENCE": CALENDAR,
        "CLIENT_ID": app.client.client_id,
        "CLIENT_SECRET": app.secret or "",
    }


def check(app: App, site: str, call: Callable[[str], int]) -> None:
    """Call a service with tokens that open it, and with those that must not."""

    def token(resource: str, scope: str) -> str:
        form = {"grant_type": "client_credentials", "resource": resource, "scope": scope}
        endpoint, who = f"{site}/oauth/token/", (app.client.client_id, app.secret or "")
        answer = requests.post(endpoint, form, auth=who, timeout=5).json()
        assert "access_token" in answer, answer
        return str(answer["access_token"])

    good = token(CALENDAR, "calendar.read")
    assert call(good) == 200
    assert call(token(CALENDAR, "profile")) == 403
    for bad in (token(NOTES, "calendar.read"), f"{good[:-6]}AAAAAA", "", "a.b.c", "lk_at_none"):
        assert call(bad) == 401, bad


@contextmanager
def running(example: str, folder: Path, app: App, site: str) -> Iterator[str]:
    """Run a service by the command that its first lines give, beside what the tests have
    installed, and tell its address."""
    text = (EXAMPLES / example).read_text()
    command = re.search(r"\b(gunicorn|uvicorn|node) guard_\S+", text)
    assert command
    (folder / "node_modules").symlink_to(NODE_MODULES)
    shutil.copy(EXAMPLES / example, folder)
    (port,) = free_ports(1)
    of_machine = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
    env = of_machine | environment(app, site) | {
        "PATH": str(Path(sys.executable).parent),
        "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port} --log-level=error --no-control-socket",
        "UVICORN_PORT": str(port),
        "UVICORN_LOG_LEVEL": "error",
        "PORT": str(port),
    }  # fmt: skip
    node()  # fails where it is not there
    with started(*command[0].split(), env=env, cwd=folder) as process:
        yield _when_ready(process, f"http://127.0.0.1:{port}/")


def _when_ready(process: Process, address: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "It stopped; its last words are on stderr."
        try:
            requests.get(address, timeout=START_SECONDS)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return address
    raise AssertionError("It did not answer.")


@pytest.mark.servers
@pytest.mark.parametrize("example", sorted(each.name for each in EXAMPLES.glob("guard_*")))
def test_a_service_takes_its_own_tokens_alone(
    example: str, service: App, settings: Any, tmp_path: Path
) -> None:
    with running(example, tmp_path, service, settings.SITE_URL) as address:

        def call(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return requests.get(address, headers=headers, timeout=5).status_code

        check(service, settings.SITE_URL, call)
        challenge = requests.get(address, timeout=5).headers["WWW-Authenticate"]
        assert challenge == 'Bearer error="invalid_token", scope="calendar.read"'


def test_each_example_is_on_the_page() -> None:
    told = Document("docs/protected-resources.md").text
    for each in EXAMPLES.iterdir():
        assert f"(examples/{each.name})" in told
