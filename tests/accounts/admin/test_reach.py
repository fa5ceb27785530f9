"""Nobody gains by Django admin what they were not given: Mallory has every permission that there
is, but is no superuser. Bob is one; Carol is an admin like her; Dora will be one."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser

from accounts.models import Session, User
from accounts.oauth_server.models import Client, ClientSecret
from tests.accounts.admin.scene import address_of, desk_of, fill, permission, proven, rows_of
from tests.accounts.admin.table import ACTS
from tests.accounts.oauth_server.admin.client.test_clients import fill_in
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app as photo_album
from tests.accounts.oauth_server.conftest import register
from tests.accounts.second_factors.conftest import SECRET
from tests.upstream import TOTP

__all__ = ["photo_album"]

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/accounts/user/"
PROVIDERS = "/admin/socialaccount/socialapp/"
CLIENTS = "/admin/oauth_server/client/"
HERS = "mallory.too@example.net"


@pytest.fixture
def desk(mallory: User) -> Browser:
    return desk_of(mallory, *Permission.objects.all())


@pytest.fixture(
    params=["a superuser", "an admin", "in a group", "with a permission", "switched off"]
)
def chief(request: Any, bob: User) -> User:
    """Somebody who was given rights, in each of the ways."""
    bob.is_staff = request.param != "in a group" and request.param != "with a permission"
    bob.is_superuser = request.param in ("a superuser", "switched off")
    bob.is_active = request.param != "switched off"
    bob.save()
    if request.param == "in a group":
        helpers = Group.objects.create(name="Helpers")
        helpers.permissions.add(permission("view", "accounts.User"))
        bob.groups.add(helpers)
    if request.param == "with a permission":
        bob.user_permissions.add(permission("view", "accounts.User"))
    return bob


def inline(prefix: str, *rows: dict[str, Any], first: int = 0) -> dict[str, Any]:
    """The fields of an inline; the first rows are there already."""
    form = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": first}
    for number, row in enumerate(rows):
        form |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return form


def person_form(person: User, *addresses: dict[str, Any], **changes: Any) -> dict[str, Any]:
    form = {"email": person.email, "name": person.name, "is_active": "on"} | changes
    return form | inline("emailaddress_set", *addresses)


def state() -> list[Any]:
    """All that says who somebody is and what they may do."""
    kinds: list[Any] = [User, EmailAddress, SocialAccount, Authenticator]
    rows = [list(kind.objects.order_by("pk").values()) for kind in kinds]
    for person in User.objects.all():
        rows.append([list(person.groups.all()), list(person.user_permissions.all())])
    return rows


# --- the rows of staff ---


def test_no_row_of_staff_is_there_for_whoever_is_no_superuser(
    desk: Browser, photo_album: App, bob: User
) -> None:
    fill(photo_album, bob)
    bob.is_staff = bob.is_superuser = True
    bob.name = "Chief of all"
    bob.save()
    for label, row in rows_of(bob).items():
        assert bob.name not in desk.get(address_of(label)).content.decode(), label
        assert bob.email not in desk.get(address_of(label)).content.decode(), label
        for page in ("change/", "history/", "delete/"):
            assert desk.get(address_of(row, page)).status_code in (302, 403), (label, page)
            assert desk.post(address_of(row, page), {"post": "yes"}).status_code in (302, 403)
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        desk.post(address_of(label), chosen)
        assert type(row)._base_manager.filter(pk=row.pk).exists(), label


def test_whoever_was_given_rights_is_out_of_reach_in_every_way(
    desk: Browser, chief: User, mallory: User
) -> None:
    before = state()
    hers = {"email": HERS, "verified": "on", "user": chief.pk}
    form = person_form(chief, hers, email=HERS, password="x", is_superuser="on")
    page = f"{PEOPLE}{chief.pk}/"
    for answer in (
        desk.post(f"{page}change/", form),
        desk.post(f"{page}change/?_to_field=id&_popup=1", form),
        desk.post(f"{page}delete/", {"post": "yes"}),
        desk.post(f"{page}second-factors/reset/"),
        *(desk.post(page + act) for act in ACTS.values()),
        desk.post("/admin/account/emailaddress/add/", hers),
        desk.post("/admin/mfa/authenticator/add/", {"user": chief.pk, "type": "totp"}),
        desk.post("/admin/socialaccount/socialaccount/add/", {"user": chief.pk, "uid": "1"}),
        desk.post(f"{page}password/", {"password1": "x", "password2": "x"}),
    ):
        assert answer.status_code in (302, 403, 404)
    assert state() == before


def test_what_is_done_with_many_in_a_list_reaches_no_staff(desk: Browser, chief: User) -> None:
    before = state()
    chosen = {"action": "delete_selected", "_selected_action": [chief.pk], "post": "yes"}
    desk.post(PEOPLE, chosen | {"select_across": "1"})
    assert state() == before


@pytest.mark.parametrize("words", ["bob", "Bob", "bob@example.com", "work@example.org"])
def test_no_search_finds_staff(desk: Browser, chief: User, words: str) -> None:
    proven(chief, "work@example.org")
    page = desk.get(PEOPLE, {"q": words})
    assert page.context["cl"].result_count == 0
    found = desk.get(
        "/admin/autocomplete/",
        {"app_label": "oauth_server", "model_name": "client", "field_name": "user", "term": words},
    )
    assert found.json()["results"] == []


def test_a_person_is_found_by_each_of_their_addresses(desk: Browser, alice: User) -> None:
    proven(alice, "work@example.org")
    assert desk.get(PEOPLE, {"q": "work@example.org"}).context["cl"].result_count == 1


@pytest.mark.parametrize(
    "query",
    [
        *("password__startswith=argon2", "emailaddress__email__contains=e", "is_superuser=1"),
        *("user_permissions__codename=x", "groups=1", "socialaccount__uid=1"),
        *("authenticator__data__contains=x", "last_login__year=2026", "email__startswith=a"),
    ],
)  # fmt: skip
def test_an_address_of_a_list_asks_nothing_that_the_page_does_not_offer(
    desk: Browser, alice: User, query: str
) -> None:
    assert desk.get(f"{PEOPLE}?{query}").status_code == 400


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("oauth_server.PersonalToken", "digest__startswith"),
        ("oauth_server.AccessToken", "token_checksum__startswith"),
        ("oauth_server.RefreshToken", "token__startswith"),
        ("oauth_server.AuthorizationCode", "code__startswith"),
        ("oauth_server.InitialAccessToken", "digest__startswith"),
        ("oauth_server.Client", "secrets__digest__startswith"),
        ("oauth_server.SigningKey", "private_jwk__startswith"),
        ("socialaccount.SocialApp", "settings__contains"),
        ("socialaccount.SocialAccount", "extra_data__contains"),
        ("accounts.SecurityEvent", "user__password__startswith"),
    ],
)
def test_no_list_can_be_asked_for_what_it_does_not_show(
    desk: Browser, label: str, column: str
) -> None:
    assert desk.get(address_of(label), {column: "a"}).status_code == 400


def test_the_filters_of_a_list_work(desk: Browser, alice: User) -> None:
    assert desk.get(f"{PEOPLE}?is_active__exact=1").context["cl"].result_count == 1
    events = "/admin/accounts/securityevent/"
    assert desk.get(f"{events}?outcome=failed&since=2020-01-01T00:00").status_code == 200


# --- rights ---


def test_nobody_gives_rights_but_a_superuser(desk: Browser, alice: User, mallory: User) -> None:
    group = Group.objects.create(name="Chiefs")
    group.permissions.set(Permission.objects.all())
    rights = {
        "is_staff": "on",
        "is_superuser": "on",
        "in_groups": [group.pk],
        "user_permissions": [1],
    }
    for person in (alice, mallory):
        desk.post(f"{PEOPLE}{person.pk}/change/", person_form(person, **rights))
    new = person_form(User(email="new@example.net"), **rights)
    assert desk.post(f"{PEOPLE}add/", new).status_code == 302
    chosen = {"name": "Chiefs", "permissions": [1], "action": "delete_selected"}
    for page in ("", "add/", f"{group.pk}/change/", f"{group.pk}/delete/"):
        assert desk.post(f"/admin/auth/group/{page}", chosen).status_code == 403
    for person in User.objects.exclude(pk=mallory.pk):
        assert not User.objects.trusted().filter(pk=person.pk).exists(), person
    mallory.refresh_from_db()
    assert not mallory.is_superuser


def test_nobody_changes_what_they_may_do_by_their_own_row(desk: Browser, mallory: User) -> None:
    assert desk.get(f"{PEOPLE}{mallory.pk}/change/")["Location"] == "/admin/"


def test_a_new_admin_is_told_of_with_all_that_opens_the_account(alice: User, bob: User) -> None:
    """A helper may have left an address of their own in an account that is to have rights."""
    proven(alice, HERS)
    bob.is_superuser = True
    desk = desk_of(bob)
    form = {"email": alice.email, "name": "Alice", "is_active": "on", "is_staff": "on"}
    kept = [
        {"id": row.pk, "user": alice.pk, "email": row.email, "verified": "on"}
        for row in alice.emailaddress_set.order_by("pk")
    ]
    form |= inline("emailaddress_set", *kept, first=2)
    answer = desk.post(f"{PEOPLE}{alice.pk}/change/", form, follow=True)
    (told,) = [str(each) for each in answer.context["messages"] if "an admin now" in str(each)]
    assert HERS in told
    assert alice.email in told


# --- addresses ---


@pytest.mark.parametrize("email", ["bob@example.com", "BOB@EXAMPLE.COM", "chief@example.org"])
def test_no_account_takes_an_address_of_another(
    desk: Browser, alice: User, chief: User, email: str
) -> None:
    """Who types it would be led to that account, and mail for them would go there."""
    proven(chief, "chief@example.org")
    for verified in ("on", ""):
        row = {"email": email, "verified": verified, "user": alice.pk}
        assert desk.post(f"{PEOPLE}{alice.pk}/change/", person_form(alice, row)).status_code == 200
    assert (
        desk.post(f"{PEOPLE}{alice.pk}/change/", person_form(alice, email=email)).status_code == 200
    )
    assert EmailAddress.objects.filter(user=alice).count() == 1
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_an_address_is_verified_on_the_page_of_its_person_alone(bob: User, alice: User) -> None:
    """There, the first one that counts empties the account of what others may have left in it."""
    bob.is_superuser = True
    desk = desk_of(bob)
    EmailAddress.objects.filter(user=alice).update(verified=False)
    row = EmailAddress.objects.get(user=alice)
    chosen = {"action": "make_verified", "_selected_action": [row.pk]}
    assert desk.post("/admin/account/emailaddress/", chosen).status_code == 404
    form = {"id": row.pk, "user": alice.pk, "email": row.email, "verified": "on", "primary": "on"}
    page = {"email": alice.email, "name": "Alice", "is_active": "on"}
    TOTP.activate(alice, SECRET)
    desk.post(f"{PEOPLE}{alice.pk}/change/", page | inline("emailaddress_set", form, first=1))
    alice.refresh_from_db()
    assert EmailAddress.objects.get(user=alice).verified
    assert not alice.has_usable_password()
    assert not Authenticator.objects.filter(user=alice).exists()


# --- providers ---


@pytest.fixture
def corp(db: None) -> SocialApp:
    return SocialApp.objects.create(
        provider="openid_connect", provider_id="corp", name="Corp", client_id="latchkey",
        settings={"server_url": "https://id.example", "email_authentication": False},
    )  # fmt: skip


OWN = {
    "provider": "openid_connect",
    "provider_id": "own",
    "name": "Own ID",
    "client_id": "own",
    "server_url": "https://mallory.example",
    "trusted_email": "on",
    "new_secret": "own",
    "settings": '{"server_url": "https://mallory.example", "email_authentication": true}',
}


def test_nobody_makes_a_provider_of_their_own(desk: Browser) -> None:
    assert desk.get(f"{PROVIDERS}add/").status_code == 403
    assert desk.post(f"{PROVIDERS}add/", OWN).status_code == 403
    assert not SocialApp.objects.exists()


def test_whoever_may_change_a_provider_changes_its_name_alone(
    desk: Browser, corp: SocialApp
) -> None:
    before = SocialApp.objects.values().get()
    page = desk.get(f"{PROVIDERS}{corp.pk}/change/").content.decode()
    assert "https://id.example" in page
    assert set(desk.get(f"{PROVIDERS}{corp.pk}/change/").context["adminform"].form.fields) == {
        "name"
    }
    assert desk.post(f"{PROVIDERS}{corp.pk}/change/", OWN).status_code == 302
    assert SocialApp.objects.values().get() == before | {"name": "Own ID"}
    assert not desk.get(f"{PROVIDERS}{corp.pk}/change/").context["adminform"].form.is_bound


# --- clients ---


def test_nobody_lets_an_app_of_theirs_in_unasked(desk: Browser) -> None:
    desk.post(f"{CLIENTS}add/", fill_in(skip_authorization="on"))
    client = Client.objects.get()
    assert not client.skip_authorization
    desk.post(f"{CLIENTS}{client.pk}/change/", fill_in(skip_authorization="on", name="Mine"))
    client.refresh_from_db()
    assert (client.name, client.skip_authorization) == ("Mine", False)


@pytest.mark.parametrize("field", ["scopes", "default_scopes", "required_scopes"])
def test_nobody_gives_an_app_scopes_above_their_own(desk: Browser, field: str) -> None:
    page = desk.get(f"{CLIENTS}add/?kind=other")
    assert f'name="{field}" value="introspection"' not in page.content.decode()
    answer = desk.post(f"{CLIENTS}add/", fill_in(**{field: ["openid", "introspection"]}))
    assert answer.status_code == 200
    assert not Client.objects.exists()


def test_a_superuser_gives_both(desk: Browser, mallory: User) -> None:
    mallory.is_superuser = True
    mallory.save()
    answer = desk.post(
        f"{CLIENTS}add/", fill_in(skip_authorization="on", scopes=["openid", "introspection"])
    )
    assert answer.status_code == 302
    assert Client.objects.get().is_privileged


@pytest.mark.parametrize("given", [{"skip_authorization": True}, {"scopes": "introspection"}])
def test_a_client_that_has_more_is_looked_at_and_no_more(
    desk: Browser, given: dict[str, Any]
) -> None:
    app = register("Weather API", default_scopes="")
    Client.objects.filter(pk=app.client.pk).update(**given)
    page = f"{CLIENTS}{app.client.pk}/"
    chosen = {"_selected_action": [app.client.pk], "post": "yes"}
    # One that is not checked is always asked about.
    Client.objects.filter(skip_authorization=False).update(is_verified=False)
    before = Client.objects.values().get()
    assert desk.get(f"{page}change/").status_code == 200
    assert desk.post(f"{page}change/", fill_in()).status_code == 403
    assert desk.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert desk.post(f"{page}secret/").status_code in (403, 405)
    assert desk.post(CLIENTS, chosen | {"action": "delete_selected"}).status_code == 403
    assert desk.post(CLIENTS, chosen | {"action": "verify"}).status_code in (302, 403)
    assert Client.objects.values().get() == before
    assert ClientSecret.objects.count() == 1


# --- what pages tell of others ---


def test_no_page_tells_the_address_of_an_admin(desk: Browser, photo_album: App, bob: User) -> None:
    chief = bob
    chief.name = ""
    chief.is_superuser = True
    own = desk_of(chief)
    own.post(f"{CLIENTS}{photo_album.client.pk}/change/", fill_in(name="Changed"))
    Client.objects.update(user=chief)
    for page in ("", f"{photo_album.client.pk}/change/", f"{photo_album.client.pk}/history/"):
        words = desk.get(f"{CLIENTS}{page}").content.decode()
        assert chief.email not in words, page
    assert chief.email in own.get(f"{CLIENTS}{photo_album.client.pk}/history/").content.decode()


def test_a_page_that_asks_whether_to_delete_names_nobody_elses_rows(
    desk: Browser, photo_album: App, alice: User, bob: User
) -> None:
    for person in (alice, bob):
        photo_album.tokens_for(person)
    bob.is_staff = True
    bob.save()
    page = desk.get(f"{CLIENTS}{photo_album.client.pk}/delete/").content.decode()
    assert "Photo Album" in page
    assert "Bob" not in page
    assert "Alice" not in page


def test_nobody_reads_what_a_waiting_task_carries(desk: Browser) -> None:
    assert desk.get("/admin/django_tasks_database/dbtaskresult/").status_code == 403


def test_nobody_ends_the_sessions_of_staff(desk: Browser, chief: User) -> None:
    Browser().force_login(User.objects.get(pk=chief.pk))
    sessions = Session.objects.filter(user=chief).count()
    desk.post(f"{PEOPLE}{chief.pk}/change/", person_form(chief) | {"is_active": ""})
    assert Session.objects.filter(user=chief).count() == sessions


def test_the_password_is_changed_on_the_page_of_the_account_alone(desk: Browser) -> None:
    """Django's own page asks for no second factor and tells nobody."""
    answer = desk.get("/admin/password_change/")
    assert answer["Location"] == "/accounts/password/change/"
    assert desk.post("/admin/password_change/", {"old_password": "x"}).status_code == 302
