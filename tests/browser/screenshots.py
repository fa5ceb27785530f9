"""`make screenshots`: every page in every state, at three widths, in light and dark, as pictures.

On a real server over data of its own. Pictures and a sheet of them all go to a folder; bytes over
the wire and the server's time for each page go to the terminal.
"""

import argparse
import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from config.instance import BASE_DIR, Instance, free_ports, prepare, running

FOLDER = BASE_DIR / "var" / "screenshots"
LOADS = 3  # of which the quickest counts: the machine is busy with the browser, too
_NO_LIMITS = {"RATE_LIMIT_SIGN_IN": "100000/s", "RATE_LIMIT_MAIL": "100000/s"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--language", default="en", help="such as ar; en without it")
    parser.add_argument("--only", default="", help="states whose names hold this")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"{FOLDER} without it")
    return parser.parse_args()


def set_up(site: Instance) -> None:
    """Let Django's models here speak to the database of `site`, which another process serves."""
    os.environ.update(
        site.environment(), DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR"
    )
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # see tests/chromium.py
    import django

    django.setup()


def take_all(browser: Any, site: Instance, asked: argparse.Namespace) -> list[str]:
    """Take the pictures of every state; return the sheet's rows."""
    from tests.browser import cast
    from tests.browser.admin import cast as admins
    from tests.browser.admin import states as admin
    from tests.browser.catalogue import STATES
    from tests.browser.visit import Windows

    windows = Windows(browser, site.url)
    every = [(state, cast.assemble) for state in STATES]
    every += [(state, admins.assemble) for state in admin.STATES]
    return [take(windows, asked, *each) for each in every if asked.only in each[0].name]


def take(windows: Any, asked: argparse.Namespace, state: Any, assemble: Any) -> str:
    from django.core.cache import cache
    from django.core.management import call_command

    from tests.browser.visit import visit

    call_command("flush", interactive=False, verbosity=0)
    cache.clear()
    with visit(windows, assemble(), state, locale=asked.language) as visited:
        wrong = visited.arrived()
        report(state.name, *measure(visited), wrong)
        names = pictures(visited.page, state.name, asked.folder)
    return row(state.name, names)


def measure(visited: Any) -> tuple[int, float]:
    """Return the bytes of the page that is shown with all it loads, and the server's time in ms."""
    sizes = [response.request.sizes() for response in visited.last_load]
    size = sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes)
    return size, min(_server_time(visited) for _ in range(1 if visited.state.then else LOADS))


def _server_time(visited: Any) -> float:
    """Measure a page anew where it is reached by its address alone; else as it was reached."""
    if not visited.state.then:
        visited.page.reload()
    timing = visited.last_load[0].request.timing
    return float(timing["responseStart"] - timing["requestStart"])


def report(name: str, size: int, milliseconds: float, wrong: list[str]) -> None:
    notes = f"  {'; '.join(wrong)}" if wrong else ""
    sys.stdout.write(f"{name:<40} {size:>8,} bytes {milliseconds:>6.0f} ms{notes}\n")
    sys.stdout.flush()


def pictures(page: Any, name: str, folder: Path) -> list[str]:
    from tests.browser.checks import SCHEMES, WIDTHS
    from tests.browser.visit import HEIGHT

    names = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            names.append(f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}-{width}-{scheme}.png")
            page.screenshot(path=folder / names[-1], full_page=True)
    return names


def row(name: str, names: list[str]) -> str:
    shown = "".join(
        f'<a href="{each}"><img src="{each}" alt="{escape(each)}" loading="lazy"></a>'
        for each in names
    )
    return f"<section><h2>{escape(name)}</h2><div>{shown}</div></section>"


def sheet(rows: list[str]) -> str:
    """Return the page that shows all pictures at once."""
    style = (
        "body { font-family: system-ui; margin: 2rem } img { height: 22rem; margin: .5rem;"
        " border: 1px solid #999 } div { display: flex; overflow-x: auto; align-items: start }"
    )
    head = f'<!DOCTYPE html><meta charset="utf-8"><title>Every page</title><style>{style}</style>'
    return "\n".join([head, "<h1>Every page in every state</h1>", *rows])


@contextlib.contextmanager
def served() -> Iterator[tuple[Instance, Any]]:
    """Serve a site over data of its own; yield it and a browser."""
    with tempfile.TemporaryDirectory(prefix="latchkey-screenshots-") as data:
        port = free_ports(1)[0]
        # By this name, and not by its number, browsers offer passkeys.
        settings = _NO_LIMITS | {"SITE_URL": f"http://localhost:{port}", "INVITATIONS": "people"}
        site = Instance("Latchkey", port, Path(data), settings, log=Path(data, "log"))
        prepare(site)
        set_up(site)
        from tests.chromium import started

        with running(site), started() as browser:
            yield site, browser


def main() -> int:
    asked = arguments()
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    began = time.monotonic()
    with served() as (site, browser):
        rows = take_all(browser, site, asked)
    (asked.folder / "index.html").write_text(sheet(rows))
    seconds = time.monotonic() - began
    sys.stdout.write(f"{len(rows)} states in {seconds:.0f} s: {asked.folder}/index.html\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
