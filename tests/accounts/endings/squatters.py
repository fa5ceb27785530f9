"""What Mallory leaves behind for Alice, and the ways by which Alice comes for her address.

The five classes are those of "Pre-hijacked accounts" (Sudhodanan and Paverd, 2022).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import KnownDevice, Session, User
from accounts.oauth_server.models import Authorization, PersonalToken
from tests.accounts.oauth_server.app import App, me
from tests.accounts.second_factors.authenticators import Device, given, sign_in_with
from tests.accounts.second_factors.conftest import SECRET
from tests.accounts.third_parties.scripted_provider import Browser as ThirdPartyBrowser
from tests.accounts.third_parties.scripted_provider import ScriptedProvider
from tests.accounts.way_back.test_address import code_in, codes_in, mailed_code
from tests.upstream import TOTP, RecoveryCodes

ALICE, MALLORY = "alice@example.com", "mallory@example.com"
GUESSABLE = "chosen by the squatter, long before"
OWN = "what Alice chooses, and nobody knows"
OF_MALLORY = "subject-of-mallory"


@dataclass
class Site:
    """What both have to do with: an app, and a third party under two IDs. The site trusts the
    e-mail addresses of `example`, and not those of `careless`."""

    app: App
    provider: ScriptedProvider

    def third_party(self, browser: Browser, name: str, subject: str, email: str) -> Any:
        """Sign in by way of `name`, whose person is `subject` and says to have `email`."""
        self.provider.claims = {"sub": subject}
        self.provider.userinfo |= {"sub": subject, "email": email, "email_verified": True}
        answer = ThirdPartyBrowser(browser, self.provider, name).sign_in()
        cache.clear()
        return answer


@dataclass
class Left:
    """What Mallory has kept to come back with."""

    browsers: list[Browser] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


def sign_up(browser: Browser, email: str, password: str) -> Any:
    answer = browser.post("/accounts/signup/", {"email": email, "password1": password})
    cache.clear()  # the next letter may follow at once
    return answer


# --- What Mallory does ---


def classic_federated_merge(site: Site) -> Left:
    """An account with Alice's address and a password, which waits for her to come another way."""
    browser = Browser()
    sign_up(browser, ALICE, GUESSABLE)
    return Left([browser], [GUESSABLE])


def unexpired_session(site: Site) -> Left:
    """The same, and all that a session is good for; as if one had been possible before a proof."""
    left = classic_federated_merge(site)
    squatted = User.objects.get(email=ALICE)
    browser = Browser()
    browser.force_login(squatted)
    device = given(squatted, name="Mallory's phone")
    TOTP.activate(squatted, SECRET)
    RecoveryCodes.activate(squatted)
    SocialAccount.objects.create(user=squatted, provider="example", uid=OF_MALLORY)
    tokens = site.app.tokens_for(squatted, scope="openid profile email offline_access")
    tomorrow = timezone.now() + timedelta(days=1)
    personal = PersonalToken.objects.issue(
        squatted, name="mine", scopes=frozenset({"profile"}), expires=tomorrow
    )
    User.objects.filter(pk=squatted.pk).update(
        name="Alice, by Mallory", phone_number="+493012345", phone_number_verified=True
    )
    return Left(
        [*left.browsers, browser], left.passwords, [device], [tokens["access_token"], personal]
    )


def trojan_identifier(site: Site) -> Left:
    """An account of Mallory's own that has Alice's address beside it, as third parties list them.
    No way leads there any more: this row is from before."""
    browser = Browser()
    site.third_party(browser, "example", OF_MALLORY, MALLORY)
    mallory = User.objects.get(email=MALLORY)
    EmailAddress.objects.create(user=mallory, email=ALICE)
    mallory.set_password(GUESSABLE)
    mallory.save()
    session = Browser()
    session.force_login(mallory)
    return Left([session], [GUESSABLE])


def unexpired_change_of_address(site: Site) -> Left:
    """A change of address to Alice's that was begun and waits for its code, and a sign-up with her
    address that was given up for another one."""
    browser = Browser()
    sign_up(browser, MALLORY, GUESSABLE)
    browser.post("/accounts/confirm-email/", {"code": mailed_code()})
    browser.post("/accounts/reauthenticate/", {"password": GUESSABLE})
    browser.post("/accounts/email/", {"action_add": "", "email": ALICE})
    cache.clear()
    waiting = Browser()
    sign_up(waiting, ALICE, GUESSABLE)
    waiting.post("/accounts/confirm-email/", {"action": "change", "email": "other@example.com"})
    return Left([browser, waiting], [GUESSABLE])


def non_verifying_provider(site: Site) -> Left:
    """A sign-in by way of a third party that takes anybody's word, or says itself that it does."""
    careless, doubtful = Browser(), Browser()
    site.third_party(careless, "careless", OF_MALLORY, ALICE)
    site.provider.userinfo["email_verified"] = "true"
    ThirdPartyBrowser(doubtful, site.provider, "example").sign_in()
    cache.clear()
    return Left([careless, doubtful])


CLASSES: list[Callable[[Site], Left]] = [
    classic_federated_merge,
    unexpired_session,
    trojan_identifier,
    unexpired_change_of_address,
    non_verifying_provider,
]


# --- How Alice comes ---


