"""Admins register apps at a command line, and run the same command again to change them."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client, ClientLogo, ClientSecret
from accounts.oauth_server.models.client_secret import MOST
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.clients.test_assertions import public_jwk
from tests.accounts.oauth_server.pictures import picture
from tests.accounts.oauth_server.registering import register as register_itself

pytestmark = pytest.mark.django_db

ALBUM = ("--name", "Album", "--redirect-uri", "https://album.example/callback")


def run(*options: str) -> tuple[dict[str, Any], str]:
    """Run the command, and return what it prints for scripts and for people."""
    printed, said = io.StringIO(), io.StringIO()
    call_command("register_client", *options, stdout=printed, stderr=said)
    return json.loads(printed.getvalue()), said.getvalue()


def app_of(credentials: dict[str, str]) -> App:
    client = Client.objects.get(client_id=credentials["client_id"])
    uris = client.redirect_uris.split()
    return App(client, credentials.get("client_secret"), redirect_uri=uris[0] if uris else "")


def scope_for_itself(app: App) -> str:
    answer = app.post("/oauth/token/", {"grant_type": "client_credentials"})
    assert answer.status_code == 200, answer.content
    return answer.json()["scope"]


@pytest.mark.parametrize(
    ("options", "granted"),
    [
        (("--scopes", "introspection"), "introspection"),
        (("--scopes", "openid introspection"), "introspection"),
        (("--scopes", "connections introspection"), "connections introspection"),
        (
            ("--scopes", "connections introspection", "--default-scopes", "connections"),
            "connections",
        ),
        ((), "profile email"),
    ],
)
def test_an_app_that_acts_for_itself_asks_by_default_for_what_it_may_have(
    options: tuple[str, ...], granted: str
) -> None:
    made, _ = run("--name", "Weather", "--grants", "client_credentials", *options)
    assert scope_for_itself(app_of(made)) == granted


@pytest.mark.parametrize(
    ("scopes", "asked"),
    [("openid email", ["openid"]), ("connections email", ["email", "connections"])],
)
def test_an_app_that_people_use_asks_by_default_for_as_little_as_signs_them_in(
    alice: User, scopes: str, asked: list[str]
) -> None:
    made, _ = run(*ALBUM, "--scopes", scopes)
    assert app_of(made).tokens_for(alice, scope=None)["scope"].split() == asked


def test_an_app_on_a_phone_is_answered_at_its_own_scheme(alice: User) -> None:
    address = ("--redirect-uri", "com.example.album:/callback")
    made, _ = run("--name", "Album", "--kind", "public", *address)
    assert "client_secret" not in made
    assert app_of(made).tokens_for(alice)["access_token"]


def test_run_again_it_changes_what_is_told_and_says_what_was_before(alice: User) -> None:
    made, said = run(*ALBUM)
    assert (made["created"], said) == (True, "")
    again, said = run(*ALBUM)
    assert again == {"client_id": made["client_id"], "created": False}
    assert said == "It is registered already: nothing changed.\n"

    new = "https://new.example/callback"
    changed, said = run("--name", "Album", "--redirect-uri", new, "--scopes", "openid email")
    assert changed == again | {
        "changed": {
            "redirect_uris": {"from": "https://album.example/callback", "to": new},
            "scopes": {"from": "openid profile email", "to": "openid email"},
        }
    }
    assert said.splitlines() == [
        f'redirect_uris: "https://album.example/callback" -> "{new}"',
        'scopes: "openid profile email" -> "openid email"',
    ]
    assert Client.objects.count() == 1
    app = app_of(made)
    assert (app.redirect_uri, app.client.secrets.count()) == (new, 1)
    assert app.tokens_for(alice, scope="openid")["access_token"]


def test_what_is_not_told_stays_as_it_is() -> None:
    run(*ALBUM, "--website", "https://album.example/", "--pkce", "or-nonce", "--skip-consent")
    _, said = run("--name", "Album", "--scopes", "openid")

    client = Client.objects.get()
    assert client.website == "https://album.example/"
    assert (client.pkce, client.skip_authorization) == ("or-nonce", True)
    assert said == 'scopes: "openid profile email" -> "openid"\n'
    assert run("--name", "Album", "--no-skip-consent", "--website", "")[0]["changed"] == {
        "website": {"from": "https://album.example/", "to": ""},
        "skip_authorization": {"from": True, "to": False},
    }


def test_if_missing_leaves_alone_what_is_there() -> None:
    made, _ = run(*ALBUM, "--if-missing")
    again, said = run("--name", "Album", "--redirect-uri", "https://else.example/", "--if-missing")
    assert (again, said) == (
        {"client_id": made["client_id"], "created": False},
        "It is registered already: nothing changed.\n",
    )


def test_an_id_finds_the_app_whatever_it_is_called_now() -> None:
    run(*ALBUM, "--client-id", "album")
    changed, _ = run("--client-id", "album", "--name", "Photo Album")
    assert changed["changed"] == {"name": {"from": "Album", "to": "Photo Album"}}


def test_of_two_apps_with_one_name_the_id_says_which() -> None:
    run(*ALBUM, "--client-id", "one")
    run(*ALBUM, "--client-id", "two")
    with pytest.raises(CommandError, match="say which one with --client-id"):
        run("--name", "Album", "--scopes", "openid")


def test_an_app_that_registered_itself_under_a_name_is_not_taken_for_ours(settings: Any) -> None:
    settings.REGISTRATION = "open"
    mallorys = register_itself(client_name="Album")["client_id"]

    made, _ = run(*ALBUM)
    assert made["created"]
    assert made["client_id"] != mallorys
    with pytest.raises(CommandError, match="registered itself"):
        run(*ALBUM, "--client-id", mallorys)


def test_an_app_that_learns_to_keep_a_secret_gets_one(alice: User) -> None:
    run(*ALBUM, "--kind", "public")
    changed, said = run("--name", "Album", "--kind", "confidential")
    assert changed["changed"].keys() == {"client_type", "token_endpoint_auth_method"}
    assert changed["client_secret"] not in said
    assert app_of(changed).tokens_for(alice)["access_token"]


def test_an_app_that_no_longer_signs_people_in_follows_with_its_default_scopes() -> None:
    made, _ = run(*ALBUM)
    told = ("--grants", "client_credentials", "--scopes", "introspection")
    changed, _ = run("--name", "Album", *told)
    assert changed["changed"]["default_scopes"] == {"from": "openid", "to": "introspection"}
    assert scope_for_itself(app_of(made)) == "introspection"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("--redirect-uri", "http://album.example/"),
            "--redirect-uri: http://album.example/: must",
        ),
        (("--scopes", "openid coffee"), "--scopes: “coffee” is not a scope of this site."),
        (("--default-scopes", "phone"), "--default-scopes: “phone” is not among the allowed"),
        (("--grants", "password"), "--grants: “password” is not a grant type of this site."),
        (("--jwks", "{"), "--jwks: this is not JSON"),
        (("--kind", "public", "--pkce", "waived"), "--pkce: PKCE is required for public clients."),
        (("--website", "album"), "--website: Enter a valid URL."),
        (("--redirect-uri", "com.example.album:/"), "--redirect-uri: com.example.album:/: is only"),
    ],
)
def test_a_mistake_names_its_option_and_changes_nothing(
    options: tuple[str, ...], words: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(*ALBUM, *options)
    assert words in str(refused.value)
    assert not Client.objects.exists()


def test_an_app_without_an_address_is_told_which_option_is_missing() -> None:
    with pytest.raises(CommandError, match="--redirect-uri: The authorization code grant needs"):
        run("--name", "Album")


def test_each_change_is_an_event_without_what_it_says() -> None:
    run(*ALBUM)
    run(*ALBUM)
    run(*ALBUM, "--website", "https://album.example/")

    events = SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT, actor=Actor.ADMIN)
    added, changed = (event.details for event in events.order_by("pk"))
    assert (added["action"], added["object"]) == ("addition", "Album")
    assert changed["changes"] == [{"changed": {"fields": ["website"]}}]


def test_the_page_of_an_event_says_it_in_words(desk: Browser) -> None:
    run(*ALBUM)
    event = SecurityEvent.objects.get(kind=Event.ADMIN_CLIENT)
    page = desk.get(f"/admin/accounts/securityevent/{event.pk}/change/").content.decode()
    assert "Album" in page


OWN_SECRET = "q7Z2mX0vB9sL4kP8wT1yH6nR3cF5dG"


def run_with_secret(monkeypatch: pytest.MonkeyPatch, secret: str, *options: str) -> Any:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\n"))
    return run(*ALBUM, "--client-id", "album", "--client-secret-stdin", *options)


def test_an_app_moves_here_with_its_id_and_its_secret(
    monkeypatch: pytest.MonkeyPatch, alice: User
) -> None:
    made, said = run_with_secret(monkeypatch, OWN_SECRET)
    assert (made, said) == ({"client_id": "album", "created": True}, "")
    assert app_of(made | {"client_secret": OWN_SECRET}).tokens_for(alice)["access_token"]
    kept = Client.objects.get().secrets.get()
    assert OWN_SECRET not in str(vars(kept))

    again, _ = run_with_secret(monkeypatch, OWN_SECRET)
    assert again == {"client_id": "album", "created": False}
    assert Client.objects.get().secrets.count() == 1
    for number in range(MOST - 1):
        ClientSecret.objects.keep(Client.objects.get(), str(number))
    with pytest.raises(CommandError, match="--client-secret-stdin: this client has 10 secrets"):
        run_with_secret(monkeypatch, OWN_SECRET[::-1])


def test_a_weak_secret_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    _, said = run_with_secret(monkeypatch, "correct horse battery staple")
    assert said.startswith("Warning: this secret is weak")
    assert "horse" not in said


@pytest.mark.parametrize(
    "secret", ["", "changeme", "a" * 100, "secret-of-caf\u00e9" * 5, "x" * 256]
)
def test_a_secret_that_anybody_could_guess_is_refused(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    with pytest.raises(CommandError, match="--client-secret-stdin: "):
        run_with_secret(monkeypatch, secret)
    assert not Client.objects.exists()


def test_a_public_app_takes_no_secret_along(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="has no secret"):
        run_with_secret(monkeypatch, OWN_SECRET, "--kind", "public")


def test_an_app_is_given_its_logo(tmp_path: Path) -> None:
    file = tmp_path / "logo.png"
    file.write_bytes(picture("JPEG"))
    run(*ALBUM, "--logo", str(file))
    first = ClientLogo.objects.get()
    assert (first.client.name, first.width, first.source) == ("Album", 256, "uploaded")
    assert run(*ALBUM, "--logo", str(file))[0]["created"] is False
    assert SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).count() == 2

    file.write_bytes(picture("PNG", (64, 64)))
    again, said = run(*ALBUM, "--logo", str(file))
    assert again["changed"]["logo"]["from"] == f"SHA-256 {first.digest}"
    assert "logo: " in said
    assert SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).count() == 3


@pytest.mark.parametrize("data", [b"<svg/>", None])
def test_a_logo_that_is_none_is_refused_before_anything_is_made(
    tmp_path: Path, data: bytes | None
) -> None:
    file = tmp_path / "logo.png"
    if data:
        file.write_bytes(data)
    with pytest.raises(CommandError, match="--logo: "):
        run(*ALBUM, "--logo", str(file))
    assert not Client.objects.exists()


def test_what_was_set_is_emptied_again_by_an_empty_option(tmp_path: Path) -> None:
    Group.objects.create(name="Readers")
    path = tmp_path / "logo.png"
    path.write_bytes(picture("PNG", (64, 64)))
    set_to = {
        "access-token-minutes": "5",
        "id-token-minutes": "5",
        "default-max-age": "60",
        "refresh-token-idle-days": "1",
        "refresh-token-max-days": "2",
        "userinfo-alg": "RS256",
        "tell-group": "Readers",
        "logo": str(path),
        "jwks": json.dumps({"keys": [public_jwk()]}),
    }
    run(*ALBUM, "--auth-method=private_key_jwt", *(f"--{o}={to}" for o, to in set_to.items()))
    told, _ = run(*ALBUM, "--auth-method=client_secret_basic", *(f"--{o}=" for o in set_to))
    assert len(told["changed"]) == len(set_to) + 1
    del told["changed"]["token_endpoint_auth_method"]
    assert {change["to"] for change in told["changed"].values()} == {None, ""}
    client = Client.objects.get()
    assert (client.jwks, client.access_token_minutes, client.default_max_age) == (None,) * 3
    assert not client.group_values.exists()
    assert not ClientLogo.objects.exists()


def test_what_it_is_says_its_grants_scopes_and_authentication() -> None:
    made, _ = run("--name", "Nightly job", "--kind", "machine")
    client = Client.objects.get(client_id=made["client_id"])
    assert (client.grant_types, client.default_scopes) == ("client_credentials", "profile email")
    assert made["client_secret"]
    run("--name", "TV", "--kind", "device", "--scopes", "email")
    client = Client.objects.get(name="TV")
    assert client.is_public
    assert client.allows_grant_type("urn:ietf:params:oauth:grant-type:device_code")
    assert client.scopes == client.default_scopes == "email"
