"""A typed client, made from the API's description as docs/api.md shows it, calls the API."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import PersonalToken
from tests.api.test_fuzz import site
from tests.documents import API


def test_a_typed_client_is_made_of_it_and_calls_me(
    alice: User, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    description = tmp_path / "schema.json"
    description.write_text(
        json.dumps(Browser(headers={"host": "localhost"}).get("/api/v1/schema").json())
    )
    (command,) = [each for each in API.blocks() if each.startswith("openapi-python-client")]
    arguments = command.replace('--url "$site/api/v1/schema"', f"--path {description}").split()
    quiet = tmp_path / "config.yaml"  # its own look at style is of no matter here
    quiet.write_text("post_hooks: []\n")
    made = [Path(sys.executable).parent / arguments[0], *arguments[1:], "--config", quiet]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.syspath_prepend(str(next(tmp_path.glob("latchkey*"))))
    client_of, me = (importlib.import_module(f"latchkey_api_client{n}") for n in ("", ".api.me.me"))
    token = PersonalToken.objects.issue(
        alice, name="t", scopes=frozenset({"profile"}), expires=None
    )
    client = client_of.AuthenticatedClient("http://localhost", token)
    client.set_httpx_client(
        httpx.Client(
            base_url="http://localhost",
            headers={"Authorization": f"Bearer {token}"},
            transport=httpx.WSGITransport(site),
        )
    )
    assert me.sync(client=client).name == "Alice"
