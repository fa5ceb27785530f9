"""Serve the site and, on the next port, its example third party, until Ctrl-C or SIGTERM: `make
run`.

Everything is set up on the first start, under DATA_DIR; later starts keep it.
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from config import keyring
from config.instance import (
    BASE_DIR,
    OF_THE_MACHINE,
    Instance,
    NotStartedError,
    Process,
    answer,
    in_use,
    interrupt_at_signals,
    running,
    stop,
)

HIGHEST_PORT = 65535
_EXAMPLE_CLIENT = "example_client"  # what the third party gave the site: client ID and secret


def instances() -> tuple[Instance, Instance]:
    """Return the site and its example third party, as PORT, DATA_DIR and the rest of the
    environment say. What is set there is the site's: the third party keeps to itself.

    Raises NotStartedError where PORT is no port.
    """
    port = _port(os.environ.get("PORT") or "8000")
    data_dir = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()
    not_settings = {*OF_THE_MACHINE, "PORT", "DATA_DIR"}
    settings = {name: os.environ[name] for name in os.environ.keys() - not_settings}
    settings = _demo(settings) | settings
    site = Instance(settings.get("SITE_NAME") or "Latchkey", port, data_dir, settings)
    return site, third_party(port + 1, data_dir / "thirdparty")


def _demo(settings: dict[str, str]) -> dict[str, str]:
    """Return what is laxer at an address of this very machine: an admin may look around at once."""
    return {} if settings.get("SITE_URL") else {"SECOND_FACTOR": "off"}


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < HIGHEST_PORT):
        raise NotStartedError(f"PORT must be a number from 1 to {HIGHEST_PORT - 1}, not “{text}”.")
    return int(text)


def third_party(port: int, data_dir: Path) -> Instance:
    """Return the example third party: this very project, with its own data, people and cookies."""
    return Instance("Example ID", port, data_dir, {"COOKIE_PREFIX": "thirdparty"} | _demo({}))


def set_up(site: Instance, example: Instance) -> dict[str, Any]:
    """Prepare both, side by side, and introduce them to each other.

    Returns what was made just now and is not readable anywhere later: `admin` and `alice`
    (passwords) and `client` (the demo client's ID and secret); None for what there was.
    """
    theirs = example.start("-m", "config.demo", "third_party")
    ours = site.start("-m", "config.demo", "site")
    with contextlib.ExitStack() as stack:
        stack.callback(stop, theirs)
        stack.callback(stop, ours)
        client = keyring.read(site.data_dir).get(_EXAMPLE_CLIENT)
        met = _ask(theirs, {"site_url": site.url, "is_registered": client is not None})
        if met["client"]:
            client = met["client"]
            keyring.keep(site.data_dir, {_EXAMPLE_CLIENT: client})
        made = _ask(ours, {"url": example.url, "client": client, "port": site.port + 2})
    return made | {"alice": met["alice"]}


def _ask(process: Process, question: dict[str, Any]) -> dict[str, Any]:
    # Through pipes: what stands in a command line, every user of the machine can read.
    return dict(json.loads(answer(process, json.dumps(question))))


def introduction(site: Instance, example: Instance, made: dict[str, Any]) -> str:
    """Return who may sign in how, for the terminal."""
    client = made["client"] or {"client_id": "demo"}
    rows = [
        ("people", f"{site.url}/accounts/login/", f"“Continue with {example.name}”, then"),
        ("", f"  at {example.url}", f"alice@example.com{_password(made['alice'])}"),
        ("admins", f"{site.url}/admin/", f"admin@example.com{_password(made['admin'])}"),
        ("client apps", f"{site.url}/oauth/token/", f"client ID {client['client_id']}"),
    ]
    if made["client"]:
        rows.append(("", "", f"client secret {client['client_secret']}"))
    lines = [f"  {who:<12} {where:<38} {how}" for who, where, how in rows]
    return "\n".join([*lines, "", *(f"  {note}" for note in _notes(site, made))])


def _password(password: str | None) -> str:
    return f", password {password}" if password else ""


def _notes(site: Instance, made: dict[str, Any]) -> list[str]:
    notes = [f"Data is kept in {site.data_dir}"]
    if "EMAIL_URL" not in site.settings:
        notes.append(f"Mail is not sent but written to {site.data_dir / 'mail'}")
    if site.settings.get("SECOND_FACTOR") == "off":
        notes.append("Admins need no second step here (SECOND_FACTOR=off). Elsewhere they do.")
    if any(made.values()):
        notes.append("Passwords and the client secret are shown this once: only digests are kept.")
    else:
        notes.append("Passwords were shown at the first start. To set another:")
        notes.append("  make manage ARGS='changepassword admin@example.com'")
        notes.append("  make manage ARGS='--third-party changepassword alice@example.com'")
    return [*notes, "Ctrl-C stops it all."]


def serve() -> None:
    """Run until a signal comes. Raises NotStartedError with words for the terminal."""
    site, example = instances()
    for instance in (site, example):
        if in_use(instance.port):
            raise NotStartedError(
                f"Port {instance.port}, for {instance.name}, is in use. Stop what uses it, "
                f"or choose another: PORT={site.port + 100} make run"
            )
    _say("Setting up the site and its example third party ...")
    made = set_up(site, example)
    try:
        with running(site, example) as servers, site.working() as workers:
            _say(f"\nLatchkey is ready at {site.url}\n")
            _say(introduction(site, example, made))
            made = {}
            _watch(servers | workers)
    finally:
        if any(made.values()):  # not told yet, and not to be found again
            _say(introduction(site, example, made))


def _watch(servers: dict[str, Process]) -> None:
    while True:
        for name, server in servers.items():
            if server.poll() is not None:
                raise NotStartedError(f"{name} has died, so the rest is stopped too.")
        time.sleep(0.2)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    interrupt_at_signals()
    try:
        serve()
    except NotStartedError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        _say("\nStopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
