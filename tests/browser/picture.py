"""`make picture`: sign-in, consent and account side by side, in one picture for README.md."""

import base64
import sys
from typing import Any

from config.instance import BASE_DIR
from tests.browser.screenshots import served

FILE = BASE_DIR / "docs/screenshot.png"
STATES = ("sign in", "consent", "account")
WIDTH, HEIGHT = 420, 840  # of each page
GAP = 24

_SHEET = (
    "<style>body {{ margin: 0; padding: {gap}px; display: flex; gap: {gap}px;"
    " background: #dfe3e2 }} img {{ border-radius: 12px }}</style>{images}"
)


def take(windows: Any, name: str) -> bytes:
    """Return the picture of the top of a page, in the state of this name."""
    from django.core.cache import cache
    from django.core.management import call_command

    from tests.browser.cast import assemble
    from tests.browser.catalogue import STATES as CATALOGUE
    from tests.browser.visit import visit

    (state,) = (each for each in CATALOGUE if each.name == name)
    call_command("flush", interactive=False, verbosity=0)
    cache.clear()
    with visit(windows, assemble(), state, width=WIDTH, locale="en") as visited:
        if wrong := visited.arrived():
            raise SystemExit(f"{name}: {'; '.join(wrong)}")
        visited.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        taken: bytes = visited.page.screenshot()
    return taken


def compose(browser: Any, pictures: list[bytes]) -> None:
    """Put the pictures beside each other, and write that to FILE."""
    encoded = (base64.b64encode(each).decode() for each in pictures)
    images = "".join(f'<img src="data:image/png;base64,{each}">' for each in encoded)
    page = browser.new_page(
        viewport={"width": len(pictures) * (WIDTH + GAP) + GAP, "height": HEIGHT + 2 * GAP}
    )
    page.set_content(_SHEET.format(gap=GAP, images=images))
    page.screenshot(path=FILE)
    page.close()


def main() -> int:
    with served() as (site, browser):
        from tests.browser.visit import Windows

        windows = Windows(browser, site.url)
        compose(browser, [take(windows, name) for name in STATES])
    sys.stdout.write(f"{FILE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
