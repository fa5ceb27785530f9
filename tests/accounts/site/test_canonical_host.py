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


FOREIGN = ["evil.example", "testserver:81", "testserver:8000", "testserver.", "x.testserver", ""]


@pytest.mark.parametrize("host", FOREIGN)
def test_another_host_is_refused_before_anything_else(
    browser_at: Any, host: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        page = browser_at(host).get(SIGN_IN, headers=PAGE)
        problem = browser_at(host).get("/api/v1/me")
        token = browser_at(host).post("/oauth/token/", headers={"Accept": "application/json"})

    assert page.status_code == problem.status_code == token.status_code == 400
    assert page["Content-Type"].startswith("text/html")
    assert page["X-Request-ID"] in page.content.decode()
    assert problem["Content-Type"] == "application/problem+json"
    assert "application/" in token["Content-Type"]


@pytest.mark.parametrize("host", ["testserver", "TESTSERVER", "testserver:80"])
def test_the_sites_own_host_is_answered_with_its_default_port_too(
    browser_at: Any, host: str
) -> None:
    assert browser_at(host).get(SIGN_IN, headers=PAGE).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("id.example.com:8443", 200),
        ("id.example.com", 400),
        ("id.example.com:443", 400),
        ("web:8443", 200),
        ("web:8000", 400),
        ("10.0.0.7:8000", 200),
        ("10.0.0.7:8443", 400),
        ("[::1]:8443", 200),
    ],
)
def test_a_further_host_is_answered_at_its_port_alone(
    browser_at: Any, settings: Any, host: str, status: int
) -> None:
    settings.SITE_URL = "http://id.example.com:8443"
    settings.ALLOWED_HOSTS = ["id.example.com", "web", "[::1]", "10.0.0.7"]
    settings.ALLOWED_HOST_PORTS = ["10.0.0.7:8000"]

    assert browser_at(host).get("/.well-known/openid-configuration").status_code == status
