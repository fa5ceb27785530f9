"""An admin takes over people from another server: first looked at, then made, nobody changed."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import CommandError, call_command

from accounts.entrance.imported_hashes import ImportedHasher
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.moving.hashes import InvalidHash, stored

pytestmark = pytest.mark.django_db

BCRYPT = "$2b$04$2ISa5LXA/OwYW6ovhyRKSepqxJlCIiScyaw8BjAavDVGfBiJX6osi"
PASSWORD = "correct horse battery staple"
CAROL = {"email": "carol@example.com", "email_verified": True, "name": "Carol"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def run(folder: Path, people: Any, *options: str) -> tuple[dict[str, int], str]:
    """Run the command on `people`, and return what it counts and what it says."""
    lines = people if isinstance(people, str) else "\n".join(map(json.dumps, people))
    (folder / "people").write_text(lines)
    printed, said = io.StringIO(), io.StringIO()
    try:
        call_command("import_people", str(folder / "people"), *options, stdout=printed, stderr=said)
    except CommandError as error:
        return json.loads(printed.getvalue() or "{}"), f"{said.getvalue()}{error}"
    return json.loads(printed.getvalue()), said.getvalue()


def test_it_says_first_what_it_would_do(folder: Path) -> None:
    counted, said = run(folder, [CAROL])
    assert counted == {"new": 1, "there_already": 0, "invalid": 0, "made": 0}
    assert "add --apply" in said
    assert not User.objects.exists()


def test_what_is_told_becomes_an_account(folder: Path) -> None:
    Group.objects.create(name="Editors")
    told = {
        "sub": "auth0|60425dc43519d90068f82973", "given_name": "Carol",
        "preferred_username": "carol", "locale": "de", "zoneinfo": "Europe/Berlin",
        "groups": ["Editors"], "password_hash": BCRYPT,
    }  # fmt: skip
    counted, _ = run(folder, [CAROL | told], "--apply")
    assert counted["made"] == 1

    carol = User.objects.get(email="carol@example.com")
    kept = {name: getattr(carol, name) for name in told if name not in ("groups", "password_hash")}
    assert kept == {name: value for name, value in told.items() if name in kept}
    assert [group.name for group in carol.groups.all()] == ["Editors"]
    assert EmailAddress.objects.get(user=carol).verified
    assert carol.check_password(PASSWORD)
    assert mail.outbox == []
    event = SecurityEvent.objects.get(kind=Event.CHANGED_BY_ADMIN)
    assert (event.actor, event.user, event.sub) == (Actor.ADMIN, carol, carol.sub)
    assert BCRYPT not in json.dumps(event.details)


def test_run_twice_it_makes_nobody_twice(folder: Path) -> None:
    run(folder, [CAROL], "--apply")
    before = list(User.objects.values())
    counted, said = run(folder, [CAROL | {"name": "Caroline"}], "--apply")
    assert counted == {"new": 0, "there_already": 1, "invalid": 0, "made": 0}
    assert "line 1: email: somebody here has it" in said
    assert list(User.objects.values()) == before


def test_an_address_of_somebody_here_is_never_taken_over(folder: Path, alice: User) -> None:
    theirs = {"email": "ALICE@Example.com", "email_verified": True, "password_hash": BCRYPT}
    before = User.objects.values().get()
    counted, _ = run(folder, [theirs], "--apply")
    assert counted["there_already"] == 1
    assert User.objects.values().get() == before


def test_a_further_address_that_somebody_has_proven_is_theirs_too(
    folder: Path, alice: User
) -> None:
    EmailAddress.objects.create(user=alice, email="carol@example.com", verified=True)
    assert run(folder, [CAROL], "--apply")[0]["there_already"] == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"email": "nobody"}, "email: Enter a valid"),
        ({"name": "Nobody"}, "email: is missing"),
        (CAROL | {"shoe": 38}, "shoe: is no field"),
        (CAROL | {"name": 1}, "name: is not text"),
        (CAROL | {"email_verified": "perhaps"}, "email_verified: is neither"),
        (CAROL | {"sub": "x" * 256}, "sub: is not up to 255"),
        (CAROL | {"sub": "café"}, "sub: is not up to 255"),
        (CAROL | {"zoneinfo": "Mars/Olympus"}, "zoneinfo: Enter a time zone"),
        (CAROL | {"groups": ["Nowhere"]}, "groups: there is no group “Nowhere”"),
        (CAROL | {"groups": 7}, "groups: is no list"),
        (CAROL | {"password_hash": "5f4dcc3b5aa765d61d83"}, "password_hash: is no hash"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_nobody_is_imported(
    folder: Path, line: dict[str, Any], words: str
) -> None:
    good = {"email": "dave@example.com"}
    counted, said = run(folder, [good, line], "--apply")
    assert f"line 2: {words}" in said
    assert "nobody was imported" in said
    assert (counted["new"], counted["invalid"], counted["made"]) == (1, 1, 0)
    assert not User.objects.exists()

    counted, _ = run(folder, [good, line], "--apply", "--skip-invalid")
    assert counted["made"] == 1
    assert User.objects.get().email == "dave@example.com"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1: is not JSON"),
        ("[]", "line 1: is not a JSON object"),
        (json.dumps(CAROL) + "\n" + json.dumps(CAROL), "line 2: email: is that of line 1, too"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(folder: Path, text: str, words: str) -> None:
    assert words in run(folder, text, "--apply")[1]
    assert not User.objects.exists()


@pytest.mark.parametrize("origin", ["keycloak", "firebase", "csv"])
def test_a_file_of_another_kind_is_refused(folder: Path, origin: str) -> None:
    _, said = run(folder, "" if origin == "csv" else "nonsense", "--from", origin, "--apply")
    assert said
    assert "Traceback" not in said


def test_a_subject_that_is_somebody_elses_is_refused(folder: Path, alice: User) -> None:
    _, said = run(folder, [CAROL | {"sub": alice.sub}], "--apply")
    assert "line 1: sub: is somebody else's here" in said


def test_many_come_in_batches(folder: Path) -> None:
    many = [{"email": f"person{number}@example.com"} for number in range(501)]
    many.append({"email": "person0@example.com"})  # a batch later
    _, said = run(folder, many, "--apply")
    assert "line 502: email: is that of line 1, too" in said
    assert run(folder, many[:-1], "--apply")[0]["made"] == 501


def test_an_address_that_was_not_verified_is_not_taken_for_proven(folder: Path) -> None:
    run(folder, [{"email": "carol@example.com", "password_hash": BCRYPT}], "--apply")
    assert not EmailAddress.objects.get().verified
    assert User.objects.unproven().count() == 1


def connected(email: str, provider: str = "example", uid: str = "1") -> dict[str, Any]:
    return {"email": email, "connections": [{"provider": provider, "uid": uid}]}


def test_accounts_at_third_parties_come_along(folder: Path, example_id: SocialApp) -> None:
    assert run(folder, [connected("carol@example.com")], "--apply")[0]["made"] == 1
    kept = SocialAccount.objects.get()
    assert (kept.user.email, kept.provider, kept.uid) == ("carol@example.com", "example", "1")
    again = connected("dave@example.com")
    assert "connections: one is somebody else's here" in run(folder, [again], "--apply")[1]


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([connected("a@example.com", "nowhere")], "line 1: connections: there is no third party"),
        (
            [connected("a@example.com"), connected("b@example.com")],
            "line 2: connections: one is that of line 1, too",
        ),
        ([connected("a@example.com", uid="")], "line 1: connections: is no list"),
        ([{"email": "a@example.com", "connections": "google"}], "line 1: connections: is no list"),
        ([{"email": "a@example.com", "connections": 7}], "line 1: connections: is no list"),
    ],
)
def test_a_connection_that_cannot_be_is_named(
    folder: Path, example_id: SocialApp, people: list[dict[str, Any]], words: str
) -> None:
    assert words in run(folder, people, "--apply")[1]
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "told",
    [
        "$2b$15$2ISa5LXA/OwYW6ovhyRKSepqxJlCIiScyaw8BjAavDVGfBiJX6osi",
        "$2b$04$short",
        "$pbkdf2-sha256$i=10$c2FsdA$aGFzaA",
        "$pbkdf2-sha256$i=99000000$c2FsdA$aGFzaA",
        "$pbkdf2-md5$i=1000$c2FsdA$aGFzaA",
        "$pbkdf2-sha256$i=1000$a$aGFzaA",
        "$scrypt$ln=20,r=8,p=1$c2FsdA$aGFzaA",
        "$scrypt$ln=14,r=16,p=1$c2FsdA$aGFzaA",
        "$scrypt$ln=14,r=8,p=5$c2FsdA$aGFzaA",
        "$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
        "argon2$nonsense",
        "pbkdf2_sha256$99000000$salt$aGFzaA",
        "pbkdf2_sha256$nonsense",
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
        "imported$anything",
        "!",
        "x" * 600,
    ],
)  # fmt: skip
def test_a_hash_that_is_worthless_or_costs_too_much_is_refused(told: str) -> None:
    with pytest.raises(InvalidHash):
        stored(told)


def test_firebases_own_example_is_right() -> None:
    key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
    hashed = (
        "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
    )
    told = stored(f"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={key}$42xEC+ixf3L2lw==${hashed}")
    assert ImportedHasher().verify("user1password", told)
    assert not ImportedHasher().verify("user2password", told)


def test_a_password_that_bcrypt_cut_off_opens_and_costs_no_error() -> None:
    told = stored(BCRYPT)
    assert not ImportedHasher().verify("x" * 200, told)
    assert not ImportedHasher().verify("", told)
