"""Pairwise subjects: names for people that two apps cannot compare (Core section 8.1)."""

from typing import Any

import jwt
import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import PairwiseSubject
from tests.accounts.oauth_server.app import App, answer_in, me
from tests.accounts.oauth_server.conftest import register

PAIRWISE = {"subject_type": "pairwise", "scopes": "openid profile email"}


def subjects(app: App, person: User) -> set[str]:
    """Everything that `app` is told a person is called, wherever it may ask."""
    tokens = app.tokens_for(person)
    token = tokens["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return {
        jwt.decode(tokens["id_token"], options={"verify_signature": False})["sub"],
        Browser().get("/oauth/userinfo/", headers=headers).json()["sub"],
        app.introspect(token)["sub"],
        app.introspect(tokens["refresh_token"])["sub"],
        me(token).json()["sub"],
    }


@pytest.fixture
def album(db: None) -> App:
    return register("Album", redirect_uris="https://album.example/callback", **PAIRWISE)


@pytest.fixture
def diary(db: None) -> App:
    return register("Diary", redirect_uris="https://diary.example/callback", **PAIRWISE)


def test_an_app_is_told_one_name_everywhere_and_it_is_not_the_public_one(
    album: App, alice: User
) -> None:
    (subject,) = subjects(album, alice)

    assert subject != alice.sub
    assert subjects(album, alice) == {subject}


def test_two_apps_and_two_people_have_nothing_in_common(
    album: App, diary: App, other_app: App, alice: User, bob: User
) -> None:
    found = [
        *(subjects(app, person) for app in (album, diary) for person in (alice, bob)),
        *(subjects(other_app, person) for person in (alice, bob)),
    ]

    assert len(set.union(*found)) == 6
    assert subjects(other_app, alice) == {alice.sub}


def test_apps_on_one_host_know_people_by_the_same_name(album: App, alice: User) -> None:
    print_shop = register("Prints", redirect_uris="https://album.example/prints", **PAIRWISE)

    assert subjects(print_shop, alice) == subjects(album, alice)


def test_a_host_behind_an_apps_own_scheme_is_no_sector(alice: User) -> None:
    """Anybody may write any host there, and would else learn what another app calls a person."""
    public = {"client_type": "public", **PAIRWISE}
    theirs = register("One", redirect_uris="https://known.example/callback", **public)
    mine = register("Two", redirect_uris="mine://known.example/callback", **public)
    assert mine.client.sector == mine.client.client_id != theirs.client.sector


def test_native_apps_have_each_a_sector_of_their_own(alice: User) -> None:
    native = {"client_type": "public", "redirect_uris": "http://127.0.0.1/callback"}
    one = register("One", **native, **PAIRWISE)
    two = register("Two", **native, **PAIRWISE)

    names = {
        jwt.decode(app.tokens_for(alice)["id_token"], options={"verify_signature": False})["sub"]
        for app in (one, two)
    }
    assert len(names) == 2


def test_a_new_secret_key_of_the_site_changes_no_name(
    album: App, alice: User, settings: Any
) -> None:
    before = subjects(album, alice)
    settings.SECRET_KEY = "another"

    assert subjects(album, alice) == before


def test_a_hint_is_understood_in_the_apps_own_words(album: App, alice: User) -> None:
    tokens = album.tokens_for(alice)
    browser = Browser()
    browser.force_login(alice)

    answer = album.send(browser, prompt="none", id_token_hint=tokens["id_token"])
    assert "code" in answer_in(answer)
    claims = f'{{"id_token": {{"sub": {{"value": "{alice.sub}"}}}}}}'
    answer = album.send(browser, prompt="none", claims=claims)
    assert answer_in(answer)["error"] == "login_required"


def test_without_the_email_scope_introspection_does_not_give_the_person_away(
    album: App, alice: User
) -> None:
    token = album.tokens_for(alice, scope="openid")["access_token"]

    assert "username" not in album.introspect(token)


def test_a_person_who_is_deleted_takes_the_names_along(album: App, alice: User) -> None:
    subjects(album, alice)
    alice.delete()

    assert not PairwiseSubject.objects.exists()


def test_redirect_uris_on_two_hosts_need_a_list(db: None) -> None:
    with pytest.raises(ValidationError, match="all redirect URIs on one host"):
        register("Both", redirect_uris="https://one.example/a https://two.example/b", **PAIRWISE)
