"""An admin keeps clients, third parties and groups in a file: applied twice, nothing differs."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from allauth.socialaccount.models import SocialApp
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from accounts.models import GroupRule, ProviderSecret, SecurityEvent, Webhook
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import AccessToken, Client, ClientSecret, ProtectedResource
from accounts.oauth_server.models.client import CLIENT_CREDENTIALS
from accounts.oauth_server.models.client_secret import MOST
from accounts.oauth_server.rules.credentials import digest
from accounts.oauth_server.tokens.issuing import issue_to_client
from tests.documents import Document

pytestmark = pytest.mark.django_db

(EXAMPLE,) = Document("docs/configuration-as-code.md").blocks("yaml")
STRONG = "n0t-a-guess-" + "7c1de7a2b94f4a6e8d35"
SIGNS = "whsec_" + base64.b64encode(32 * b"x").decode()
ALBUM: dict[str, Any] = {
    "client_id": "album", "name": "Photo Album",
    "redirect_uris": ["https://album.example/callback"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANY_SECRET", "of the third party")
    monkeypatch.setenv("PHOTO_ALBUM_SECRET", STRONG)
    monkeypatch.setenv("COLLECTOR_SECRET", SIGNS)


def apply(folder: Path, told: Any, *options: str) -> str:
    """Apply `told`, a mapping or a file's text, and return what is printed."""
    text = told if isinstance(told, str) else json.dumps({"version": 1} | told)
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    printed = io.StringIO()
    call_command("apply_config", str(folder / "site.yaml"), *options, stdout=printed)
    return printed.getvalue()


def dry_run(folder: Path, told: Any) -> list[dict[str, Any]]:
    """Return what would be changed, and see that the exit status says whether that is anything."""
    text = told if isinstance(told, str) else json.dumps({"version": 1} | told)
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    printed, status = io.StringIO(), None
    try:
        call_command(
            "apply_config", str(folder / "site.yaml"), "--dry-run", "--json", stdout=printed
        )
    except SystemExit as left:
        status = left.code
    found: list[dict[str, Any]] = json.loads(printed.getvalue())
    assert status == (2 if found else None)
    return found


def export() -> dict[str, Any]:
    printed = io.StringIO()
    call_command("export_config", stdout=printed)
    return yaml.safe_load(printed.getvalue())


def test_the_documents_example_makes_what_it_says(tmp_path: Path) -> None:
    apply(tmp_path, EXAMPLE)

    album = Client.objects.get(client_id="photo-album")
    assert album.is_restricted
    assert [group.name for group in album.groups.all()] == ["Photographers"]
    assert [row.value for row in album.group_values.all()] == ["editor"]
    assert album.access_token_minutes == 15
    assert album.secrets.get().digest == digest(STRONG)
    slides = Client.objects.get(client_id="slide-show")
    assert slides.is_public
    assert slides.private_use_schemes
    assert not slides.secrets.exists()
    company = SocialApp.objects.get(provider_id="company")
    assert ProviderSecret.objects.get(app=company).secret == "of the third party"
    assert company.secret == ""
    assert GroupRule.objects.get().provider == "company"
    calendar = ProtectedResource.objects.get(identifier="https://calendar.example/api")
    assert calendar.server == album
    assert calendar.sentences == {"calendar.read": "See your calendar"}
    assert list(calendar.clients.all()) == [slides]
    role = Group.objects.get(name="Auditors of events")
    assert [each.codename for each in role.permissions.all()] == ["view_securityevent"]
    kinds = SecurityEvent.objects.filter(actor=Actor.ADMIN).values_list("kind", flat=True)
    assert sorted(kinds) == sorted(
        [Event.ADMIN_CLIENT] * 6 + [Event.ADMIN_OTHER] * 3 + [Event.ADMIN_PROVIDER]
    )


def test_applied_twice_nothing_differs(tmp_path: Path) -> None:
    assert "+ client photo-album" in apply(tmp_path, EXAMPLE)
    events = SecurityEvent.objects.count()
    assert apply(tmp_path, EXAMPLE) == "Nothing differs.\n"
    assert dry_run(tmp_path, EXAMPLE) == []
    assert SecurityEvent.objects.count() == events


