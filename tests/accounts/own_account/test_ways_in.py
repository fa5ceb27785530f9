"""What lets a person in, and that nothing takes the last of it away: on every page, at once too."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client as Browser

from accounts.models import User
from accounts.own_account.ways_in import WaysIn
from tests.accounts.at_once import meet_before
from tests.accounts.conftest import example_id
from tests.accounts.second_factors.authenticators import confirmed, given
from tests.accounts.second_factors.conftest import SECRET, at_localhost
from tests.conftest import PASSWORD
from tests.upstream import TOTP

__all__ = ["at_localhost", "example_id"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_localhost")]

METHODS, CONNECTIONS, ADDRESSES = "/account/methods/", "/accounts/3rdparty/", "/accounts/email/"
SECOND = "alice@second.example"


@pytest.fixture
def bare(alice: User, example_id: SocialApp) -> User:
    """Alice without anything that lets her in."""
    alice.set_unusable_password()
    alice.save()
    EmailAddress.objects.update(verified=False)
    return alice


def passkey(person: User, name: str = "phone") -> Authenticator:
    given(person, name=name)
    made: Authenticator = Authenticator.objects.filter(type="webauthn").latest("pk")
    return made


def third_party(person: User, provider: str = "example", uid: str = "1") -> SocialAccount:
    return SocialAccount.objects.create(user=person, provider=provider, uid=uid)


def address(person: User, email: str = SECOND) -> EmailAddress:
    return EmailAddress.objects.create(user=person, email=email, verified=True)


def remove(browser: Browser, row: Any) -> str:
    """Press what removes `row`, as a page does that is still open; return the page after it."""
    if isinstance(row, SocialAccount):
        answer = browser.post(CONNECTIONS, {"account": row.pk}, follow=True)
    elif isinstance(row, EmailAddress):
        form = {"action_remove": "", "email": row.email}
        answer = browser.post(ADDRESSES, form, follow=True)
    elif row.type == Authenticator.Type.TOTP:
        answer = browser.post("/accounts/2fa/totp/deactivate/", follow=True)
    else:
        answer = browser.post(f"/accounts/2fa/webauthn/keys/{row.pk}/remove/", follow=True)
    return str(answer.content.decode())


def is_there(row: Any) -> bool:
    return bool(type(row).objects.filter(pk=row.pk).exists())


# --- What is a way in ---


def test_somebody_without_anything_is_not_let_in(bare: User) -> None:
    assert WaysIn.of(bare).in_words() == []


@pytest.mark.parametrize(
    ("give", "words"),
    [
        (passkey, "a passkey"),
        (lambda person: person.set_password(PASSWORD), "your password"),
        (address, "a code by e-mail"),
        (third_party, "Example ID"),
    ],
)
def test_each_way_in_is_known(bare: User, give: Callable[[User], Any], words: str) -> None:
    give(bare)
    assert WaysIn.of(bare).in_words() == [words]


def test_what_opens_nothing_is_none(bare: User, example_id: SocialApp, settings: Any) -> None:
    passkey(bare)
    settings.SITE_URL = "http://192.0.2.1"  # browsers have no passkeys at such an address
    third_party(bare, "long-gone")
    third_party(bare)
    example_id.settings["hidden"] = True  # no button any more
    example_id.save()
    TOTP.activate(bare, SECRET)
    assert WaysIn.of(bare).in_words() == []


# --- The last one stays ---


def test_the_last_passkey_has_no_button_and_is_not_removed(bare: User) -> None:
    row = passkey(bare)
    third_party(bare, "long-gone")
    browser = confirmed(bare)
    page = browser.get(METHODS).content.decode()
    assert "it is your only way to sign in" in page
    assert f"keys/{row.pk}/remove/" not in page
    assert "it is your only way to sign in" in remove(browser, row)
    assert is_there(row)


def test_a_connection_whose_button_is_gone_saves_no_passkey_and_is_not_missed(bare: User) -> None:
    gone, row = third_party(bare, "long-gone"), passkey(bare)
    browser = confirmed(bare)
    assert "this site no longer offers it" in browser.get(CONNECTIONS).content.decode()
    remove(browser, row)
    remove(browser, gone)
    assert is_there(row)
    assert not is_there(gone)


def test_a_passkey_with_another_beside_it_has_its_button(bare: User) -> None:
    rows = [passkey(bare, "phone"), passkey(bare, "laptop")]
    browser = confirmed(bare)
    page = browser.get(METHODS).content.decode()
    assert all(f"keys/{row.pk}/remove/" in page for row in rows)
    remove(browser, rows[0])
    assert not is_there(rows[0])
    assert f"keys/{rows[1].pk}/remove/" not in browser.get(METHODS).content.decode()


@pytest.mark.parametrize("give", [passkey, third_party, lambda person: None])
def test_the_last_verified_address_stays_whatever_else_there_is(
    bare: User, give: Callable[[User], Any]
) -> None:
    """Every sign-in would be sent to verify the main address, which may be nobody's."""
    row = address(bare)
    give(bare)
    browser = confirmed(bare)
    page = browser.get(ADDRESSES).content.decode()
    assert "You cannot remove your only verified address." in page
    assert page.count('name="action_remove"') == 0
    assert "You cannot remove your only verified address" in remove(browser, row)
    assert is_there(row)


