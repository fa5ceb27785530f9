"""Whoever sends too much is told how much there may be, in the format of what they called."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.test import override_settings

from accounts.site import lengths

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
ENDPOINTS = [
    *("token", "revoke", "introspect", "device-authorization", "par"),
]


def said(response: Any) -> str:
    told = response.json()
    return str(told.get("error_description") or told["detail"])


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_form_of_megabytes_is_told_the_limit(client: Browser, name: str) -> None:
    response = client.post(f"/oauth/{name}/", b"x" * 3_000_000, FORM)
    assert (response.status_code, response.json()["error"]) == (413, "invalid_request")
    assert said(response) == "The body may have 1 MiB at most."


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_form_of_too_many_or_too_long_parameters_is_told_the_limit(
    client: Browser, name: str
) -> None:
    address = f"/oauth/{name}/"
    many = "&".join(f"p{n}=" for n in range(2_000))
    assert said(client.post(address, many, FORM)) == "A form may have 1,000 parameters at most."
    long = client.post(address, f"a={'x' * 20_000}", FORM)
    assert said(long) == "A parameter may have 16,384 characters at most."


@pytest.mark.parametrize("address", ["/api/v1/me", "/api/v1/webhooks", "/api/nowhere", "/mcp"])
def test_the_api_says_its_own_limit(client: Browser, address: str) -> None:
    response = client.post(address, b"x" * 3_000_000, "application/json")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status_code, said(response)) == (413, "The body may have 64 KiB at most.")


@override_settings(REGISTRATION="open")
@pytest.mark.parametrize("number", [70_000, 3_000_000])
def test_registration_says_its_own_limit(client: Browser, number: int) -> None:
    response = client.post("/oauth/register/", b" " * number, "application/json")
    assert said(response) == "The body may have 64 KiB at most."


def test_a_person_reads_the_limit_on_a_page(client: Browser) -> None:
    page = client.post("/accounts/login/", b"x" * 3_000_000, FORM)
    assert page.status_code == 413
    assert "This site accepts 1 MiB at once." in page.content.decode()


def test_numbers_of_bytes_are_written_as_people_do() -> None:
    told = {65_536: "64 KiB", 1_048_576: "1 MiB", 1_500: "1,500 bytes", 3_072: "3 KiB"}
    assert {number: lengths.in_words(number) for number in told} == told
