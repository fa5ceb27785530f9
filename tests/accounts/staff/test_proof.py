"""What changes in Django admin wants a proof of the last minutes; what is read there wants none."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from accounts.models import ProviderSecret, User
from accounts.oauth_server.models import Authorization, Client, ClientLogo
from accounts.staff.proof import RETURN
from tests.accounts.account_pages.proof import let_proof_expire
from tests.accounts.oauth_server.admin.client.test_clients import fill_in
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app as photo_album
from tests.accounts.oauth_server.pictures import picture
from tests.accounts.second_factors.authenticators import confirmed
from tests.accounts.third_parties.test_registration import FORM
from tests.conftest import PASSWORD

__all__ = ["photo_album"]

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/accounts/user/"
CLIENTS = "/admin/oauth_server/client/"
PROVIDERS = "/admin/socialaccount/socialapp/"
PROVE = "/accounts/reauthenticate/"


@pytest.fixture
def desk(bob: User) -> Browser:
    """Bob's browser, in which he signed in a while ago; Bob is the admin."""
    bob.is_staff = bob.is_superuser = True
    bob.save()
    browser = confirmed(bob)
    let_proof_expire(browser)
    return browser


def next_of(answer: Any) -> str:
    """Where the page leads on to that asks for the proof."""
    assert answer.status_code == 302, answer.content
    assert answer["Location"].startswith(PROVE), answer["Location"]
    return parse_qs(urlsplit(answer["Location"]).query)["next"][0]


def prove(desk: Browser, answer: Any) -> Any:
    """Type the password on the page that asks for it, and go where that leads."""
    onward = next_of(answer)
    proven = desk.post(PROVE, {"password": PASSWORD, "next": onward})
    assert proven["Location"] == onward
    return desk.get(onward)


def person_form(person: User, **changes: Any) -> dict[str, Any]:
    inline = {"emailaddress_set-TOTAL_FORMS": 0, "emailaddress_set-INITIAL_FORMS": 0}
    return {"email": person.email, "name": person.name, "is_active": "on"} | inline | changes


@pytest.mark.parametrize("page", ["", PEOPLE, CLIENTS, "/admin/accounts/securityevent/"])
def test_reading_wants_no_proof(desk: Browser, page: str) -> None:
    assert desk.get(page or "/admin/").status_code == 200


def test_looking_at_a_row_wants_none(desk: Browser, alice: User, photo_album: App) -> None:
    for address in (f"{PEOPLE}{alice.pk}/", f"{CLIENTS}{photo_album.client.pk}/"):
        assert desk.get(f"{address}change/").status_code == 200
        assert desk.get(f"{address}history/").status_code == 200


@pytest.mark.parametrize("page", [f"{PEOPLE}add/", f"{CLIENTS}add/", f"{PROVIDERS}add/"])
def test_a_page_with_which_something_is_made_asks_before_anything_is_typed(
    desk: Browser, page: str
) -> None:
    assert next_of(desk.get(page)) == page
    assert prove(desk, desk.get(page)).status_code == 200


def test_a_change_waits_for_the_proof_and_is_made_then(desk: Browser, alice: User) -> None:
    page = f"{PEOPLE}{alice.pk}/change/"
    asked = desk.post(page, person_form(alice, name="Alice Cooper"))
    alice.refresh_from_db()
    assert alice.name == "Alice"
    done = prove(desk, asked)
    assert done["Location"] == PEOPLE
    alice.refresh_from_db()
    assert alice.name == "Alice Cooper"


def test_what_is_wrong_with_it_is_said_on_its_own_page(desk: Browser, alice: User) -> None:
    """Its form has no address: it is sent again to where it is shown."""
    page = f"{PEOPLE}{alice.pk}/change/"
    shown = prove(desk, desk.post(page, person_form(alice, email="nonsense", name="Ann")))
    assert shown.request["PATH_INFO"] == page
    assert shown.context["errors"]
    assert 'value="Ann"' in shown.content.decode()


def test_what_was_chosen_in_a_list_is_still_chosen_after_the_proof(
    desk: Browser, photo_album: App, alice: User
) -> None:
    photo_album.tokens_for(alice)
    row = Authorization.objects.get()
    page = f"/admin/oauth_server/authorization/?client__id__exact={photo_album.client.pk}"
    chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
    shown = prove(desk, desk.post(page, chosen))
    assert shown.status_code == 200
    assert "Are you sure" in shown.content.decode()
    assert Authorization.objects.exists()
    desk.post(page, chosen | {"post": "yes"})
    assert not Authorization.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_deletion_asks_first(desk: Browser, alice: User, method: str) -> None:
    page = f"{PEOPLE}{alice.pk}/delete/"
    asked = getattr(desk, method)(page, {"post": "yes"} if method == "post" else {})
    assert User.objects.filter(pk=alice.pk).exists()
    prove(desk, asked)
    assert User.objects.filter(pk=alice.pk).exists() == (method == "get")


