"""Every page of Django admin, walked as everybody who may come to it: table.py says what each
permission gives, and a page that is in no table fails here."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client as Browser
from django.urls import URLPattern

from accounts.models import User
from tests.accounts.admin.scene import (
    address_of,
    desk_of,
    fill,
    permission,
    rows_of,
    rows_of_nobody,
)
from tests.accounts.admin.table import ACTIONS, GIVEN, INLINES, NOBODY, PAGES, SUPERUSER, Page
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app as photo_album
from tests.accounts.second_factors.authenticators import confirmed
from tests.documents import SECURITY

__all__ = ["photo_album"]

pytestmark = pytest.mark.django_db

REGISTERED = {model._meta.label: page for model, page in admin.site._registry.items()}
# The addresses that every page of Django's has, and those of the site.
USUAL = {"changelist", "add", "history", "delete", "change"}
OF_THE_SITE = {
    *("index", "login", "logout", "password_change", "password_change_done"),
    *("autocomplete", "jsi18n", "view_on_site", "app_list"),
    *("agents", "agents/stop"),  # for whoever may see clients: tests/accounts/admin/test_agents.py
    "doctor",  # for superusers: tests/accounts/admin/test_doctor.py
}


@pytest.fixture
def ordinary(photo_album: App, alice: User) -> dict[str, Model]:
    """A row of each model, of a person or of nobody."""
    fill(photo_album, alice)
    return rows_of(alice) | rows_of_nobody()


@pytest.fixture
def chiefs(photo_album: App, bob: User) -> dict[str, Model]:
    """The same of a superuser."""
    fill(photo_album, bob)
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return rows_of(bob)


def statuses(desk: Browser, row: Model) -> dict[str, int]:
    """What the pages of a row answer: 200 where they are open, 403 or 302 where they are not."""
    pages = {"view": "change/", "history": "history/", "delete": "delete/"}
    found = {name: desk.get(address_of(row, page)).status_code for name, page in pages.items()}
    add = desk.get(address_of(row._meta.label, "add/")).status_code
    change = desk.post(address_of(row, "change/")).status_code
    return found | {"add": add, "change": 403 if change == 403 else 200}


def expected(page: Page, action: str) -> dict[str, int]:
    """What they have to answer to whoever has no other permission."""
    opens = {name: page.gives(name) == GIVEN and name == action for name in ACTIONS}
    opens["view"] = opens["view"] or (action == "change" and page.view == GIVEN)
    found = {name: 200 if is_open else 403 for name, is_open in opens.items()}
    return found | {"history": found["view"]}


# --- that nothing is left out ---


def test_every_page_is_in_the_table() -> None:
    assert set(REGISTERED) == set(PAGES)


@pytest.mark.parametrize("label", PAGES)
def test_every_inline_action_and_address_is_in_the_table(label: str, rf: Any, bob: User) -> None:
    page, told = REGISTERED[label], PAGES[label]
    request = rf.get("/")
    request.user = bob
    bob.is_staff = bob.is_superuser = True
    inlines = {each.model._meta.label for each in page.get_inlines(request, bob)}
    assert inlines == set(told.inlines)
    assert set(told.inlines) <= set(INLINES)
    assert {each for each in page.actions if isinstance(each, str)} == set(told.actions)
    usual = {f"{label.lower().replace('.', '_')}_{name}" for name in USUAL}
    names = {each.name for each in page.get_urls() if isinstance(each, URLPattern)} - {None}
    assert names - usual == set(told.views)


def test_the_site_has_no_further_address_and_no_further_action() -> None:
    of_site = {each.name for each in admin.site.get_urls() if isinstance(each, URLPattern)}
    assert of_site - {None} == OF_THE_SITE
    assert {name for name, _ in admin.site.actions} == {"delete_selected"}


def test_every_page_follows_the_rule_of_whose_a_row_is() -> None:
    assert {label: page.whose for label, page in REGISTERED.items()} == {
        label: page.whose for label, page in PAGES.items()
    }


def test_the_document_says_what_each_permission_gives() -> None:
    rows = SECURITY.rows("What each admin permission is worth")
    told = {row[0].strip("`"): tuple(cell.strip() for cell in row[1:5]) for row in rows}
    of_code = {label: page[:4] for label, page in {**PAGES, **INLINES}.items()}
    assert told == of_code
    assert all(len(row[5]) > 20 for row in rows)


# --- who gets where ---


@pytest.mark.parametrize("who", ["nobody", "a person", "an admin without permissions"])
def test_without_a_permission_no_page_opens(
    ordinary: dict[str, Model], mallory: User, who: str
) -> None:
    browser = Browser() if who == "nobody" else confirmed(mallory)
    if who.startswith("an admin"):
        browser = desk_of(mallory)
    refused = 403 if who.startswith("an admin") else 302
    for label, row in ordinary.items():
        for page in ("change/", "history/", "delete/"):
            assert browser.get(address_of(row, page)).status_code == refused, (label, page)
            assert browser.post(address_of(row, page)).status_code == refused, (label, page)
        for page in ("", "add/"):
            assert browser.get(address_of(label, page)).status_code == refused, (label, page)
            assert browser.post(address_of(label, page)).status_code == refused, (label, page)


def test_one_permission_opens_what_the_table_says_and_nothing_else(
    ordinary: dict[str, Model], mallory: User
) -> None:
    """All of them in one go: the rows take as long to make as the pages of one to walk."""
    desk = desk_of(mallory)
    walked = [
        each for label in (*PAGES, *INLINES) for each in _walk(desk, mallory, label, ordinary)
    ]
    assert len(walked) > 400
    assert [where for where, found, wanted in walked if found != wanted] == []


def _walk(
    desk: Browser, mallory: User, label: str, ordinary: dict[str, Model]
) -> Iterator[tuple[str, object, object]]:
    """Yield where `mallory` went with a permission on `label`, what was answered, and what had to
    be.
    """
    for action in ACTIONS:
        mallory.user_permissions.set([permission(action, label)])
        where = f"{label}, with a permission to {action}"
        if label in PAGES:
            listed = 200 if expected(PAGES[label], action)["view"] == 200 else 403
            yield f"list of {where}", desk.get(address_of(label)).status_code, listed
        if label in ordinary:
            found, wanted = statuses(desk, ordinary[label]), expected(PAGES[label], action)
            yield f"{where}: {found}, not {wanted}", found, wanted
    mallory.user_permissions.set([permission(action, label) for action in ACTIONS])
    for other in PAGES.keys() - {label}:
        yield f"{other}, with {label}", desk.get(address_of(other)).status_code, 403


def test_a_permission_on_an_inline_opens_nothing_without_the_page_around_it(mallory: User) -> None:
    for label in INLINES:
        desk = desk_of(mallory, *(permission(action, label) for action in ACTIONS))
        assert desk.get("/admin/").context["app_list"] == [], label
        assert desk.get(address_of(label)).status_code == 404, label
        assert desk.get(address_of(label, "add/")).status_code == 404, label


@pytest.mark.parametrize("action", ACTIONS)
def test_permissions_on_all_other_models_open_nothing(
    ordinary: dict[str, Model], mallory: User, action: str
) -> None:
    known = {permission(action, label).pk for label in {**PAGES, **INLINES}}
    others = Permission.objects.filter(codename__startswith=action).exclude(pk__in=known)
    assert others.count() > 10
    desk = desk_of(mallory, *others)
    assert desk.get("/admin/").context["app_list"] == []
    for label in ordinary:
        assert desk.get(address_of(label)).status_code == 403


def test_a_superuser_may_do_what_is_anybodys(
    ordinary: dict[str, Model], chiefs: dict[str, Model], bob: User
) -> None:
    desk = confirmed(bob)
    for label, row in ordinary.items():
        page = PAGES[label]
        opens = {name: page.gives(name) in (GIVEN, SUPERUSER) for name in ACTIONS}
        found = statuses(desk, row)
        assert {name: found[name] == 200 for name in ACTIONS} == opens, label
        assert desk.get(address_of(label)).status_code == 200
    for row in chiefs.values():
        assert desk.get(address_of(row, "change/")).status_code == 200


def test_whoever_has_every_permission_but_is_no_superuser_gets_what_is_given(
    ordinary: dict[str, Model], mallory: User
) -> None:
    desk = desk_of(mallory, *Permission.objects.all())
    for label, row in ordinary.items():
        page, found = PAGES[label], statuses(desk, row)
        assert {name: found[name] == 200 for name in ACTIONS} == {
            name: page.gives(name) == GIVEN for name in ACTIONS
        }, label
        assert page.view in (GIVEN, SUPERUSER, NOBODY)
