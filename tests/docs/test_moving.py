"""docs/moving.md: each recipe brings its people along, and their passwords open their accounts."""

import io
import json
import re
import shlex
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import User
from config.instance import BASE_DIR
from tests.documents import Document

MOVING = Document("docs/moving.md")
PASSWORD = "correct horse battery staple"
RECIPES = ("JSON Lines", "CSV", "Django and authentik", "Keycloak", "Auth0", "Firebase")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_every_recipe_is_run() -> None:
    titles = re.findall(r"^## (.+)$", (BASE_DIR / "docs/moving.md").read_text(), re.MULTILINE)
    assert titles == ["Apps", "People", *RECIPES]


@pytest.mark.django_db
@pytest.mark.parametrize("recipe", RECIPES)
def test_people_sign_in_with_the_passwords_that_they_had(recipe: str, tmp_path: Path) -> None:
    (_, sample), (language, command) = _BLOCK.findall(MOVING.section(recipe))
    assert language == "sh"
    name, file, *options = shlex.split(command.removeprefix("manage.py "))
    (tmp_path / file).write_text(sample)
    printed = io.StringIO()
    call_command(name, str(tmp_path / file), *options, stdout=printed)
    made = json.loads(printed.getvalue())["made"]

    assert made == User.objects.count() > 0
    for person in User.objects.all():
        assert not person.password.startswith("argon2$argon2id$v=19$m=19456")
        browser = Browser()
        browser.post("/accounts/login/", {"login": person.email, "password": "wrong"})
        assert "_auth_user_id" not in browser.session
        browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        assert browser.session["_auth_user_id"] == str(person.pk)
        person.refresh_from_db()
        assert person.password.startswith("argon2$")
        assert not person.password.startswith("argon2$argon2id$v=19$m=7168")
