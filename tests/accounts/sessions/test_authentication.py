"""What tokens say of how a person signed in: `amr` (RFC 8176) and `acr`, for every way in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.authorization.test_prompts import claims_of
from tests.accounts.oauth_server.conftest import app
from tests.accounts.second_factors.authenticators import (
    CONFIRM,
    SECOND_STEP,
    Device,
    asked_on,
    given,
    sign_in_with,
)
from tests.accounts.second_factors.conftest import SECRET, at_localhost
from tests.accounts.second_factors.test_codes import code_of_app
from tests.accounts.third_parties.conftest import provider, register, running_provider
from tests.accounts.third_parties.scripted_provider import Browser as ThirdPartyBrowser
from tests.accounts.third_parties.scripted_provider import ScriptedProvider
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD
from tests.upstream import TOTP, RecoveryCodes

__all__ = ["app", "at_localhost", "provider", "register", "running_provider"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_localhost")]

ONE, TWO = "urn:latchkey:acr:one-factor", "urn:latchkey:acr:two-factors"
ALICE, CAROL = "alice@example.com", "carol@example.com"
NEW = "another one entirely, and long"

# The steps, in order; what `amr` says; what `acr` says. `has` are second factors that Alice has.
TABLE = [
    # One step.
    ("password", "pwd", ONE),
    ("mailed code", "otp", ONE),
    ("third party", "fed", ONE),
    ("passkey", "mfa pop user", TWO),
    ("reset", "otp", ONE),
    # A second one.
    ("password, app", "mfa otp pwd", TWO),
    ("password, recovery code", "mfa otp pwd", TWO),
    ("password, passkey as second step", "mfa pop pwd user", TWO),
    ("mailed code, app", "mfa otp", TWO),
    ("mailed code, recovery code", "mfa otp", TWO),
    ("mailed code, passkey as second step", "mfa otp pop user", TWO),
    ("third party, app", "fed mfa otp", TWO),
    ("third party, recovery code", "fed mfa otp", TWO),
    ("third party, passkey as second step", "fed mfa pop user", TWO),
    ("reset, app", "mfa otp", TWO),
    # One more proof of the same person, of which two of one kind are no two factors.
    ("password, confirm by password", "pwd", ONE),
    ("mailed code, confirm by mailed code", "otp", ONE),
    ("password, confirm by mailed code", "otp pwd", ONE),
    ("third party, confirm by mailed code", "fed otp", ONE),
    ("third party, confirm by third party", "fed", ONE),
    ("password, app, confirm by app", "mfa otp pwd", TWO),
    ("password, app, confirm by password", "mfa otp pwd", TWO),
    ("passkey, confirm by passkey", "mfa pop user", TWO),
    # What is set up has been shown by that.
    ("password, set up app", "mfa otp pwd", TWO),
    # Signing up.
    ("sign up with password", "otp", ONE),
    ("sign up with passkey", "mfa otp pop user", TWO),
    ("sign up with third party", "fed", ONE),
    ("sign up with third party that is not trusted", "fed otp", ONE),
]


class Walk:
    """A person's browser, their device, their mail, and their third party."""

    def __init__(self, provider: ScriptedProvider, register: Callable[..., Any]) -> None:
        self.browser = Browser()
        self.provider, self.register = provider, register
        self.device: Device | None = None
        self.codes: list[str] = []

    def prepare(self, steps: list[str]) -> None:
        alice = User.objects.filter(email=ALICE).first()
        if "app" in steps or "recovery code" in steps:
            TOTP.activate(alice, SECRET)
        if "recovery code" in steps:
            self.codes = RecoveryCodes.activate(alice).generate_codes()
        if "passkey" in steps or "passkey as second step" in steps:
            self.device = given(alice)
        if any("third party" in step for step in steps):
            self.register(trusted="sign up with third party that is not trusted" not in steps)

    def take(self, step: str) -> None:
        getattr(self, step.replace(" ", "_"))()

    def post(self, address: str, **form: str) -> Any:
        answer = self.browser.post(address, form)
        assert answer.status_code == 302, answer.content.decode()
        return answer

    def password(self) -> None:
        self.post("/accounts/login/", login=ALICE, password=PASSWORD)

    def mailed_code(self) -> None:
        page = self.post("/accounts/login/code/", email=ALICE)["Location"]
        self.post(page, code=mailed_code())

    def third_party(self) -> None:
        assert self._at_third_party().status_code == 302

    def _at_third_party(self) -> Any:
        return ThirdPartyBrowser(self.browser, self.provider).sign_in()

    def passkey(self) -> None:
        assert self.device
        assert sign_in_with(self.device, self.browser).status_code == 302

    def reset(self) -> None:
        page = self.post("/accounts/password/reset/", email=ALICE)["Location"]
        choose = self.post(page, code=mailed_code())["Location"]
        self.post(choose, password1=NEW, password2=NEW)

    def app(self) -> None:
        self.post(SECOND_STEP, code=code_of_app())

    def recovery_code(self) -> None:
        self.post(SECOND_STEP, code=self.codes[0])

    def passkey_as_second_step(self) -> None:
        assert self.device
        shown = self.device.show(asked_on(self.browser.get(SECOND_STEP)))
        self.post(SECOND_STEP, credential=shown)

    def confirm_by_password(self) -> None:
        self.post("/accounts/reauthenticate/", password=PASSWORD)

    def confirm_by_mailed_code(self) -> None:
        self.post("/accounts/reauthenticate/code/", send="")
        self.post("/accounts/reauthenticate/code/", code=mailed_code())

    def confirm_by_third_party(self) -> None:
        connection = User.objects.get(email=ALICE).socialaccount_set.get()
        there = self.post(f"/accounts/reauthenticate/third-party/{connection.pk}/")["Location"]
        back = ThirdPartyBrowser(self.browser, self.provider)
        done = back.come_back(self.provider.approve(there))
        assert done["Location"].startswith("/accounts/reauthenticate/done/")

    def confirm_by_app(self) -> None:
        self.post("/accounts/2fa/reauthenticate/", code=code_of_app(steps_from_now=1))

    def confirm_by_passkey(self) -> None:
        assert self.device
        self.post(CONFIRM, credential=self.device.show(asked_on(self.browser.get(CONFIRM))))

    def set_up_app(self) -> None:
        page = self.browser.get("/accounts/2fa/totp/activate/")
        code = code_of_app(secret=page.context["form"].secret)
        self.post("/accounts/2fa/totp/activate/", code=code)

    def sign_up_with_password(self) -> None:
        page = self.post("/accounts/signup/", email=CAROL, password1=NEW)["Location"]
        self.post(page, code=mailed_code())

    def sign_up_with_passkey(self) -> None:
        page = self.post("/accounts/signup/passkey/", email=CAROL)["Location"]
        making = self.post(page, code=mailed_code())["Location"]
        options = self.browser.get(making).context["js_data"]["creation_options"]
        self.post(making, credential=Device("carols").make(options))

    def sign_up_with_third_party(self) -> None:
        self.provider.userinfo |= {"email": CAROL}
        assert self._at_third_party()["Location"] == "/account/"

    def sign_up_with_third_party_that_is_not_trusted(self) -> None:
        self.provider.userinfo |= {"email": CAROL}
        self.post(self._at_third_party()["Location"], code=mailed_code())


