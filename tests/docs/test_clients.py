"""docs/clients.md is what the presets say."""

import io

from django.core.management import call_command

from config.instance import BASE_DIR


def test_it_is_written_from_the_presets() -> None:
    """`manage.py presets --markdown > docs/clients.md` writes it anew."""
    printed = io.StringIO()
    call_command("presets", "--markdown", stdout=printed)
    assert (BASE_DIR / "docs/clients.md").read_text() == printed.getvalue()