def test_a_secret_is_made_after_a_proof(desk: Browser, photo_album: App) -> None:
    asked = desk.post(f"{CLIENTS}{photo_album.client.pk}/secret/")
    assert photo_album.client.secrets.count() == 1
    prove(desk, asked)
    assert photo_album.client.secrets.count() == 2


def test_a_client_is_registered_with_all_that_was_typed(desk: Browser) -> None:
    prove(desk, desk.post(f"{CLIENTS}add/", fill_in(name="Late Album")))
    assert Client.objects.get().name == "Late Album"
    assert Client.objects.get().redirect_uris.split()[1] == "https://album.example/two"


def test_a_secret_of_a_provider_waits_nowhere(desk: Browser) -> None:
    """All else that was typed does."""
    typed = FORM | {"new_secret": "the-secret-of-corp", "name": "Corporation"}
    asked = desk.post(f"{PROVIDERS}add/", typed)
    assert "the-secret-of-corp" not in str(dict(desk.session))
    shown = prove(desk, asked)
    assert not SocialApp.objects.exists()
    assert "kept nowhere" in str(shown.context["errors"])
    assert 'value="Corporation"' in shown.content.decode()
    desk.post(f"{PROVIDERS}add/", typed)
    assert ProviderSecret.objects.get().secret == "the-secret-of-corp"


# --- what must not happen with a form that waits ---


def test_a_form_that_waits_is_sent_once(desk: Browser, alice: User) -> None:
    asked = desk.post(f"{PEOPLE}{alice.pk}/change/", person_form(alice, name="Ann"))
    prove(desk, asked)
    User.objects.filter(pk=alice.pk).update(name="Alice")
    assert desk.get(next_of(asked)).status_code == 200
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_whoever_comes_back_on_another_way_has_sent_nothing(desk: Browser, alice: User) -> None:
    page = f"{PEOPLE}{alice.pk}/change/"
    desk.post(page, person_form(alice, name="Ann"))
    desk.post(PROVE, {"password": PASSWORD})
    assert desk.get(page).status_code == 200
    assert desk.get(f"{page}?{RETURN}=guessed").status_code == 200
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_a_form_that_waits_is_dropped_where_its_sender_goes_on_reading(
    desk: Browser, alice: User
) -> None:
    asked = desk.post(f"{PEOPLE}{alice.pk}/change/", person_form(alice, name="Ann"))
    assert desk.get(PEOPLE).status_code == 200
    prove(desk, asked)
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_no_form_waits_for_somebody_else(desk: Browser, alice: User, mallory: User) -> None:
    asked = desk.post(f"{PEOPLE}{alice.pk}/change/", person_form(alice, name="Ann"))
    session = desk.session
    waiting = dict(session["admin_form"])
    mallory.is_staff = mallory.is_superuser = True
    mallory.save()
    other = confirmed(mallory)
    held = other.session
    held["admin_form"] = waiting
    held.save()
    assert other.get(next_of(asked)).status_code == 200
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_a_sign_in_of_the_last_minutes_is_a_proof(alice: User, bob: User, settings: Any) -> None:
    settings.SECOND_FACTOR = "off"
    bob.is_staff = bob.is_superuser = True
    bob.save()
    browser = Browser()
    browser.post("/accounts/login/", {"login": bob.email, "password": PASSWORD})
    answer = browser.post(f"{PEOPLE}{alice.pk}/change/", person_form(alice, name="Ann"))
    assert answer["Location"] == PEOPLE


def test_whoever_has_no_way_to_prove_it_signs_in_again(
    desk: Browser, alice: User, bob: User
) -> None:
    bob.set_unusable_password()
    bob.save()
    EmailAddress.objects.filter(user=bob).update(verified=False)
    browser = confirmed(bob)
    let_proof_expire(browser)
    answer = browser.post(f"{PEOPLE}{alice.pk}/change/", person_form(alice, name="Ann"))
    assert answer["Location"].startswith("/accounts/login/")
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_whoever_may_change_nothing_is_not_asked(alice: User) -> None:
    browser = confirmed(alice)
    let_proof_expire(browser)
    assert browser.post(f"{PEOPLE}{alice.pk}/change/")["Location"].startswith("/admin/login/")


def test_a_file_is_not_kept_and_its_form_says_so(desk: Browser, photo_album: App) -> None:
    page = f"{CLIENTS}{photo_album.client.pk}/change/"
    form = fill_in(is_verified="on", name="Renamed", logo=SimpleUploadedFile("a.png", picture()))
    again = prove(desk, desk.post(page, form)).content.decode()
    assert "Choose the file again: it was not kept meanwhile." in again
    assert 'value="Renamed"' in again
    assert Client.objects.get().name == "Photo Album"
    desk.post(page, form | {"logo": SimpleUploadedFile("a.png", picture())})
    assert ClientLogo.objects.exists()