@pytest.fixture
def walk(alice: User, provider: ScriptedProvider, register: Callable[..., Any]) -> Walk:
    return Walk(provider, register)


def test_each_class_that_a_sign_in_reaches_is_one_that_the_site_says_it_knows() -> None:
    document = Browser().get("/.well-known/openid-configuration").json()
    assert document["acr_values_supported"] == [ONE, TWO]
    assert {"amr", "acr", "auth_time"} <= set(document["claims_supported"])


@pytest.mark.parametrize(("way", "amr", "acr"), TABLE, ids=[way for way, _, _ in TABLE])
def test_tokens_say_how_the_person_signed_in(
    app: App, walk: Walk, way: str, amr: str, acr: str
) -> None:
    steps = way.split(", ")
    walk.prepare(steps)
    for step in steps:
        walk.take(step)

    tokens = app.redeem(answer_in(app.ask(walk.browser))["code"]).json()

    again = claims_of(app, answer_in(app.send(walk.browser))["code"])
    assert (sorted(again["amr"]), again["acr"]) == (amr.split(), acr)
    told = app.introspect(tokens["access_token"])
    assert told["acr"] == acr
    # When a third party asked is what it alone could say: tests/accounts/third_parties.
    assert ("auth_time" in told) is (amr != "fed" or "confirm by third party" in steps)
    assert told.get("auth_time") == again.get("auth_time")
