"""Providers that are not OpenID Connect: allauth's own code, under this site's rules."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.test import Client

from accounts.models import User
from accounts.third_parties import registration
from tests.accounts.at_once import just_before
from tests.accounts.third_parties.scripted_provider import (
    TOKEN,
    USERINFO,
    Answer,
    Browser,
    ScriptedProvider,
)
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD

EMAILS = "/user/emails"


class GitHubBrowser(Browser):
    login_url = "/accounts/github/login/"


@pytest.fixture
def github(
    client: Client, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, db: None
) -> Browser:
    """GitHub, played by the third party of these tests, with its e-mail addresses trusted."""
    monkeypatch.setattr(GitHubOAuth2Adapter, "access_token_url", provider.issuer + TOKEN)
    monkeypatch.setattr(GitHubOAuth2Adapter, "profile_url", provider.issuer + USERINFO)
    monkeypatch.setattr(GitHubOAuth2Adapter, "emails_url", provider.issuer + EMAILS)
    app = SocialApp(
        provider="github", name="GitHub", client_id="us", settings={"email_authentication": True}
    )
    registration.save(app, secret="shared")
    provider.answers[TOKEN] = Answer({"access_token": "token", "token_type": "bearer"})
    provider.answers[USERINFO] = Answer({"id": 7, "login": "alice", "name": "Alice"})
    provider.answers[EMAILS] = Answer([address()])
    return GitHubBrowser(client, provider)


def address(verified: Any = True) -> dict[str, Any]:
    return {"email": "alice@example.com", "primary": True, "verified": verified}


def test_github_signs_in_with_pkce(github: Browser) -> None:
    assert github.sign_in()["Location"] == "/account/"
    assert github.sent["code_challenge_method"] == "S256"
    assert github.provider.called(TOKEN)[0].form["code_verifier"]
    assert User.objects.get().name == "Alice"
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize("verified", ["false", "true", 1, None])
def test_github_links_on_nothing_but_the_boolean_true(
    github: Browser, alice: User, verified: Any
) -> None:
    github.provider.answers[EMAILS] = Answer([address(verified)])
    assert github.sign_in()["Location"] == "/accounts/confirm-email/"
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("endpoint", [TOKEN, USERINFO, EMAILS])
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer("<html>", content_type="text/html"), 502),
        (Answer({"unexpected": 1}), 502),
        (Answer([1]), 502),
        (Answer("17"), 502),
        (Answer("x" * 2_000_000), 502),
        (Answer({}, status=302, location="http://127.0.0.1:1"), 502),
    ],
    ids=["html", "missing", "list", "number", "huge", "redirect"],
)
def test_github_misbehaving(github: Browser, endpoint: str, answer: Answer, status: int) -> None:
    github.provider.answers[endpoint] = answer
    response = github.sign_in()
    assert response.status_code == status
    assert str(response.context["problem"].title) in response.content.decode()
    assert not User.objects.exists()


def test_github_down(github: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GitHubOAuth2Adapter, "access_token_url", "http://127.0.0.1:1/")
    assert github.sign_in().status_code == 503


def test_a_fault_of_this_site_is_not_blamed_on_the_third_party(github: Browser) -> None:
    def fail() -> None:
        raise KeyError("of our own")

    writes = 'INSERT INTO "accounts_user"'
    with just_before(writes, fail), pytest.raises(KeyError, match="of our own"):
        github.sign_in()
    assert not SocialAccount.objects.exists()


def test_two_registrations_of_one_provider_end_on_a_page(github: Browser) -> None:
    registration.save(SocialApp(provider="github", name="Again", client_id="us"))
    response = github.start()
    assert response.status_code == 503
    assert "not set up" in str(response.context["problem"].title)


def test_every_installed_provider_ties_its_callback_to_the_request() -> None:
    classes = registry.get_class_list()
    assert len(classes) > 100
    for provider in classes:
        assert issubclass(provider, OAuth2Provider), provider
        assert provider.oauth2_adapter_class.supports_state, provider


def listed(*addresses: tuple[str, bool]) -> Answer:
    """GitHub's list of addresses, of which the first is the main one."""
    return Answer(
        [
            {"email": email, "verified": verified, "primary": index == 0}
            for index, (email, verified) in enumerate(addresses)
        ]
    )


@pytest.mark.parametrize("first", ["mallory", "alice"])
def test_of_the_addresses_that_github_lists_only_proven_ones_are_stored(
    github: Browser, first: str
) -> None:
    """Mallory may add Alice's address there, and make it the main one, without proving it."""
    own, alices = ("mallory@example.com", True), ("alice@example.com", False)
    order = (own, alices) if first == "mallory" else (alices, own)
    github.provider.answers[EMAILS] = listed(*order)
    assert github.sign_in()["Location"] == "/account/"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [own]
    assert User.objects.get().email == "mallory@example.com"

    alices_browser = Client()
    form = {"email": "alice@example.com", "password1": PASSWORD}
    alices_browser.post("/accounts/signup/", form)
    alices_browser.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert User.objects.count() == 2
    assert EmailAddress.objects.get(email="alice@example.com").user.check_password(PASSWORD)


def test_nothing_that_github_lists_is_stored_where_it_is_not_trusted(github: Browser) -> None:
    SocialApp.objects.update(settings={})
    addresses = ("mallory@example.com", True), ("alice@example.com", True)
    github.provider.answers[EMAILS] = listed(*addresses)
    page = github.sign_in()["Location"]
    assert not EmailAddress.objects.exists()
    github.client.post(page, {"code": mailed_code()})
    assert [row.email for row in EmailAddress.objects.all()] == ["mallory@example.com"]


def test_an_address_that_github_proves_links_though_another_is_the_main_one(
    github: Browser, alice: User
) -> None:
    addresses = ("other@example.com", False), ("alice@example.com", True)
    github.provider.answers[EMAILS] = listed(*addresses)
    github.sign_in()
    assert SocialAccount.objects.get().user == alice
    assert EmailAddress.objects.get().email == "alice@example.com"


def test_a_newcomer_whose_listed_address_is_dead_types_another_one(github: Browser) -> None:
    github.provider.answers[EMAILS] = listed(("dead@example.com", False))
    page = github.sign_in()["Location"]
    for _ in range(3):
        github.client.post(page, {"code": "AAAA-AAAA"})
    ended = github.client.get(page)
    other = ended.context["other_address"]
    assert other.startswith("/accounts/3rdparty/signup/")
    asked = github.client.post(other, {"email": "alice@example.com"})["Location"]
    github.client.post(asked, {"code": mailed_code()})
    assert SocialAccount.objects.get().user.email == "alice@example.com"