def test_a_resource_is_changed_and_what_is_wrong_with_it_is_named(tmp_path: Path) -> None:
    calendar: dict[str, Any] = {"identifier": "https://calendar.example/api", "name": "Calendar"}
    apply(tmp_path, {"resources": [calendar]})
    (changed,) = dry_run(tmp_path, {"resources": [calendar | {"tells_groups": True}]})
    assert changed["changed"] == {"tells_groups": {"from": False, "to": True}}
    for wrong, named in (
        ({"apps": ["nobody"]}, "There is no client “nobody”."),
        ({"server": "nobody"}, "There is no client “nobody”."),
        ({"scopes": {"openid": "Sign in"}}, "scopes"),
        ({"scopes": {"a": "One\nb Two"}}, "scopes"),
        ({"access_token_minutes": 0}, "access_token_minutes"),
    ):
        with pytest.raises(CommandError, match=named):
            apply(tmp_path, {"resources": [calendar | wrong]})
    assert ProtectedResource.objects.get().server is None


def test_a_policy_is_changed_and_what_is_wrong_with_it_is_named(tmp_path: Path) -> None:
    chat: dict[str, Any] = {
        "client": "album",
        "audience": "https://chat.example",
        "client_there": "a",
    }
    chat |= {"relying_party": "album"}
    pair: dict[str, Any] = {"client": "album", "source": "guests"}
    guests = ALBUM | {"client_id": "guests", "name": "Guest Book"}
    apply(tmp_path, {"clients": [ALBUM, guests], "exchange_policies": [pair]})
    apply(tmp_path, {"cross_app_policies": [chat]})
    told: dict[str, Any] = {"exchange_policies": [pair | {"may_impersonate": True}]}
    told |= {"cross_app_policies": [chat | {"scopes": ["chat.read"], "groups": []}]}
    found = dry_run(tmp_path, told)
    assert [sorted(each["changed"]) for each in found] == [
        ["may_impersonate"],
        ["groups", "scopes"],
    ]
    for wrong, named in (
        ({"exchange_policies": [pair | {"source": "nobody"}]}, "There is no client “nobody”."),
        ({"cross_app_policies": [chat | {"groups": ["none"]}]}, "There is no group “none”."),
        ({"cross_app_policies": [chat | {"audience": "chat"}]}, "issuer’s address"),
    ):
        with pytest.raises(CommandError, match=named):
            apply(tmp_path, wrong)


def test_what_is_exported_makes_the_same_elsewhere(tmp_path: Path) -> None:
    apply(tmp_path, EXAMPLE)
    exported = export()
    assert dry_run(tmp_path, exported) == []
    assert STRONG not in json.dumps(exported)
    assert "third party" not in json.dumps(exported)
    for model in (Client, SocialApp, Group):
        model.objects.all().delete()
    apply(tmp_path, exported)
    assert export() == exported


def test_a_dry_run_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    apply(tmp_path, {"clients": [ALBUM]})
    before = export()
    told = {"clients": [ALBUM | {"name": "Album", "default_max_age": 60}]}
    (found,) = dry_run(tmp_path, told)
    assert found == {
        "kind": "client", "key": "album", "created": False,
        "changed": {
            "name": {"from": "Photo Album", "to": "Album"},
            "default_max_age": {"from": None, "to": 60},
        },
    }  # fmt: skip
    assert export() == before


def test_what_a_file_leaves_out_stays(tmp_path: Path) -> None:
    apply(tmp_path, {"clients": [ALBUM | {"website": "https://album.example"}]})
    apply(tmp_path, {"clients": [ALBUM | {"name": "Album"}]})
    assert Client.objects.get().website == "https://album.example"
    apply(tmp_path, {"groups": []})
    assert Client.objects.get().name == "Album"


def test_a_client_that_is_made_inactive_loses_all_that_it_holds(tmp_path: Path) -> None:
    machine = {
        "client_id": "robot", "name": "Robot", "grant_types": [CLIENT_CREDENTIALS],
        "scopes": ["profile"],
    }  # fmt: skip
    apply(tmp_path, {"clients": [machine]})
    robot = Client.objects.get()
    issue_to_client(robot, frozenset({"profile"}))
    apply(tmp_path, {"clients": [machine | {"active": False}]})
    assert not AccessToken.objects.filter(application=robot).exists()
    assert SecurityEvent.objects.filter(kind=Event.TOKEN_REVOKED, client=robot).exists()


