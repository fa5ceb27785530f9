"""A third party is one factor: whoever has a second one here is asked for it after it."""

from accounts.models import User
from accounts.sessions.authentication import sign_in_of
from tests.accounts.second_factors.conftest import SECRET
from tests.accounts.second_factors.test_codes import SECOND_STEP, code_of_app, is_signed_in
from tests.accounts.third_parties.scripted_provider import Browser
from tests.upstream import TOTP


def test_the_app_is_asked_for_after_a_third_party(browser: Browser) -> None:
    browser.sign_in()
    browser.client.logout()
    TOTP.activate(User.objects.get(), SECRET)

    assert browser.sign_in()["Location"].startswith(SECOND_STEP)
    assert not is_signed_in(browser.client)

    assert browser.client.post(SECOND_STEP, {"code": code_of_app()})["Location"] == "/account/"
    sign_in = sign_in_of(browser.client.get("/account/").wsgi_request)
    assert "otp" in sign_in.amr
    assert "urn:latchkey:acr:two-factors" in sign_in.acrs
