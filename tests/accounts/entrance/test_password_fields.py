"""Fields for passwords are masked, and in nobody's way who lets a program type."""

import re

import pytest
from django.test import Client as Browser

from accounts.models import User

FIELDS = re.compile(r"<input[^>]*>")


def password_fields(page: str) -> list[str]:
    return [field for field in FIELDS.findall(page) if re.search(r'name="\w*password\d?"', field)]


@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/accounts/signup/", "/accounts/password/change/"]
)
def test_a_password_is_masked_and_may_be_pasted_and_filled_in(alice: User, address: str) -> None:
    browser = Browser()
    if "change" in address:
        browser.force_login(alice)
    fields = password_fields(browser.get(address).content.decode())
    assert fields
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert "maxlength" not in field  # a browser would cut what is pasted
        assert "onpaste" not in field


@pytest.mark.parametrize("length", [64, 128])
def test_a_long_password_is_taken_whole(db: None, length: int) -> None:
    password = ("correct horse battery staple " * 5)[:length]
    form = {"email": "carol@example.com", "password1": password}
    assert Browser().post("/accounts/signup/", form).status_code == 302
    person = User.objects.get(email="carol@example.com")
    assert person.check_password(password)
    assert not person.check_password(password[:-1])


def test_nine_characters_are_too_few(db: None) -> None:
    form = {"email": "carol@example.com", "password1": "qwpolkmnz"}
    assert Browser().post("/accounts/signup/", form).status_code == 200
    assert not User.objects.exists()