def test_of_two_verified_addresses_one_may_go(bare: User) -> None:
    first, second = address(bare), address(bare, "alice@third.example")
    browser = confirmed(bare)
    assert browser.get(ADDRESSES).content.decode().count('name="action_remove"') == 2
    remove(browser, first)
    assert [is_there(first), is_there(second)] == [False, True]


def test_an_address_that_nobody_confirmed_may_go(bare: User) -> None:
    address(bare)
    typo = EmailAddress.objects.create(user=bare, email="alcie@example.com")
    remove(confirmed(bare), typo)
    assert not is_there(typo)


def test_who_has_a_code_by_mail_alone_is_told_to_add_another(bare: User) -> None:
    third_party(bare, "long-gone")
    address(bare)
    page = confirmed(bare).get("/account/").content.decode()
    assert "Codes sent by e-mail are your only way to sign in." in page


# --- By an admin ---


@pytest.fixture
def desk(bob: User) -> Browser:
    """Bob's browser; Bob is the admin."""
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return confirmed(bob)


LOCKED_OUT = "Nothing lets Alice in any more but a code to alice@example.com"


@pytest.mark.parametrize("several", [False, True])
def test_an_admin_who_removes_the_last_connection_is_told(
    desk: Browser, bare: User, several: bool
) -> None:
    connection = third_party(bare)
    page = "/admin/socialaccount/socialaccount/"
    picked = {"action": "delete_selected", "_selected_action": [connection.pk], "post": "yes"}
    url = page if several else f"{page}{connection.pk}/delete/"
    answer = desk.post(url, picked if several else {"post": "yes"}, follow=True)
    assert not is_there(connection)
    assert LOCKED_OUT in answer.content.decode()


@pytest.mark.parametrize("has_another", [False, True])
def test_an_admin_who_resets_the_last_passkey_is_told(
    desk: Browser, bare: User, has_another: bool
) -> None:
    passkey(bare)
    if has_another:
        third_party(bare)
    url = f"/admin/accounts/user/{bare.pk}/second-factors/reset/"
    assert (LOCKED_OUT in desk.post(url, follow=True).content.decode()) is not has_another


def test_an_admin_who_takes_the_last_address_away_is_told(desk: Browser, bare: User) -> None:
    own = EmailAddress.objects.get(user=bare)
    row = address(bare)
    form = {
        "email": bare.email,
        "name": "Alice",
        "is_active": "on",
        "emailaddress_set-TOTAL_FORMS": 2,
        "emailaddress_set-INITIAL_FORMS": 2,
        "emailaddress_set-0-DELETE": "on",
    }
    for number, each in enumerate([row, own]):
        fields = {"id": each.pk, "user": bare.pk, "email": each.email}
        form |= {f"emailaddress_set-{number}-{name}": value for name, value in fields.items()}
    answer = desk.post(f"/admin/accounts/user/{bare.pk}/change/", form, follow=True)
    assert not is_there(row)
    assert LOCKED_OUT in answer.content.decode()


# --- Two at the same moment ---

PAIRS = {
    "two passkeys": lambda person: [passkey(person, "phone"), passkey(person, "laptop")],
    "a passkey and a connection": lambda person: [passkey(person), third_party(person)],
    "two connections": lambda person: [third_party(person), third_party(person, uid="2")],
    "two addresses": lambda person: [address(person), address(person, "alice@third.example")],
    "an address and a connection": lambda person: [address(person), third_party(person)],
}
REMOVALS = tuple(
    f'DELETE FROM "{table}"'
    for table in ("mfa_authenticator", "socialaccount_socialtoken", "account_emailaddress")
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pair", PAIRS)
def test_of_the_last_two_that_are_removed_at_once_one_stays(bare: User, pair: str) -> None:
    rows = PAIRS[pair](bare)
    browsers = [confirmed(bare) for _ in rows]
    steps = [lambda b=b, row=row: remove(b, row) for b, row in zip(browsers, rows, strict=True)]

    pages = meet_before(REMOVALS, *steps)

    assert [is_there(row) for row in rows].count(True) == 1
    assert any("your only" in page for page in pages)


@pytest.mark.django_db(transaction=True)
def test_of_two_second_steps_that_are_removed_at_once_one_stays_where_one_is_demanded(
    alice: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "all"
    rows = [TOTP.activate(alice, SECRET).instance, passkey(alice)]
    browsers = [confirmed(alice) for _ in rows]
    steps = [lambda b=b, row=row: remove(b, row) for b, row in zip(browsers, rows, strict=True)]

    meet_before(REMOVALS, *steps)

    assert [is_there(row) for row in rows].count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_addresses_that_become_the_main_one_at_once_one_does(alice: User) -> None:
    rows = [address(alice), address(alice, "alice@third.example")]
    browsers = [confirmed(alice) for _ in rows]

    def choose(browser: Browser, row: EmailAddress) -> int:
        form = {"action_primary": "", "email": row.email}
        return int(browser.post(ADDRESSES, form).status_code)

    steps = [lambda b=b, row=row: choose(b, row) for b, row in zip(browsers, rows, strict=True)]

    assert meet_before(('UPDATE "account_emailaddress"',), *steps) == [302, 302]
    main = EmailAddress.objects.get(primary=True)
    assert main in rows
    assert User.objects.get().email == main.email
