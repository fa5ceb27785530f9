"""How an admin tells this site about a third party: by command, in Django admin, by environment."""

import io
import json
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import ProviderSecret, Session, User
from accounts.third_parties import registration
from config import providers
from config.secret_files import Environment
from tests.accounts.second_factors.authenticators import confirmed
from tests.accounts.third_parties.scripted_provider import CLIENT_ID, Browser, ScriptedProvider
from tests.accounts.third_parties.test_profile import dump_database
from tests.conftest import PASSWORD

SECRET = "a-secret-from-the-third-party"
FORM = {
    "provider": "openid_connect",
    "provider_id": "corp",
    "name": "Corp",
    "client_id": CLIENT_ID,
    "server_url": "https://id.example",
    "settings": "{}",
}


def run(command: str, *arguments: str) -> dict[str, Any]:
    printed = io.StringIO()
    call_command(command, *arguments, stdout=printed)
    return dict(json.loads(printed.getvalue()))


@pytest.fixture
def admins_browser(db: None) -> Client:
    return confirmed(User.objects.create_superuser("admin@example.com", PASSWORD))


# --- commands ---


def test_the_command_registers_and_then_updates(db: None) -> None:
    common = ["--provider", "openid_connect", "--provider-id", "corp", "--client-id", "us"]
    common += ["--server-url", "https://id.example"]
    made = run("register_provider", *common, "--name", "Corp", "--client-secret", SECRET)
    assert made["callback_url"] == "http://testserver/accounts/oidc/corp/login/callback/"
    assert made["trusted_email"] is False
    made = run("register_provider", *common, "--name", "Corporation", "--trusted-email")
    assert made["trusted_email"] is True
    assert SocialApp.objects.get().name == "Corporation"
    assert ProviderSecret.objects.get().secret == SECRET
    assert SECRET not in dump_database()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--provider", "nobody"],
        ["--provider", "openid_connect", "--server-url", "https://id.example"],
        ["--provider", "openid_connect", "--provider-id", "corp"],
        ["--provider", "openid_connect", "--provider-id", "corp", "--server-url", "http://id.example"],
        ["--provider", "openid_connect", "--provider-id", "a/b", "--server-url", "https://id.example"],
        ["--provider", "google", "--provider-id", "corp"],
        ["--provider", "google", "--provider-settings", "[]"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_the_command_refuses_what_could_not_work(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run("register_provider", *arguments, "--name", "Corp", "--client-id", "us")
    assert not SocialApp.objects.exists()


def test_an_issuer_cannot_take_the_name_of_another_provider(db: None) -> None:
    """Else its people would be taken for those of the same subject at Google."""
    common = ["--provider", "openid_connect", "--server-url", "https://id.example"]
    with pytest.raises(CommandError, match="another provider"):
        run(
            "register_provider",
            *common,
            "--provider-id",
            "google",
            "--name",
            "G",
            "--client-id",
            "x",
        )


def test_a_person_can_sign_in_with_what_the_command_printed(client: Client, db: None) -> None:
    made = run("create_person", "--email", "Carol@Example.com", "--name", "Carol", "--admin")
    response = client.post(
        "/accounts/login/", {"login": made["email"], "password": made["password"]}
    )
    assert response["Location"] == "/account/"
    assert client.get("/admin/")["Location"].startswith("/account/second-factor/")
    again = run("create_person", "--email", "carol@example.com")
    assert (again["created"], again["name"], again["sub"]) == (False, "Carol", made["sub"])
    assert "password" not in again


# --- Django admin ---


def test_an_admin_registers_a_provider_whose_secret_is_never_shown(admins_browser: Client) -> None:
    response = admins_browser.post(
        "/admin/socialaccount/socialapp/add/", FORM | {"new_secret": SECRET, "trusted_email": "on"}
    )
    assert response.status_code == 302
    app = SocialApp.objects.get()
    told = {"server_url": "https://id.example", "email_authentication": True}
    assert app.settings == told | {"is_off": True}  # until its check has passed
    assert ProviderSecret.objects.get().secret == SECRET
    address = f"/admin/socialaccount/socialapp/{app.pk}/change/"
    page = admins_browser.get(address).content.decode()
    assert "/accounts/oidc/corp/login/callback/" in page
    assert SECRET not in page

    admins_browser.post(address, FORM | {"name": "Corporation"})
    assert SocialApp.objects.get().name == "Corporation"
    assert SocialApp.objects.get().settings["email_authentication"] is False
    assert ProviderSecret.objects.get().secret == SECRET
    assert SECRET not in dump_database()


@pytest.mark.parametrize(
    "changes",
    [
        {"provider_id": ""},
        {"provider_id": "google"},
        {"server_url": "http://id.example"},
        {"server_url": ""},
        {"client_id": ""},
        {"settings": "[1]"},
        {"settings": '{"true_as_text": "yes"}'},
        {"true_as_text": "perhaps"},
        {"settings": "{"},
        {"provider": "nobody"},
    ],
    ids=str,
)
def test_the_form_says_what_could_not_work(admins_browser: Client, changes: dict[str, str]) -> None:
    response = admins_browser.post("/admin/socialaccount/socialapp/add/", FORM | changes)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not SocialApp.objects.exists()


def test_an_admin_chooses_whether_a_text_is_true(admins_browser: Client) -> None:
    add = "/admin/socialaccount/socialapp/add/"
    assert admins_browser.post(add, FORM | {"true_as_text": "yes"}).status_code == 302
    app = SocialApp.objects.get()
    assert app.settings["true_as_text"] is True
    address = f"/admin/socialaccount/socialapp/{app.pk}/change/"
    form = admins_browser.get(address).context["adminform"].form
    assert form.initial["true_as_text"] == "yes"
    assert "true_as_text" not in form.initial["settings"]
    admins_browser.post(address, FORM | {"true_as_text": ""})
    assert "true_as_text" not in SocialApp.objects.get().settings


@pytest.mark.parametrize(
    ("kind", "server_url", "chosen", "taken"),
    [
        ("apple", "", None, True),
        ("amazon_cognito", "", None, True),
        ("apple", "", False, False),
        ("google", "", None, False),
        ("openid_connect", "https://id.example", None, False),
        ("openid_connect", "https://id.example", True, True),
        ("openid_connect", "https://appleid.apple.com", None, True),
        (
            "openid_connect",
            "https://appleid.apple.com/.well-known/openid-configuration",
            None,
            True,
        ),
        ("openid_connect", "https://appleid.apple.com.mallory.example", None, False),
        ("openid_connect", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1", None, True),
        ("openid_connect", "https://cognito-idp.mallory.example/eu-west-1_Ab1", None, False),
        ("openid_connect", "https://cognito-idp.x.amazonaws.com.mallory.example/a", None, False),
    ],
)
def test_a_text_is_true_where_that_is_known_of_the_kind_or_chosen(
    kind: str, server_url: str, chosen: bool | None, taken: bool
) -> None:
    settings = {"server_url": server_url} | ({} if chosen is None else {"true_as_text": chosen})
    app = SocialApp(provider=kind, settings=settings)
    assert registration.takes_true_as_text(app) is taken


def test_a_provider_is_registered_once(admins_browser: Client) -> None:
    for status in (302, 200):
        response = admins_browser.post("/admin/socialaccount/socialapp/add/", FORM)
        assert response.status_code == status


def test_apples_private_key_is_sealed(admins_browser: Client) -> None:
    form = {"provider": "apple", "name": "Apple", "client_id": "a", "key": "t", "settings": "{}"}
    key = "-----BEGIN PRIVATE KEY-----"
    admins_browser.post(
        "/admin/socialaccount/socialapp/add/",
        form | {"new_secret": "key-id", "new_private_key": key},
    )
    assert ProviderSecret.objects.get().private_key == key
    assert "BEGIN PRIVATE KEY" not in dump_database()


def test_every_page_of_the_admin_opens(admins_browser: Client, browser: Browser) -> None:
    Browser(Client(), browser.provider).sign_in()
    alice = User.objects.get(email="alice@example.com")
    connection = alice.socialaccount_set.get()
    for address in (
        "accounts/user/",
        "accounts/user/?q=alice",
        "accounts/user/add/",
        f"accounts/user/{alice.pk}/change/",
        "socialaccount/socialaccount/?q=alice",
        f"socialaccount/socialaccount/{connection.pk}/change/",
        "socialaccount/socialapp/",
        "socialaccount/socialapp/add/",
    ):
        page = admins_browser.get(f"/admin/{address}")
        assert page.status_code == 200, address
        assert "argon2" not in page.content.decode()
    assert not admin.site.is_registered(SocialToken)
    assert not admin.site.is_registered(Session)


def test_an_admin_adds_and_deactivates_a_person(admins_browser: Client) -> None:
    inline = {"emailaddress_set-TOTAL_FORMS": "0", "emailaddress_set-INITIAL_FORMS": "0"}
    form = {"email": "dave@example.com", "name": "Dave", "is_active": "on"} | inline
    admins_browser.post("/admin/accounts/user/add/", form)
    dave = User.objects.get(email="dave@example.com")
    assert not dave.has_usable_password()
    del form["is_active"]
    admins_browser.post(f"/admin/accounts/user/{dave.pk}/change/", form | {"sub": "x" * 32})
    sub = dave.sub
    dave.refresh_from_db()
    assert (dave.is_active, dave.sub) == (False, sub)


def test_a_lesser_admin_cannot_reach_a_superuser(admins_browser: Client, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    admins_browser = confirmed(bob)
    chief = User.objects.get(is_superuser=True)
    page = admins_browser.get("/admin/accounts/user/")
    assert page.status_code == 200
    assert chief.email not in page.content.decode()
    response = admins_browser.post(f"/admin/accounts/user/{chief.pk}/change/", {"email": bob.email})
    assert response["Location"] == "/admin/"
    admins_browser.post(
        f"/admin/accounts/user/{bob.pk}/change/",
        {"email": bob.email, "is_active": "on", "is_superuser": "on"},
    )
    bob.refresh_from_db()
    assert not bob.is_superuser


# --- the environment ---


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> providers.SignIn:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return providers.read(Environment())


def complaints(settings: Any, found: providers.SignIn) -> list[str]:
    settings.SOCIALACCOUNT_PROVIDERS = found.providers
    settings.SIGN_IN_PROBLEMS = found.problems
    settings.SITE_URL = "http://localhost"  # where nothing is to be said of passkeys
    return [check.id for check in run_checks() if check.id and check.id.startswith("accounts.")]


def test_the_environment_names_providers(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    found = read(
        monkeypatch,
        PROVIDERS="google corp-id apple microsoft gitlab github",
        PROVIDER_GOOGLE_CLIENT_ID="g",
        PROVIDER_GOOGLE_CLIENT_SECRET="gs",
        PROVIDER_CORP_ID_KIND="openid_connect",
        PROVIDER_CORP_ID_NAME="Corp",
        PROVIDER_CORP_ID_CLIENT_ID="c",
        PROVIDER_CORP_ID_CLIENT_SECRET="cs",
        PROVIDER_CORP_ID_SERVER_URL="https://id.example",
        PROVIDER_CORP_ID_TRUSTED_EMAIL="true",
        PROVIDER_APPLE_CLIENT_ID="a",
        PROVIDER_APPLE_KEY_ID="key",
        PROVIDER_APPLE_TRUE_AS_TEXT="false",
        PROVIDER_APPLE_TEAM_ID="team",
        PROVIDER_APPLE_PRIVATE_KEY="-----BEGIN\\nEND-----",
        PROVIDER_MICROSOFT_CLIENT_ID="m",
        PROVIDER_MICROSOFT_CLIENT_SECRET="ms",
        PROVIDER_MICROSOFT_TENANT="organizations",
        PROVIDER_GITLAB_CLIENT_ID="l",
        PROVIDER_GITLAB_CLIENT_SECRET="ls",
        PROVIDER_GITLAB_URL="https://git.example/",
        PROVIDER_GITHUB_CLIENT_ID="h",
        PROVIDER_GITHUB_CLIENT_SECRET="hs",
        PROVIDER_GITHUB_SCOPES="user:email read:org",
    )
    assert complaints(settings, found) == []
    [corp] = found.providers["openid_connect"]["APPS"]
    assert corp["provider_id"] == "corp-id"
    assert corp["settings"] == {"server_url": "https://id.example", "email_authentication": True}
    [apple] = found.providers["apple"]["APPS"]
    assert (apple["secret"], apple["key"]) == ("key", "team")
    assert apple["settings"]["true_as_text"] is False
    assert apple["settings"]["certificate_key"] == "-----BEGIN\nEND-----"
    assert found.providers["microsoft"]["APPS"][0]["settings"]["tenant"] == "organizations"
    assert found.providers["gitlab"]["GITLAB_URL"] == "https://git.example"
    assert found.providers["github"]["APPS"][0]["settings"]["scope"] == ["user:email", "read:org"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"PROVIDER_X_SETTINGS": "{"}, ["accounts.E001"]),
        ({"PROVIDER_X_TRUSTED_EMAIL": "perhaps"}, ["accounts.E001"]),
        ({"PROVIDER_X_CLIENT_ID": ""}, ["accounts.E002"]),
        ({"PROVIDER_X_SERVER_URL": "http://id.example"}, ["accounts.E002"]),
        ({"PROVIDER_X_KIND": "nobody"}, ["accounts.E002", "accounts.E002"]),
        ({"PROVIDER_X_CLIENT_SECRET": ""}, ["accounts.W001"]),
        ({"PROVIDERS": "x x"}, ["accounts.E004"]),
        ({"PROVIDERS": "apple", "PROVIDER_APPLE_CLIENT_ID": "a"}, ["accounts.E003"]),
    ],
    ids=str,
)
def test_a_mistake_in_the_environment_shows_at_start(
    monkeypatch: pytest.MonkeyPatch, settings: Any, variables: dict[str, str], expected: list[str]
) -> None:
    right = {
        "PROVIDERS": "x",
        "PROVIDER_X_KIND": "openid_connect",
        "PROVIDER_X_CLIENT_ID": "us",
        "PROVIDER_X_CLIENT_SECRET": "secret",
        "PROVIDER_X_SERVER_URL": "https://id.example",
    }
    assert complaints(settings, read(monkeypatch, **right)) == []
    assert complaints(settings, read(monkeypatch, **variables)) == expected


def test_a_provider_of_the_environment_signs_people_in(
    client: Client, provider: ScriptedProvider, settings: Any, db: None
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = settings.SOCIALACCOUNT_PROVIDERS | {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "corp",
                    "name": "Corp",
                    "client_id": CLIENT_ID,
                    "secret": "the-secret-of-this-site",
                    "settings": {"server_url": provider.issuer, "email_authentication": True},
                }
            ]
        }
    }
    Browser(client, provider, "corp").sign_in()
    assert User.objects.get().email == "alice@example.com"
