"""What a person, or a program, reads when something goes wrong."""

from typing import Any, NoReturn

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.test import Client as Browser
from django.urls import include, path

from accounts.models import User
from config import urls as site_urls

pytestmark = pytest.mark.django_db


def _fail(request: HttpRequest) -> NoReturn:
    raise RuntimeError("a fault of ours")


def _suspect(request: HttpRequest) -> NoReturn:
    raise SuspiciousOperation("a fault of theirs")


urlpatterns = [
    path("fail/", _fail),
    path("api/fail/", _fail),
    path("suspect/", _suspect),
    path("", include("config.urls")),
]
handler400, handler403, handler404, handler500 = (
    getattr(site_urls, f"handler{status}") for status in (400, 403, 404, 500)
)


@pytest.fixture
def faulty(settings: Any) -> Browser:
    """A browser on the site with addresses added to it that fail."""
    settings.ROOT_URLCONF = __name__
    return Browser(raise_request_exception=False)


def test_a_missing_page_says_so_and_names_the_request(client: Browser) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()
    assert response["X-Request-ID"] in response.content.decode()


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json"])
def test_a_missing_api_address_is_a_problem_document(client: Browser, accept: str) -> None:
    response = client.get("/api/nowhere", headers={"Accept": accept})
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert told["type"].endswith("/developers/problems/not-found/")
    assert (told["title"], told["status"]) == ("Not found", 404)
    assert told["request_id"] == response["X-Request-ID"]
    assert response.content.endswith(b"}\n")


@pytest.mark.parametrize("where", ["/oauth/nowhere/", "/.well-known/nowhere"])
def test_a_missing_oauth_address_answers_in_the_language_that_was_asked_for(
    client: Browser, where: str
) -> None:
    asked = client.get(where, headers={"Accept": "application/json"})
    assert asked["Content-Type"] == "application/problem+json"
    browsed = client.get(where, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert browsed["Content-Type"].startswith("text/html")
    assert asked.status_code == browsed.status_code == 404


def test_a_form_without_its_token_is_explained_and_opened_again(alice: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.get("/accounts/login/")
    response = browser.post("/accounts/login/?next=/account/activity/", {"login": alice.email})
    page = response.content.decode()
    assert response.status_code == 403
    assert "This page has expired" in page
    assert 'href="/accounts/login/?next=%2Faccount%2Factivity%2F"' in page
    assert response["X-Request-ID"] in page


def test_a_browser_without_cookies_is_told_that_it_needs_them(alice: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    response = browser.post("/accounts/login/", {"login": alice.email, "password": "x"})
    assert response.status_code == 403
    assert "This site needs cookies" in response.content.decode()


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/accounts/login/code/?next=%2Fx", "/accounts/login/code/?next=%2Fx"),
        ("http://evil.example/", 'href="/"'),
        ("http://[", 'href="/"'),
    ],
)
def test_a_form_out_of_date_leads_to_its_page_on_this_site_alone(
    client: Browser, settings: Any, came_from: str, leads_to: str
) -> None:
    settings.SITE_URL = "http://testserver"
    browser = Browser(enforce_csrf_checks=True)
    response = browser.post("/accounts/login/code/", {}, headers={"Referer": came_from})
    assert leads_to in response.content.decode()
    assert "evil" not in response.content.decode()


def test_a_page_for_others_says_so(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    response = browser.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "You do not have access to this page" in response.content.decode()


def test_a_suspect_request_is_a_400_in_words(faulty: Browser) -> None:
    response = faulty.get("/suspect/")
    assert response.status_code == 400
    assert "We could not process this request" in response.content.decode()
    assert "a fault of theirs" not in response.content.decode()


def test_a_request_for_another_host_is_a_400_in_words(client: Browser) -> None:
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()


def test_a_fault_of_ours_is_a_500_that_tells_nothing_but_its_number(faulty: Browser) -> None:
    response = faulty.get("/fail/")
    page = response.content.decode()
    assert response.status_code == 500
    assert "Something went wrong on our side" in page
    assert response["X-Request-ID"] in page
    assert "a fault of ours" not in page


def test_the_page_for_a_fault_of_ours_asks_the_database_nothing(
    faulty: Browser, alice: User, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.SECOND_FACTOR = "off"
    faulty.force_login(alice)
    faulty.get("/fail/")  # the first notes that the session is used
    with django_assert_num_queries(1):  # who asks, as no page is begun before that is known
        assert faulty.get("/fail/").status_code == 500


def test_a_fault_of_ours_in_the_api_is_a_problem_document(faulty: Browser) -> None:
    response = faulty.get("/api/fail/")
    assert response.status_code == 500
    assert response.json()["title"] == "Something went wrong here"


def test_too_many_attempts_are_told_to_wait(client: Browser, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "sign_up": "2/m"}
    attempts = [client.post("/accounts/signup/", {}) for _ in range(3)]
    assert attempts[-1].status_code == 429
    assert "Try again in a minute" in attempts[-1].content.decode()