def test_another_secret_is_added_to_those_that_a_client_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"clients": [ALBUM | {"client_secret": {"env": "PHOTO_ALBUM_SECRET"}}]}
    apply(tmp_path, told)
    (tmp_path / "secret").write_text(f"{STRONG}-2\n")
    told = {"clients": [ALBUM | {"client_secret": {"file": str(tmp_path / "secret")}}]}
    assert STRONG not in apply(tmp_path, told)
    kept = set(Client.objects.get().secrets.values_list("digest", flat=True))
    assert kept == {digest(STRONG), digest(f"{STRONG}-2")}
    for number in range(MOST - 2):
        ClientSecret.objects.keep(Client.objects.get(), str(number))
    (tmp_path / "secret").write_text(f"{STRONG}-3\n")
    with pytest.raises(CommandError, match="has 10 secrets that work"):
        apply(tmp_path, told)
    monkeypatch.setenv("PHOTO_ALBUM_SECRET", "guessed")
    weak = {"clients": [ALBUM | {"client_secret": {"env": "PHOTO_ALBUM_SECRET"}}]}
    with pytest.raises(CommandError, match="bits at most") as refused:
        apply(tmp_path, weak)
    assert "guessed" not in str(refused.value)


def test_a_webhook_is_carried_with_a_secret_by_reference(tmp_path: Path) -> None:
    told = {"name": "Collector", "url": "https://log.example/", "kinds": ["sign_in"]}
    apply(tmp_path, {"webhooks": [told | {"secret": {"env": "COLLECTOR_SECRET"}}]})
    webhook = Webhook.objects.get()
    assert (webhook.secret, webhook.kinds, webhook.former_ends) == (SIGNS, ["sign_in"], None)
    (exported,) = export()["webhooks"]
    format = {"format": "standard-webhooks", "audience": ""}
    assert exported == told | format | {"personal_data": False, "active": True}
    assert dry_run(tmp_path, {"webhooks": [exported]}) == []
    (tmp_path / "secret").write_text(SIGNS.replace("eH", "eX"))
    moved = told | {"url": "https://other.example/", "secret": {"file": f"{tmp_path}/secret"}}
    assert set(dry_run(tmp_path, {"webhooks": [moved]})[0]["changed"]) == {"url", "secret"}
    apply(tmp_path, {"webhooks": [moved]})
    webhook.refresh_from_db()
    assert webhook.former_secret == SIGNS
    (tmp_path / "header").write_text("Bearer hush\n")
    sends = moved | {"authorization_header": {"file": f"{tmp_path}/header"}}
    changed = apply(tmp_path, {"webhooks": [sends]})
    assert "hush" not in str(changed)
    webhook.refresh_from_db()
    assert webhook.authorization_header == "Bearer hush"
    assert dry_run(tmp_path, {"webhooks": [sends]}) == []
    assert "authorization_header" not in export()["webhooks"][0]
    with pytest.raises(CommandError, match="authorization_header: It was for another host"):
        apply(tmp_path, {"webhooks": [moved | {"url": "https://third.example/"}]})
    apply(tmp_path, {"webhooks": [sends | {"url": "https://third.example/"}]})
    (tmp_path / "header").write_text("Bearer hush\nX-Else: 1\n")
    with pytest.raises(CommandError) as refused:
        apply(tmp_path, {"webhooks": [sends]})
    assert "visible ASCII" in str(refused.value)
    assert "hush" not in str(refused.value)
    (tmp_path / "secret").write_text("guessed")
    for wrong in (moved, told | {"url": "http://log.example/"}, told | {"kinds": []}):
        with pytest.raises(CommandError) as refused:
            apply(tmp_path, {"webhooks": [wrong]})
        assert "guessed" not in str(refused.value)


PROVIDER = {
    "provider": "openid_connect", "provider_id": "company", "name": "Company", "client_id": "x",
    "server_url": "https://id.company.example",
}  # fmt: skip
GROUP = {"slug": "staff", "name": "Staff"}

