"""Who may sign up by way of a third party: as the site says, or as an admin says of that one."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.third_parties.scripted_provider import Browser, ScriptedProvider
from tests.accounts.third_parties.test_registration import FORM, admins_browser, run  # noqa: F401
from tests.accounts.way_back.test_address import mailed_code

Register = Callable[..., SocialApp]


def nobody_signed_up() -> bool:
    return not User.objects.exists() and not SocialAccount.objects.exists()


@pytest.mark.parametrize("mode", ["closed", "invited"])
@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("of_site", [True, False])
def test_a_newcomer_is_told_why_they_cannot_sign_up(
    client: Client,
    provider: ScriptedProvider,
    register: Register,
    settings: Any,
    mode: str,
    trusted: bool,
    of_site: bool,
) -> None:
    settings.SIGN_UP = mode if of_site else "open"
    register(trusted=trusted, **({} if of_site else {"sign_up": mode}))
    answer = Browser(client, provider).sign_in()
    assert answer.status_code == 403
    assert "You cannot create an account here" in answer.content.decode()
    assert nobody_signed_up()
    assert mail.outbox == []


def test_who_has_an_account_still_signs_in(
    client: Client, provider: ScriptedProvider, register: Register, settings: Any
) -> None:
    register()
    browser = Browser(client, provider)
    browser.sign_in()
    client.logout()
    settings.SIGN_UP = "closed"
    assert browser.sign_in()["Location"] == "/account/"


@pytest.mark.parametrize("trusted", [True, False])
def test_people_of_one_third_party_may_sign_up_where_others_may_not(
    client: Client, provider: ScriptedProvider, register: Register, settings: Any, trusted: bool
) -> None:
    settings.SIGN_UP = "closed"
    register(trusted=trusted, sign_up="open")
    assert "Example ID" in client.get("/accounts/signup/").content.decode()
    assert "/accounts/signup/" in client.get("/accounts/login/").content.decode()
    Browser(client, provider).sign_in()
    if not trusted:
        client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert EmailAddress.objects.get().verified


def test_a_third_party_that_makes_no_accounts_is_not_offered_for_it(
    client: Client, register: Register
) -> None:
    register(sign_up="closed")
    assert "Example ID" not in client.get("/accounts/signup/").content.decode()
    assert "Example ID" in client.get("/accounts/login/").content.decode()


def test_only_a_verified_address_counts_for_a_domain(
    client: Client, provider: ScriptedProvider, register: Register, settings: Any
) -> None:
    settings.SIGN_UP, settings.SIGN_UP_DOMAINS = "domains", ["example.org"]
    register()
    browser = Browser(client, provider)
    assert browser.sign_in().status_code == 403  # alice@example.com is verified, and of another
    provider.userinfo |= {"email": "alice@example.org", "email_verified": False}
    browser.sign_in()
    assert nobody_signed_up()
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert User.objects.get().email == "alice@example.org"


def test_who_is_told_of_with_an_address_of_another_domain_proves_one_of_the_domain(
    client: Client, provider: ScriptedProvider, register: Register
) -> None:
    register(trusted=False, sign_up="domains", sign_up_domains=["example.org"])
    page = Browser(client, provider).sign_in()
    assert page["Location"] == "/accounts/3rdparty/signup/"
    assert mail.outbox == []
    refused = client.post(page["Location"], {"email": "alice@example.com"})
    assert refused.content.decode().count("at example.org") >= 2
    client.post(page["Location"], {"email": "alice@example.org"})
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert User.objects.get().email == "alice@example.org"


def test_a_sign_up_that_waits_for_a_code_obeys_what_was_decided_meanwhile(
    client: Client, provider: ScriptedProvider, register: Register, settings: Any
) -> None:
    register(trusted=False)
    Browser(client, provider).sign_in()
    settings.SIGN_UP = "closed"
    answer = client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert answer.status_code == 403
    assert nobody_signed_up()


def test_an_admin_says_who_may_sign_up(admins_browser: Client) -> None:  # noqa: F811
    form = FORM | {"sign_up": "domains", "sign_up_domains": "example.org, *.müller.example"}
    admins_browser.post("/admin/socialaccount/socialapp/add/", form)
    app = SocialApp.objects.get()
    assert app.settings["sign_up"] == "domains"
    assert app.settings["sign_up_domains"] == ["example.org", "*.müller.example"]
    page = f"/admin/socialaccount/socialapp/{app.pk}/change/"
    assert "*.müller.example" in admins_browser.get(page).content.decode()
    admins_browser.post(page, FORM | {"sign_up": "", "sign_up_domains": ""})
    app.refresh_from_db()
    assert not {"sign_up", "sign_up_domains"}.intersection(app.settings)


@pytest.mark.parametrize(
    "wrong", [{"sign_up": "domains"}, {"sign_up": "domains", "sign_up_domains": "no domain"}]
)
def test_what_admits_nobody_by_mistake_is_refused(
    admins_browser: Client,  # noqa: F811
    wrong: dict[str, str],
) -> None:
    admins_browser.post("/admin/socialaccount/socialapp/add/", FORM | wrong)
    assert not SocialApp.objects.exists()


def test_a_command_says_who_may_sign_up(db: None) -> None:
    common = ["--provider", "google", "--name", "Google", "--client-id", "us"]
    run("register_provider", *common, "--sign-up", "domains", "--sign-up-domains", "example.org")
    told = SocialApp.objects.get().settings
    assert (told["sign_up"], told["sign_up_domains"]) == ("domains", ["example.org"])
