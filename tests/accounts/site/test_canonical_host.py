"""What `make run` serves at http://localhost, opened at http://127.0.0.1."""

from typing import Any

import pytest
from django.test import Client as Browser

pytestmark = pytest.mark.django_db

PAGE = {"Accept": "text/html,*/*;q=0.8"}
SIGN_IN = "/accounts/login/?next=%2Faccount%2F"


@pytest.fixture
def _at_localhost(settings: Any) -> None:
    settings.SITE_URL = "http://localhost:8000"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


@pytest.mark.usefixtures("_at_localhost")
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000"])
def test_a_page_leads_to_the_name(browser_at: Any, host: str) -> None:
    answer = browser_at(host).get(SIGN_IN, headers=PAGE)

    assert answer.status_code == 302
    assert answer["Location"] == f"http://localhost:8000{SIGN_IN}"


@pytest.mark.usefixtures("_at_localhost")
def test_the_name_itself_and_programs_are_answered(browser_at: Any) -> None:
    assert browser_at("localhost:8000").get(SIGN_IN, headers=PAGE).status_code == 200
    metadata = browser_at("127.0.0.1:8000").get("/.well-known/openid-configuration")
    assert metadata.json()["issuer"] == "http://localhost:8000"


def test_a_site_with_a_name_of_its_own_leads_nobody_on(browser_at: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]  # as a proxy may call it

    assert browser_at("127.0.0.1").get(SIGN_IN, headers=PAGE).status_code == 200


@pytest.fixture
def browser_at() -> Any:
    return lambda host: Browser(headers={"Host": host})
