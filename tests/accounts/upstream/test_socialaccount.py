"""What the names of allauth.socialaccount are relied on for."""

import time

from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.http import HttpRequest

from accounts.models import User
from accounts.upstream.socialaccount import (
    complete_social_signup,
    get_states,
    redirect_to_signup,
)


def _login(user: User) -> SocialLogin:
    app = SocialApp.objects.create(
        provider="openid_connect", provider_id="example", name="Example ID", client_id="us"
    )
    account = SocialAccount(provider="example", uid="17")
    provider = app.get_provider(None)
    login = SocialLogin(user=user, account=account, email_addresses=[], provider=provider)
    login.state = {"next": "/accounts/profile/"}
    return login


def test_get_states_returns_what_waits_for_an_answer_by_the_state_parameter(
    visit: HttpRequest,
) -> None:
    assert get_states(visit) == {}
    kept = ({"next": "/accounts/profile/"}, time.time(), "github")
    visit.session["socialaccount_states"] = {"abc": kept}
    assert get_states(visit)["abc"][0]["next"] == "/accounts/profile/"


def test_redirect_to_signup_keeps_what_the_third_party_told_in_the_session(
    visit: HttpRequest,
) -> None:
    answer = redirect_to_signup(visit, _login(User(email="new@example.com")))

    assert answer["Location"].startswith("/accounts/3rdparty/signup/")
    kept = visit.session["socialaccount_sociallogin"]
    assert kept["state"]["next"] == "/accounts/profile/"
    assert SocialLogin.deserialize(kept).user.email == "new@example.com"


def test_complete_social_signup_signs_the_newcomer_in(visit: HttpRequest, alice: User) -> None:
    EmailAddress.objects.filter(user=alice).update(verified=True)
    answer = complete_social_signup(visit, _login(alice))

    assert answer["Location"] == "/accounts/profile/"
    assert visit.user == alice
    (step,) = get_authentication_records(visit, alice)
    assert (step["method"], step["provider"]) == ("socialaccount", "example")
