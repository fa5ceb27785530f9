"""docs/third-parties.md: its settings are taken, and lead to the callback URLs that it tells."""

import subprocess
import sys

import pytest

from config.instance import BASE_DIR
from tests.docs.terminal import of_the_machine
from tests.documents import THIRD_PARTIES, quoted

ASK = """
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from accounts.third_parties.registration import callback_url
for kind, given in settings.SOCIALACCOUNT_PROVIDERS.items():
    for app in given.get("APPS", []):
        print("callback", callback_url(SocialApp(provider=kind, **app)))
"""


@pytest.mark.servers
@pytest.mark.one_database
def test_the_settings_are_taken_and_lead_to_the_callback_urls() -> None:
    (settings,) = THIRD_PARTIES.blocks()
    python = f"{sys.executable} manage.py"
    script = (
        f"set -ae\n{settings}\nset +a\n"
        f".ci/production {python} check >/dev/null\n.ci/production {python} shell -c '{ASK}'"
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=BASE_DIR, env=of_the_machine(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    made = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("callback")]

    rows = THIRD_PARTIES.rows("Register the site there")
    told = [quoted(row[-1])[0].replace("id.example.com", "latchkey.example") for row in rows]
    assert len(told) == 6
    assert sorted(made) == sorted(told)
