"""An admin adds a third party: told what to do there, off until its check passed, and tried."""

import re
from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client

from accounts.models import ProviderSecret, User
from accounts.third_parties import kinds, registration
from tests.accounts.third_parties.scripted_provider import (
    ANOTHER_KEY,
    CLIENT_ID,
    CLIENT_SECRET,
    DISCOVERY,
    KEYS,
    SUBJECT,
    TOKEN,
    Answer,
    ScriptedProvider,
    public_jwk,
)
from tests.documents import THIRD_PARTIES

ADD = "/admin/socialaccount/socialapp/add/"
Register = Callable[..., SocialApp]


def status_of(app: SocialApp) -> str:
    return f"/admin/socialaccount/socialapp/{app.pk}/status/"


def press(browser: Client, app: SocialApp, what: str) -> str:
    """Press a button on the page of `app`, and return the page that follows."""
    response = browser.post(status_of(app), {"press": what}, follow=True)
    app.refresh_from_db()
    return response.content.decode()


def buttons(browser: Client) -> list[str]:
    page = browser.get("/accounts/login/").content.decode()
    return re.findall(r"Continue with ([^<\n]+)", page)


def test_an_admin_is_asked_first_which_kind_it_is(desk: Client) -> None:
    page = desk.get(ADD).content.decode()
    places = [page.index(f"?provider={kind.provider}") for kind in kinds.WELL_KNOWN]
    assert places == sorted(places)
    assert places[-1] < page.index('<option value="discord"')
    form = desk.get(f"{ADD}?provider=google").content.decode()
    assert "/accounts/google/login/callback/" in form
    assert "Authorized redirect URIs" in form
    assert 'name="server_url"' not in form
    assert 'name="new_private_key"' not in form
    assert 'name="server_url"' in desk.get(f"{ADD}?provider=openid_connect").content.decode()


def test_the_document_and_admin_know_the_same_places() -> None:
    rows = {row[0]: row[1] for row in THIRD_PARTIES.rows("Register the site there")}
    told = {kind.name: kind.where for kind in kinds.WELL_KNOWN if kind.provider != "openid_connect"}
    assert {name: rows.get(name) for name in told} == told


def test_a_new_one_is_off_until_its_check_has_passed(
    desk: Client, client: Client, provider: ScriptedProvider
) -> None:
    form = {
        "provider": "openid_connect", "provider_id": "example", "name": "Example ID",
        "server_url": provider.issuer, "client_id": CLIENT_ID, "new_secret": CLIENT_SECRET,
        "settings": "{}",
    }  # fmt: skip
    response = desk.post(f"{ADD}?provider=openid_connect", form)
    app = SocialApp.objects.get()
    assert response["Location"] == status_of(app)
    assert buttons(client) == []
    assert client.post("/accounts/oidc/example/login/").status_code == 404

    page = press(desk, app, "check")
    assert "The check passed. People can sign in with it now." in page
    assert "They were accepted." in page
    assert buttons(client) == ["Example ID"]
    press(desk, app, "off")
    assert buttons(client) == []
    press(desk, app, "on")
    assert buttons(client) == ["Example ID"]
    assert not provider.called("/authorize")


PRIVATE = public_jwk(ANOTHER_KEY) | {"d": "x"}
BROKEN: dict[str, tuple[Callable[[ScriptedProvider], Any], str]] = {
    "away": (lambda it: it.answers.update({DISCOVERY: Answer(status=503)}), "503"),
    "no JSON": (lambda it: it.answers.update({DISCOVERY: Answer("<html>")}), "no JSON"),
    "moved": (
        lambda it: it.answers.update({DISCOVERY: Answer(status=302, location="/")}),
        "redirect",
    ),
    "another issuer": (lambda it: it.metadata.update(issuer="https://a.example"), "https://a.example"),
    "no keys": (lambda it: it.answers.update({KEYS: Answer({"keys": []})}), "None of these keys"),
    "keys away": (lambda it: it.answers.update({KEYS: Answer(status=500)}), "500"),
    "a secret key": (
        lambda it: it.answers.update({KEYS: Answer({"keys": [PRIVATE]})}),
        "private key",
    ),
    "other signatures": (
        lambda it: it.metadata.update(id_token_signing_alg_values_supported=["HS256"]), "HS256"
    ),
    "no codes": (lambda it: it.metadata.update(response_types_supported=["id_token"]), "code flow"),
    "other credentials": (
        lambda it: it.answers.update({TOKEN: Answer({"error": "invalid_client"}, status=401)}),
        "They were refused",
    ),
    "another callback": (
        lambda it: it.answers.update({TOKEN: Answer("error=redirect_uri_mismatch")}), "Callback URL"
    ),
}  # fmt: skip


def test_a_check_says_what_is_broken_and_turns_nothing_on(
    desk: Client, provider: ScriptedProvider, register: Register
) -> None:
    app = register(is_off=True)
    unsaid = []
    for name, (breaks, words) in BROKEN.items():
        provider.reset()
        breaks(provider)
        page = press(desk, app, "check")
        if (
            "The check found something" not in page
            or words not in page
            or not app.settings["is_off"]
        ):
            unsaid.append(name)
        assert CLIENT_SECRET not in page
    assert not unsaid


