"""The catalogue of pages, held against the URLconf: no page can be forgotten."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import get_resolver

from tests.browser.admin import states as admin
from tests.browser.catalogue import NOT_PAGES, STATES

# Each has its own addresses for what openid_connect_login and openid_connect_callback stand for.
OTHER_PROVIDERS = "allauth.socialaccount.providers."


def addresses(patterns: Iterable[Any], route: str = "", space: str = "") -> Iterator[str]:
    """Yield the name of every address, as `reverse` takes it, or the route of one without."""
    for each in patterns:
        here = route + str(each.pattern)
        if hasattr(each, "url_patterns"):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from addresses(each.url_patterns, here, inner)
        elif not each.callback.__module__.startswith(OTHER_PROVIDERS) or "oidc" in here:
            is_whole = here.startswith("api/")
            yield here if is_whole or not each.name else f"{space}{each.name}"


def is_no_page(address: str) -> bool:
    """Whether an entry of NOT_PAGES means it. One that ends in a slash means all below it."""
    whole = tuple(entry for entry in NOT_PAGES if entry.endswith("/"))
    return address in NOT_PAGES or address.startswith(whole)


def test_every_address_is_a_page_in_the_catalogue_or_is_said_to_be_none() -> None:
    shown = {state.page for state in (*STATES, *admin.STATES)}
    known = set(addresses(get_resolver().url_patterns))
    assert len(known) > 40
    assert {address for address in known - shown if not is_no_page(address)} == set()


def test_nothing_in_the_catalogue_is_gone() -> None:
    known = set(addresses(get_resolver().url_patterns))
    pages = {state.page for state in (*STATES, *admin.STATES) if state.page}
    assert pages - known == set()
    gone = {entry for entry in NOT_PAGES if not any(map(entry.__eq__, known))}
    assert {entry for entry in gone if not any(each.startswith(entry) for each in known)} == set()


def test_no_page_is_also_said_to_be_none() -> None:
    pages = {state.page for state in (*STATES, *admin.STATES)}
    assert {page for page in pages if page and is_no_page(page)} == set()


def test_every_state_has_a_name_of_its_own() -> None:
    names = [state.name for state in (*STATES, *admin.STATES)]
    assert len(names) == len(set(names))