WRONG: list[tuple[str, Any, str]] = [
    ("no version", "clients: []", "version: this is needed"),
    ("another version", "version: 2", "version: This has to be 1"),
    ("no YAML", "version: [1", "not YAML"),
    ("a control character", "version: 1\nclients: \x01", "not YAML"),
    ("empty", "", "has to be a mapping"),
    ("a list", "- version", "has to be a mapping"),
    ("two documents", "version: 1\n---\nversion: 1", "not YAML"),
    ("an alias", "version: &one 1\nclients: *one", "line 2: Write it out"),
    ("too deep", "version: " + "[" * 50, "nested too deeply"),
    ("a name twice", "version: 1\nversion: 1", "line 2: version: This is said twice"),
    ("a tag", "version: !!python/name:os.system x", "Write this text in quotes"),
    ("a date", "version: 2026-11-28", "Write this text in quotes"),
    ("no number", "version: !!int many", "This is no number"),
    ("a number as a name", "1: version", "A name has to be a text"),
    ("NUL", 'version: 1\nclients: [{client_id: "a\\0b", name: x}]', "cannot be kept"),
    ("half a pair", 'version: 1\nclients: [{client_id: x, name: "\\ud800"}]', "not YAML"),
    ("an unknown section", {"client": []}, "“client” is unknown here. Did you mean “clients”?"),
    ("an unknown field", {"clients": [ALBUM | {"redirect_uri": "x"}]}, "mean “redirect_uris”"),
    ("a text for a list", {"clients": [ALBUM | {"scopes": "openid"}]}, "scopes: This has to be a"),
    ("an unknown scope", {"clients": [ALBUM | {"scopes": ["x"]}]}, "has to be one of: openid"),
    ("below zero", {"clients": [ALBUM | {"default_max_age": -1}]}, "0 or more"),
    ("too large", {"clients": [ALBUM | {"default_max_age": 10**30}]}, "0/default_max_age: "),
    ("a secret in the file", {"clients": [ALBUM | {"client_secret": "hunter2"}]}, "a mapping"),
    ("two places", {"clients": [ALBUM | {"client_secret": {"env": "A", "file": "/b"}}]}, "either"),
    ("no such variable", {"clients": [ALBUM | {"client_secret": {"env": "NONE"}}]}, "no NONE in"),
    ("no such file", {"clients": [ALBUM | {"client_secret": {"file": "/none"}}]}, "cannot be read"),
    ("a bad redirect URI", {"clients": [ALBUM | {"redirect_uris": ["javascript:x"]}]}, "uris: "),
    ("an unknown group", {"clients": [ALBUM | {"groups": ["none"]}]}, "no group “none”"),
    ("a client twice", {"clients": [ALBUM, ALBUM]}, "“album” is there twice"),
    ("a group twice", {"groups": [GROUP, GROUP]}, "“staff” is there twice"),
    ("a group's name twice", {"groups": [GROUP, GROUP | {"slug": "two"}]}, "groups/1/name: "),
    ("no such permission", {"groups": [GROUP | {"permissions": ["a.b"]}]}, "There is no a.b"),
    ("a bad rule", {"groups": [GROUP | {"rules": [{"kind": "domain"}]}]}, "rules: 1: "),
    (
        "a rule that gives rights",
        {"groups": [GROUP | {"permissions": ["auth.view_group"],
                             "rules": [{"kind": "domain", "value": "a.example"}]}]},
        "cannot have rules",
    ),
    ("no issuer", {"providers": [PROVIDER | {"server_url": "x"}]}, "providers/0"),
    ("an unknown kind", {"providers": [PROVIDER | {"provider": "x"}]}, "not a provider"),
    ("misplaced", {"providers": [PROVIDER | {"settings": {"certificate_key": "x"}}]}, "of its own"),
    ("another rule of sign-up", {"sign_up": {"mode": "closed"}}, "SIGN_UP=open"),
]  # fmt: skip


def test_a_wrong_file_is_refused_with_its_place_and_changes_nothing(tmp_path: Path) -> None:
    before, wrongly_said = export(), []
    for name, told, words in WRONG:
        fine: dict[str, Any] = {"clients": [ALBUM | {"client_id": "fine"}]}
        if isinstance(told, dict) and "clients" not in told:
            told = fine | told
        try:
            wrongly_said.append(f"{name}: accepted, {apply(tmp_path, told)}")
        except CommandError as refused:
            if words not in str(refused) or "hunter2" in str(refused):
                wrongly_said.append(f"{name}: {refused}")
    assert not wrongly_said
    assert export() == before


def test_a_client_that_registered_itself_is_its_own(tmp_path: Path) -> None:
    apply(tmp_path, {"clients": [ALBUM]})
    Client.objects.update(registration_source=Client.RegistrationSource.DCR)
    assert export()["clients"] == []
    with pytest.raises(CommandError, match="registered itself"):
        apply(tmp_path, {"clients": [ALBUM]})


def test_the_published_schema_is_the_one_that_is_used() -> None:
    printed = io.StringIO()
    call_command("export_config", "--schema", stdout=printed)
    published = Document("docs/configuration.schema.json").text
    assert json.loads(published) == json.loads(printed.getvalue())


def test_every_permission_of_a_role_can_be_carried(tmp_path: Path) -> None:
    every = Permission.objects.select_related("content_type")
    names = [f"{each.content_type.app_label}.{each.codename}" for each in every]
    apply(tmp_path, {"groups": [GROUP | {"permissions": names}]})
    group = Group.objects.get(profile__slug=GROUP["slug"])
    assert group.permissions.count() == len(names)
    assert dry_run(tmp_path, export()) == []
