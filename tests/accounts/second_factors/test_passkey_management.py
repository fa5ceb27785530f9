"""Passkeys as they are kept: how many, under what names, and the last one of all."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp

from accounts.account_pages.sign_in_methods import MOST_PASSKEYS
from accounts.models import User
from tests.accounts.at_once import just_before, meet_before
from tests.accounts.conftest import example_id
from tests.accounts.second_factors.authenticators import ADD, Device, confirmed, given

__all__ = ["example_id"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_localhost")]


def passkey() -> Authenticator:
    return Authenticator.objects.filter(type="webauthn").latest("pk")


def url_of(row: Authenticator, what: str) -> str:
    return f"/accounts/2fa/webauthn/keys/{row.pk}/{what}/"


def test_a_device_is_told_which_passkeys_there_are_and_one_is_not_added_twice(
    alice: User,
) -> None:
    phone = given(alice)
    browser = confirmed(alice)
    options = browser.get(ADD).context["js_data"]["creation_options"]
    assert len(options["publicKey"]["excludeCredentials"]) == 1
    page = browser.post(ADD, {"credential": phone.make(options)})
    assert "already on your account" in page.content.decode()
    assert Authenticator.objects.filter(type="webauthn").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://evil.example"},
        {"rp_id": "evil.example"},
        {"is_unlocked": False},
    ],
    ids=str,
)
def test_a_passkey_for_elsewhere_or_one_that_needs_no_unlocking_is_not_added(
    alice: User, wrong: dict[str, str]
) -> None:
    browser = confirmed(alice)
    options = browser.get(ADD).context["js_data"]["creation_options"]
    page = browser.post(ADD, {"credential": Device(**wrong).make(options)})
    assert page.status_code == 200
    assert not Authenticator.objects.exists()


def test_a_person_has_so_many_passkeys_at_most(alice: User) -> None:
    given(alice)
    row = passkey()
    for _ in range(MOST_PASSKEYS - 1):
        Authenticator.objects.create(user=alice, type=row.type, data=row.data)
    browser = confirmed(alice)
    answer = browser.get(ADD, follow=True)
    assert "Remove one before" in answer.content.decode()
    assert browser.post(ADD, {"credential": "{}"})["Location"] == "/account/methods/"
    assert Authenticator.objects.filter(type="webauthn").count() == MOST_PASSKEYS


@pytest.mark.django_db(transaction=True)
def test_of_two_passkeys_at_once_one_may_be_the_last(alice: User) -> None:
    given(alice)
    row = passkey()
    for _ in range(MOST_PASSKEYS - 2):
        Authenticator.objects.create(user=alice, type=row.type, data=row.data)
    browsers = [confirmed(alice), confirmed(alice)]
    asked = [browser.get(ADD).context["js_data"]["creation_options"] for browser in browsers]
    forms = [{"credential": Device(name=f"{n}").make(each)} for n, each in enumerate(asked)]
    pairs = zip(browsers, forms, strict=True)
    steps = [lambda browser=b, form=f: browser.post(ADD, form) for b, f in pairs]

    meet_before(('INSERT INTO "mfa_authenticator"',), *steps)

    assert Authenticator.objects.filter(type="webauthn").count() == MOST_PASSKEYS


def test_a_new_name_undoes_nothing_that_happened_meanwhile(alice: User) -> None:
    given(alice)
    browser, row = confirmed(alice), passkey()

    def meanwhile() -> None:
        now = passkey()
        Authenticator.objects.filter(pk=now.pk).update(data=now.data | {"signature_counter": 7})

    with just_before("SAVEPOINT", meanwhile):
        browser.post(url_of(row, "edit"), {"name": "My phone"})
    assert passkey().wrap().name == "My phone"
    assert passkey().data["signature_counter"] == 7


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "x" * 300, "a\0b"], ids=repr)
def test_a_name_that_is_none_is_refused_at_its_field(alice: User, name: str) -> None:
    given(alice)
    before = passkey().wrap().name
    page = confirmed(alice).post(url_of(passkey(), "edit"), {"name": name})
    assert page.status_code == 200
    assert page.context["form"].errors["name"]
    assert passkey().wrap().name == before


@pytest.mark.parametrize("name", ["🔑 My phone", "<b>phone</b>", "a\u202eenohp"], ids=ascii)
def test_a_strange_name_is_shown_as_text_and_moves_nothing_else(alice: User, name: str) -> None:
    given(alice)
    browser = confirmed(alice)
    browser.post(url_of(passkey(), "edit"), {"name": name})
    for page in ("/account/methods/", "/account/activity/"):
        shown = browser.get(page).content.decode()
        assert "<b>phone" not in shown
        assert "\u202e" not in shown.replace(f"<bdi>{name}</bdi>", "")  # turns nothing around it
        assert "phone" in shown or "enohp" in shown


def test_nobody_renames_or_removes_another_persons_passkey(alice: User, mallory: User) -> None:
    given(alice)
    hers = confirmed(mallory)
    assert hers.post(url_of(passkey(), "edit"), {"name": "mine"}).status_code == 404
    assert hers.post(url_of(passkey(), "remove")).status_code == 404
    assert Authenticator.objects.filter(user=alice, type="webauthn").exists()


def leave_alone_with_a_passkey(alice: User) -> None:
    given(alice)
    alice.set_unusable_password()
    alice.save()
    EmailAddress.objects.filter(user=alice).update(verified=False)


def test_the_last_way_in_is_kept_and_the_page_says_why(alice: User) -> None:
    leave_alone_with_a_passkey(alice)
    browser = confirmed(alice)
    assert "only way to sign in" in browser.get(url_of(passkey(), "remove")).content.decode()
    answer = browser.post(url_of(passkey(), "remove"), follow=True)
    assert "only way to sign in" in answer.content.decode()
    assert Authenticator.objects.filter(type="webauthn").exists()


@pytest.mark.every_case
@pytest.mark.parametrize("way", ["passkey", "third party", "address"])
def test_with_another_way_in_it_goes(alice: User, example_id: SocialApp, way: str) -> None:
    leave_alone_with_a_passkey(alice)
    row = passkey()
    if way == "passkey":
        given(alice, name="second")
    elif way == "third party":
        SocialAccount.objects.create(user=alice, provider="example", uid="1")
    else:
        EmailAddress.objects.filter(user=alice).update(verified=True)
    confirmed(alice).post(url_of(row, "remove"))
    assert not Authenticator.objects.filter(pk=row.pk).exists()
