"""A database beside other ENCRYPTION_KEYS than those that sealed it: it is said, nothing breaks."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.models import Model
from django.test import Client

from accounts.models import ConnectionToken, EncryptionKey, ProviderSecret, User
from accounts.oauth_server.models import RefreshToken, SigningKey
from config.instance import BASE_DIR, Instance, free_ports
from tests.accounts.oauth_server.app import App, error_in
from tests.accounts.oauth_server.conftest import app
from tests.accounts.oauth_server.listener import listening
from tests.accounts.second_factors.authenticators import confirmed
from tests.accounts.second_factors.conftest import SECRET, give_password
from tests.accounts.second_factors.test_codes import code_of_app, is_signed_in, type_in
from tests.accounts.third_parties.conftest import browser, provider, register, running_provider
from tests.accounts.third_parties.scripted_provider import Browser
from tests.conftest import PASSWORD
from tests.upstream import TOTP, RecoveryCodes

__all__ = ["app", "browser", "provider", "register", "running_provider"]

FORM = "application/x-www-form-urlencoded"
PLAIN = {"STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage"}
OTHER_KEY = Fernet.generate_key().decode()

Change = Callable[[], None]


@pytest.fixture
def other_keys(settings: Any) -> Change:
    """Call it, and the site runs with another ENCRYPTION_KEYS, as after a restore."""

    def change() -> None:
        settings.ENCRYPTION_KEYS = [OTHER_KEY]

    return change


def visitor() -> Client:
    """A browser to whom a fault of ours is a page, as it is to people."""
    return Client(raise_request_exception=False)


def admins_browser() -> Client:
    return confirmed(User.objects.create_superuser("admin@example.com", PASSWORD), visitor())


def found() -> list[str]:
    return [message.id or "" for message in run_checks(databases=["default"])]


def said(address: str) -> str:
    response = admins_browser().get(address)
    assert response.status_code == 200
    return str(response.content.decode())


# --- the check ---


def test_other_keys_are_found_and_the_setting_is_named(db: None, other_keys: Change) -> None:
    assert "accounts.E030" not in found()

    other_keys()
    with pytest.raises(SystemCheckError) as refused:
        call_command("check", databases=["default"])
    assert "ENCRYPTION_KEYS lacks the key" in str(refused.value)
    assert "Put every key back" in str(refused.value)

    response = visitor().get("/readyz")
    assert (response.status_code, response.json()["checks"]["keys"]) == (503, "failed")


def test_a_rotation_that_let_a_key_go_too_early_is_found(db: None, settings: Any) -> None:
    old = settings.ENCRYPTION_KEYS[0]
    settings.ENCRYPTION_KEYS = [OTHER_KEY, old]
    call_command("migrate", verbosity=0)
    assert "accounts.E030" not in found()

    settings.ENCRYPTION_KEYS = [OTHER_KEY]
    assert "accounts.E030" in found()
    settings.ENCRYPTION_KEYS = [old]
    assert "accounts.E030" in found()

    settings.ENCRYPTION_KEYS = [OTHER_KEY, old]
    call_command("reseal", stdout=io.StringIO())
    settings.ENCRYPTION_KEYS = [OTHER_KEY]
    assert "accounts.E030" not in found()


def test_a_wrong_key_for_a_while_is_not_missed_afterwards(db: None, settings: Any) -> None:
    right = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [OTHER_KEY]
    call_command("migrate", verbosity=0)
    visitor().get("/accounts/login/")

    settings.ENCRYPTION_KEYS = right
    assert "accounts.E030" not in found()


def test_a_lost_key_is_given_up_by_a_command_of_its_own(
    db: None, other_keys: Change, capsys: Any
) -> None:
    kept = EncryptionKey.objects.get().fingerprint
    SigningKey.objects.current()
    other_keys()
    with pytest.raises(CommandError, match="--forget-lost-keys"):
        call_command("reseal", stdout=io.StringIO())
    assert EncryptionKey.objects.get().fingerprint == kept

    call_command("reseal", "--forget-lost-keys", stdout=io.StringIO())
    assert "could not be opened" in capsys.readouterr().err
    assert "accounts.E030" not in found()
    assert "accounts.W031" in found()


def test_what_could_not_be_opened_is_good_again_with_its_key(db: None, settings: Any) -> None:
    kid, right = SigningKey.objects.current().kid, settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [OTHER_KEY]
    with pytest.raises(CommandError):
        call_command("reseal", stdout=io.StringIO())
    SigningKey.objects.get(kid=kid).save()

    settings.ENCRYPTION_KEYS = right
    assert SigningKey.objects.get(kid=kid).private_key()


# --- pages ---


def test_a_provider_that_cannot_be_opened_is_not_offered(
    browser: Browser, other_keys: Change, caplog: Any
) -> None:
    assert "Example ID" in visitor().get("/accounts/login/").content.decode()
    other_keys()
    page = visitor().get("/accounts/login/")
    assert page.status_code == 200
    assert "Example ID" not in page.content.decode()
    assert visitor().post(browser.login_url).status_code == 404

    lines = [record for record in caplog.records if "cannot_open" in record.getMessage()]
    assert len(lines) == 2, "one for each request"
    assert {"accounts.ProviderSecret.secret" in line.getMessage() for line in lines} == {True}
    assert not [record for record in caplog.records if record.exc_info]


def test_a_secret_that_was_altered_takes_its_provider_alone_away(
    browser: Browser, register: Any
) -> None:
    register("second")
    row = ProviderSecret.objects.get(app__provider_id="second")
    row.app.name = "Second ID"
    row.app.save()
    alter(row, "secret")

    page = visitor().get("/accounts/login/").content.decode()
    assert "Example ID" in page
    assert "Second ID" not in page
    assert found().count("accounts.W030") == 1
    assert "accounts.E030" not in found()


def alter(row: Model, column: str) -> None:
    """Change a sealed column as somebody would who writes into the database."""
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{table}" SET {column} = %s WHERE id = %s', ["x" * 40, row.pk])


def test_admins_read_what_is_wrong_and_enter_the_secret_again(
    browser: Browser, other_keys: Change
) -> None:
    assert "messagelist" not in said("/admin/")
    other_keys()
    client = confirmed(User.objects.get(email="admin@example.com"), visitor())
    for address in ("/admin/", "/admin/socialaccount/socialapp/"):
        page = client.get(address).content.decode()
        assert "ENCRYPTION_KEYS lacks the key" in page
        assert "“Example ID” cannot be opened" in page
    (app,) = ProviderSecret.objects.values_list("app_id", flat=True)
    change = f"/admin/socialaccount/socialapp/{app}/change/"
    page = client.get(change)
    assert "cannot be decrypted with ENCRYPTION_KEYS" in page.content.decode()

    form = page.context["adminform"].form
    entered = {name: form[name].value() or "" for name in form.fields} | {"new_secret": "new"}
    entered["settings"] = "{}"
    assert client.post(change, entered).status_code == 302
    assert ProviderSecret.objects.get().secret == "new"
    assert "Example ID" in visitor().get("/accounts/login/").content.decode()


def test_whoever_was_signed_in_signs_in_again(alice: User, other_keys: Change) -> None:
    client = visitor()
    client.force_login(alice)
    assert client.get("/account/").status_code == 200

    other_keys()
    assert client.get("/account/").status_code == 302
    assert give_password(client)["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert client.get("/account/sessions/").status_code == 200


def test_pages_of_an_account_work_without_what_cannot_be_opened(
    browser: Browser, other_keys: Change
) -> None:
    browser.sign_in()
    person = User.objects.get()
    TOTP.activate(person, SECRET)
    RecoveryCodes.activate(person)
    other_keys()
    client = visitor()
    client.force_login(person)
    pages = [f"/account/{page}" for page in ("", "methods/", "sessions/", "activity/", "apps/")]
    pages += ["/account/profile/", "/accounts/3rdparty/"]
    statuses = {page: client.get(page).status_code for page in pages}
    assert statuses == dict.fromkeys(pages, 200)


# --- second steps ---


def test_a_second_step_that_cannot_be_checked_lets_nobody_in_and_says_so(
    alice: User, other_keys: Change
) -> None:
    TOTP.activate(alice, SECRET)
    other_keys()
    client = visitor()
    give_password(client)
    page = type_in(client, code_of_app())
    assert page.status_code == 200
    assert "We cannot check codes right now" in page.content.decode()
    assert not is_signed_in(client)


def test_an_altered_authenticator_app_leaves_the_recovery_codes(alice: User) -> None:
    app = TOTP.activate(alice, SECRET).instance
    (code, *_) = RecoveryCodes.activate(alice).generate_codes()
    app.data = {"secret": "altered"}
    app.save()

    client = visitor()
    give_password(client)
    assert "This code is wrong" in type_in(client, "0000000000").content.decode()
    type_in(client, code)
    assert is_signed_in(client)
    assert client.get("/account/methods/").status_code == 200


def test_recovery_codes_that_cannot_be_opened_are_made_anew(alice: User) -> None:
    TOTP.activate(alice, SECRET)
    codes = RecoveryCodes.activate(alice).instance
    client = visitor()
    give_password(client)
    type_in(client, code_of_app())
    codes.data |= {"seed": "altered"}
    codes.save()

    assert "0 of 10" in client.get("/account/methods/").content.decode()
    new = client.get("/accounts/2fa/recovery-codes/")
    assert new["Location"] == "/accounts/2fa/recovery-codes/generate/"
    assert client.get(new["Location"]).status_code == 200
    client.post(new["Location"])
    assert len(RecoveryCodes.activate(alice).generate_codes()) == 10


# --- programs ---


def post(app: App, form: dict[str, str]) -> Any:
    return visitor().post("/oauth/token/", urlencode(form), FORM, headers=app.authorization)


def redeem(app: App, code: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri}
    return post(app, form | {"code_verifier": app.verifier})


@pytest.mark.django_db(transaction=True)
def test_a_code_is_kept_until_the_signing_key_can_be_opened(
    app: App, alice: User, settings: Any, caplog: Any
) -> None:
    code, right = app.code_for(alice), settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [OTHER_KEY]
    refused = redeem(app, code)
    assert error_in(refused) == (503, "temporarily_unavailable")
    assert refused["Retry-After"]
    assert refused["Cache-Control"] == "no-store"
    assert "oauth_server.SigningKey.private_jwk" in caplog.text
    assert not [record for record in caplog.records if record.exc_info]
    assert post(app, {"grant_type": "client_credentials"}).status_code == 200

    settings.ENCRYPTION_KEYS = right
    assert redeem(app, code).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_refresh_token_is_kept_until_the_signing_key_can_be_opened(
    app: App, alice: User, settings: Any
) -> None:
    tokens, right = app.tokens_for(alice), settings.ENCRYPTION_KEYS
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    settings.ENCRYPTION_KEYS = [OTHER_KEY]
    assert error_in(post(app, form)) == (503, "temporarily_unavailable")
    settings.ENCRYPTION_KEYS = right
    assert post(app, form).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_altered_answer_to_a_refresh_is_no_replay(app: App, alice: User) -> None:
    first = app.tokens_for(alice)
    second = app.refresh(first["refresh_token"]).json()
    RefreshToken.objects.exclude(superseded=None).update(sealed_answer=b"altered")

    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert error_in(post(app, form)) == (503, "temporarily_unavailable")
    assert app.refresh(second["refresh_token"]).status_code == 200


def test_a_key_that_cannot_be_opened_is_replaced_at_once_and_still_verifies(
    app: App, alice: User, other_keys: Change
) -> None:
    old = SigningKey.objects.current().kid
    SigningKey.objects.exclude(kid=old).delete()
    code = app.code_for(alice)
    other_keys()
    assert "False" in said("/admin/oauth_server/signingkey/")
    call_command("rotate_signing_key", "--yes", stdout=io.StringIO())

    assert "accounts.W031" not in found()
    assert redeem(app, code).status_code == 200
    kids = [key["kid"] for key in visitor().get("/oauth/jwks/").json()["keys"]]
    assert {old, SigningKey.objects.current().kid} <= set(kids)


def test_signed_userinfo_says_so(app: App, alice: User, other_keys: Change) -> None:
    app.client.userinfo_signed_response_alg = "RS256"
    app.client.save()
    token = app.tokens_for(alice)["access_token"]
    other_keys()
    told = visitor().get("/oauth/userinfo/", headers={"Authorization": f"Bearer {token}"})
    assert error_in(told) == (503, "temporarily_unavailable")


@pytest.mark.django_db(transaction=True)
def test_a_sign_out_works_though_apps_cannot_be_told(
    app: App, alice: User, other_keys: Change, caplog: Any
) -> None:
    with listening() as server:
        app.client.backchannel_logout_uri = server.uri
        app.client.save()
        client = visitor()
        client.force_login(alice)
        app.ask(client)
        app.tokens_for(alice)
        other_keys()
        client.force_login(alice)
        assert client.post("/account/sign-out-everywhere/").status_code in (200, 302)
        assert server.heard == []
    assert not [record for record in caplog.records if record.exc_info]


def test_a_profile_at_a_third_party_says_so_as_a_problem(
    browser: Browser, app: App, register: Any
) -> None:
    browser.sign_in()
    person = User.objects.get()
    app.client.scope = "openid connections.profile"
    app.client.save()
    token = app.tokens_for(person, scope="openid connections.profile")["access_token"]
    account = SocialAccount.objects.get()
    alter(ConnectionToken.objects.get(), "access_token")

    answer = visitor().get(
        f"/api/v1/me/connections/{account.pk}/profile",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"


# --- the setting itself ---


@pytest.mark.servers
@pytest.mark.one_database
@pytest.mark.parametrize(
    "setting",
    ["", "not-a-key", f"{OTHER_KEY},not-a-key"],
    ids=["empty", "no key", "one of them none"],
)
def test_a_server_does_not_start_with_a_setting_that_is_no_list_of_keys(
    tmp_path: Path, setting: str
) -> None:
    (port,) = free_ports(1)
    log = tmp_path / "log"
    instance = Instance("Latchkey", port, tmp_path, {"ENCRYPTION_KEYS": setting}, log)
    with instance.serving() as server:
        assert server.wait(60) != 0
    assert "ENCRYPTION_KEYS is not a list of keys" in log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.mark.servers
@pytest.mark.one_database
def test_make_run_names_the_setting_and_what_to_do(
    tmp_path: Path, migrated: Callable[[Path], Path]
) -> None:
    data = migrated(tmp_path / "data")

    def set_up(**settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "config.prepare"],  # as `config.demo` does first
            cwd=BASE_DIR,
            env=Instance("Latchkey", 8000, data, PLAIN | settings).environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert set_up().returncode == 0
    done = set_up(ENCRYPTION_KEYS=OTHER_KEY)
    assert done.returncode == 1
    assert "ENCRYPTION_KEYS lacks the key" in done.stderr
    assert "HINT: Put every key back" in done.stderr
    assert "Traceback" not in done.stderr
