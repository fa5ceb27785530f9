"""The pages of a person's account: what is connected to it, and which apps they let in."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, Authorization, Client
from tests.accounts.second_factors.authenticators import confirmed
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def let_in(person: User, client: Client, tokens: int = 0) -> Authorization:
    authorization = Authorization.objects.record(
        person, client, frozenset({"openid", "email"}), address="192.0.2.1"
    )
    for number in range(tokens):
        AccessToken.objects.create(
            user=person,
            application=client,
            authorization=authorization,
            token_checksum=f"{number:064}",
            expires=timezone.now() + timedelta(hours=1),
        )
    return authorization


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_the_account_page_is_for_those_who_signed_in(client: Browser) -> None:
    assert client.get("/account/")["Location"] == "/accounts/login/?next=/account/"


def test_signing_in_arrives_at_the_account_page(client: Browser, alice: User) -> None:
    form = {"login": alice.email, "password": PASSWORD}
    response = client.post("/accounts/login/", form, follow=True)
    assert response.redirect_chain == [("/account/", 302)]
    assert "Hello, Alice" in text(response)


def test_the_page_of_apps_lists_them_and_what_they_may_do(
    alices_browser: Browser, alice: User, bob: User, notes: Client
) -> None:
    let_in(alice, notes)
    other = Client.objects.create(name="Bob’s app", client_id="bobs", client_type="public")
    let_in(bob, other)
    page = text(alices_browser.get("/account/apps/"))
    assert "Garden &lt;b&gt;Notes&lt;/b&gt;" in page
    assert "See your e-mail address" in page
    assert "See your name" not in page
    assert "Bob’s app" not in page


def test_the_account_page_lists_connections_even_of_providers_that_are_gone(
    alices_browser: Browser, alice: User, example_id: SocialApp
) -> None:
    extra = {"userinfo": {"email": "alice@id.example"}}
    SocialAccount.objects.create(user=alice, provider="example", uid="1", extra_data=extra)
    SocialAccount.objects.create(user=alice, provider="a-provider-long-gone", uid="2")
    for path in ("/account/", "/accounts/3rdparty/"):
        page = text(alices_browser.get(path))
        assert "<strong>Example ID</strong>" in page
        assert "alice@id.example" in page
        assert "<strong>a-provider-long-gone</strong>" in page


def test_removing_an_app_ends_its_tokens_and_says_so(
    alices_browser: Browser, alice: User, bob: User, notes: Client
) -> None:
    authorization = let_in(alice, notes, tokens=2)
    let_in(bob, notes)
    path = f"/account/apps/{authorization.pk}/remove/"
    page = text(alices_browser.post(path, follow=True))
    assert "no longer has access to your account. Ended: 2 access tokens" in page
    assert not AccessToken.objects.exists()
    assert [left.user for left in Authorization.objects.all()] == [bob]


def test_removing_an_app_that_holds_nothing_says_so(
    alices_browser: Browser, alice: User, notes: Client
) -> None:
    path = f"/account/apps/{let_in(alice, notes).pk}/remove/"
    assert "Nothing was active any more." in text(alices_browser.post(path, follow=True))


def test_mallory_cannot_remove_an_app_of_alice(alice: User, mallory: User, notes: Client) -> None:
    authorization = let_in(alice, notes)
    browser = Browser()
    browser.force_login(mallory)
    response = browser.post(f"/account/apps/{authorization.pk}/remove/")
    assert response.status_code == 404
    assert Authorization.objects.filter(pk=authorization.pk).exists()


def test_a_link_cannot_remove_an_app(alices_browser: Browser, alice: User, notes: Client) -> None:
    authorization = let_in(alice, notes)
    path = f"/account/apps/{authorization.pk}/remove/"
    assert alices_browser.get(path).status_code == 405
    assert Browser().post(path)["Location"] == "/accounts/login/?next=/account/apps/"
    assert Authorization.objects.filter(pk=authorization.pk).exists()


def test_another_site_cannot_remove_an_app(alice: User, notes: Client) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(alice)
    authorization = let_in(alice, notes)
    response = browser.post(f"/account/apps/{authorization.pk}/remove/")
    assert response.status_code == 403
    assert Authorization.objects.filter(pk=authorization.pk).exists()


def test_only_admins_see_the_way_to_the_admin(alices_browser: Browser, alice: User) -> None:
    assert "/admin/" not in text(alices_browser.get("/account/"))
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert "/admin/" in text(confirmed(alice).get("/account/"))


def test_admins_sign_in_where_everybody_does(client: Browser) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"


def test_an_address_that_is_not_confirmed_is_marked(alices_browser: Browser, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="new@example.com")
    page = text(alices_browser.get("/accounts/email/"))
    assert "new@example.com" in page
    assert "Not verified" in page