def by_trusted_third_party(site: Site) -> Browser:
    browser = Browser()
    site.third_party(browser, "example", "subject-of-alice", ALICE)
    return browser


def by_untrusted_third_party(site: Site) -> Browser:
    browser = Browser()
    site.third_party(browser, "careless", "subject-of-alice", ALICE)
    return _with_what_was_mailed(browser)


def by_mailed_code(site: Site) -> Browser:
    browser = Browser()
    page = browser.post("/accounts/login/code/", {"email": ALICE})["Location"]
    if not _is_code_mailed():  # she has no account yet
        return by_password_sign_up(site)
    browser.post(page, {"code": mailed_code()})
    return browser


def by_reset(site: Site) -> Browser:
    browser = Browser()
    page = browser.post("/accounts/password/reset/", {"email": ALICE})["Location"]
    if not _is_code_mailed():
        return by_password_sign_up(site)
    choose = browser.post(page, {"code": mailed_code()})["Location"]
    browser.post(choose, {"password1": OWN, "password2": OWN})
    return browser


def by_password_sign_up(site: Site) -> Browser:
    browser = Browser()
    sign_up(browser, ALICE, OWN)
    return _with_what_was_mailed(browser)


def by_passkey_sign_up(site: Site) -> Browser:
    browser = Browser()
    browser.post("/accounts/signup/passkey/", {"email": ALICE})
    cache.clear()
    browser = _with_what_was_mailed(browser)
    if "_auth_user_id" in browser.session:
        return browser
    page = browser.get("/accounts/2fa/webauthn/signup/")
    credential = Device("Alice's phone").make(page.context["js_data"]["creation_options"])
    browser.post("/accounts/2fa/webauthn/signup/", {"credential": credential})
    return browser


def by_adding_the_address(site: Site) -> Browser:
    """Alice has an account with another address already."""
    browser = Browser()
    other = "alice@work.example"
    sign_up(browser, other, OWN)
    browser.post("/accounts/confirm-email/", {"code": mailed_code()})
    browser.post("/accounts/reauthenticate/", {"password": OWN})
    browser.post("/accounts/email/", {"action_add": "", "email": ALICE})
    cache.clear()
    answer = browser.post("/accounts/confirm-email/", {"code": mailed_code()})
    if answer.status_code == 200:  # somebody was here with it: she has that account instead
        cache.clear()
        return by_mailed_code(site)
    return browser


def _is_code_mailed() -> bool:
    return _is_code_for_alice(mail.outbox[-1])


def _is_code_for_alice(letter: Any) -> bool:
    return letter.to == [ALICE] and bool(codes_in(letter))


def _with_what_was_mailed(browser: Browser) -> Browser:
    """Type the code that was mailed, or, where the letter says that there is an account, have one
    mailed for that."""
    assert mail.outbox[-1].to == [ALICE]
    if _is_code_mailed():
        browser.post("/accounts/confirm-email/", {"code": mailed_code()})
        return browser
    browser = Browser()
    page = browser.post("/accounts/login/code/", {"email": ALICE})["Location"]
    browser.post(page, {"code": mailed_code()})
    return browser


WAYS: list[Callable[[Site], Browser]] = [
    by_trusted_third_party,
    by_untrusted_third_party,
    by_mailed_code,
    by_reset,
    by_password_sign_up,
    by_passkey_sign_up,
    by_adding_the_address,
]


# --- What Mallory can still do ---


def ways_back_in(site: Site, left: Left, alice: User) -> list[str]:
    """Try all that Mallory has kept, and return what of it opens Alice's account."""
    opened = []
    for browser in left.browsers:
        for letter in filter(_is_code_for_alice, mail.outbox[-3:]):  # suppose she has read it
            browser.post("/accounts/confirm-email/", {"code": code_in(letter)})
        if browser.session.get("_auth_user_id") == str(alice.pk):
            opened.append("a browser that was waiting")
    for password in left.passwords:
        cache.clear()
        browser = Browser()
        browser.post("/accounts/login/", {"login": ALICE, "password": password})
        if "account_login" in browser.session or "_auth_user_id" in browser.session:
            opened.append("a password")
    for device in left.devices:
        browser = Browser()
        sign_in_with(device, browser)
        if "_auth_user_id" in browser.session:
            opened.append("a passkey")
    opened += ["a token" for token in left.tokens if me(token).status_code != 401]
    browser = Browser()
    site.third_party(browser, "example", OF_MALLORY, MALLORY)
    if browser.session.get("_auth_user_id") == str(alice.pk):
        opened.append("a connection")
    return opened


def left_in(alice: User) -> dict[str, list[Any]]:
    """What is in her account, by its kind, that a way in or an app could hang from."""
    return {
        "addresses": list(alice.emailaddress_set.order_by("pk").values_list("email", "verified")),
        "authenticators": [str(row) for row in Authenticator.objects.filter(user=alice)],
        "connections": list(SocialAccount.objects.filter(user=alice).values_list("uid", flat=True)),
        "sessions": list(Session.objects.filter(user=alice)),
        "known browsers": list(KnownDevice.objects.filter(user=alice)),
        "personal tokens": list(PersonalToken.objects.filter(user=alice)),
        "apps": list(Authorization.objects.filter(user=alice)),
    }