def test_a_check_passes_with_a_warning_where_nobody_can_say(
    desk: Client, provider: ScriptedProvider, register: Register
) -> None:
    provider.answers[TOKEN] = Answer({"error": ["odd"]}, status=400)
    page = press(desk, register(is_off=True), "check")
    assert "Try a sign-in to be sure." in page
    assert "The check passed" in page


def test_a_try_shows_what_was_told_and_stores_nothing(
    desk: Client, client: Client, provider: ScriptedProvider, register: Register
) -> None:
    app = register(is_off=True)
    people = User.objects.count()
    begun = desk.post(status_of(app), {"press": "try"})
    answer = provider.approve(begun["Location"])
    response = desk.get("/accounts/oidc/example/login/callback/", answer)
    page = response.content.decode()
    assert SUBJECT in page
    assert "alice@example.com" in page
    assert "They would get a new account at once" in page
    assert "no-store" in response["Cache-Control"]
    assert User.objects.count() == people
    assert not SocialAccount.objects.exists()
    assert client.post("/accounts/oidc/example/login/").status_code == 404


def test_a_try_ends_in_no_other_browser(
    desk: Client, client: Client, provider: ScriptedProvider, register: Register
) -> None:
    app = register()
    begun = desk.post(status_of(app), {"press": "try"})
    answer = provider.approve(begun["Location"])
    page = client.get("/accounts/oidc/example/login/callback/", answer).content.decode()
    assert SUBJECT not in page
    assert not SocialAccount.objects.exists()


def test_it_says_whom_it_would_lock_out(
    desk: Client, register: Register, alice: User, mallory: User
) -> None:
    app = register()
    EmailAddress.objects.filter(user=mallory).update(verified=False)
    mallory.set_unusable_password()
    mallory.save()
    for person in (alice, mallory):
        SocialAccount.objects.create(user=person, provider="example", uid=str(person.pk))
    delete = f"/admin/socialaccount/socialapp/{app.pk}/delete/"
    for address in (status_of(app), delete):
        page = " ".join(desk.get(address).content.decode().split())
        assert "connected to it: 2." in page
        assert "nothing would let in: 1." in page
        assert f"/admin/accounts/user/{mallory.pk}/change/" in page
        assert f"/admin/accounts/user/{alice.pk}/change/" not in page


def test_buttons_stand_in_the_order_that_an_admin_chose(client: Client, register: Register) -> None:
    for name, settings in (("one", {}), ("two", {"position": 2}), ("three", {"position": 1})):
        app = register(name, **settings)
        SocialApp.objects.filter(pk=app.pk).update(name=name)
    assert buttons(client) == ["three", "two", "one"]


def test_a_changed_secret_stays_with_a_provider_that_is_off(
    desk: Client, register: Register
) -> None:
    app = register(is_off=True, position=4)
    form = {
        "provider": "openid_connect", "provider_id": "example", "name": "Other",
        "server_url": app.settings["server_url"], "client_id": CLIENT_ID, "position": "4",
        "settings": "{}",
    }  # fmt: skip
    desk.post(f"/admin/socialaccount/socialapp/{app.pk}/change/", form)
    app.refresh_from_db()
    assert (app.name, app.settings["is_off"], app.settings["position"]) == ("Other", True, 4)
    assert ProviderSecret.objects.get().secret == CLIENT_SECRET


def test_what_is_kept_is_said_where_something_is(desk: Client, register: Register) -> None:
    kept = "Leave empty to keep the one that is stored."
    assert kept not in desk.get(f"{ADD}?provider=apple").content.decode()
    change = f"/admin/socialaccount/socialapp/{register().pk}/change/"
    assert desk.get(change).content.decode().count(kept) == 1  # the secret, and no private key
    ProviderSecret.objects.update(secret="")
    assert kept not in desk.get(change).content.decode()


def test_settings_that_do_not_do_are_said_and_no_fault(desk: Client) -> None:
    """Each kind raises in its own way: for a key that is none, an address that is missing."""
    for kind in ("apple", "amazon_cognito", "shopify"):
        app = SocialApp(provider=kind, name=kind, client_id="x", key="t", settings={"is_off": True})
        registration.save(app, secret="k", private_key="no key")
        assert "its settings do not do" in press(desk, app, "check")
    for kind in ("amazon_cognito", "shopify"):
        app = SocialApp.objects.get(provider=kind)
        assert "A sign-in cannot begin" in press(desk, app, "try")


def test_turning_it_on_keeps_what_was_changed_meanwhile(register: Register) -> None:
    as_read = register(is_off=True)
    SocialApp.objects.update(settings=as_read.settings | {"position": 3})
    registration.turn(as_read, on=True)
    kept = SocialApp.objects.get().settings
    assert (kept["position"], kept.get("is_off")) == (3, None)
