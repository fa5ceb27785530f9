"""The database of SQLite is backed up while it is written to, and restored without what a restore
would make usable again."""

import io
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django_tasks_db.models import DBTaskResult

from accounts.mail.delivery import deliver
from accounts.models import EncryptionKey, User
from accounts.oauth_server.models import SigningKey
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.conftest import app
from tests.conftest import PASSWORD

__all__ = ["app"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
    pytest.mark.usefixtures("site"),
]


@pytest.fixture
def site(transactional_db: None, migrated: Any, tmp_path: Path) -> Iterator[Path]:
    """The file of a site of its own, of which a test may do as it likes: the others keep theirs."""
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL there is pg_dump: tests/docs/test_operating.py")
    keys = list(SigningKey.objects.all())
    path = migrated(tmp_path / "data") / "latchkey.sqlite3"
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(path)
    EncryptionKey.objects.note()
    SigningKey.objects.bulk_create(keys)
    yield path
    connection.close()
    connection.settings_dict["NAME"] = before


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.sqlite3"


def run(*arguments: Any, **options: Any) -> str:
    printed = io.StringIO()
    call_command(*map(str, arguments), stdout=printed, stderr=printed, **options)
    return printed.getvalue()


def refused(*arguments: Any) -> str:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    return str(refusal.value)


def emails(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [email for (email,) in database.execute("SELECT email FROM accounts_user")]


# --- Backing up ---


def test_a_backup_holds_what_is_committed_and_nothing_else(
    site: Path, copy: Path, alice: User
) -> None:
    with closing(sqlite3.connect(site, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE accounts_user SET email = 'mallory@example.com'")
        printed = run("backup", copy)
        other.execute("ROLLBACK")
    assert emails(copy) == ["alice@example.com"]
    assert f"Backed up: {copy} (1 people" in printed
    assert "keep it secret" in printed


def test_a_backup_is_for_its_owner_and_leaves_nothing_beside_it(copy: Path) -> None:
    run("backup", copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [each.name for each in copy.parent.iterdir()] == ["data", copy.name]


def test_what_was_deleted_is_not_in_a_backup(copy: Path, alice: User) -> None:
    alice.name = "a name that nobody else has"
    alice.save()
    alice.delete()
    run("backup", copy)
    assert b"a name that nobody else has" not in copy.read_bytes()


def test_in_a_directory_backups_are_named_by_time_and_the_newest_kept(tmp_path: Path) -> None:
    directory = tmp_path / "backups"
    directory.mkdir()
    for day in ("20200101", "20200102", "20200103"):
        (directory / f"latchkey-{day}T000000Z.sqlite3").touch()
    (directory / "holiday.sqlite3").touch()
    run("backup", directory, "--keep", 2)
    *others, older, newest = sorted(each.name for each in directory.iterdir())
    assert others == ["holiday.sqlite3"]
    assert older == "latchkey-20200103T000000Z.sqlite3"
    assert newest > older


def test_a_backup_takes_no_name_that_is_taken(tmp_path: Path, copy: Path) -> None:
    copy.write_text("of somebody else")
    assert "is there already" in refused("backup", copy)
    assert copy.read_text() == "of somebody else"
    assert "No such file or directory" in refused("backup", tmp_path / "nowhere" / "copy")
    assert "is no directory" in refused("backup", tmp_path / "new", "--keep", 2)
    assert "1 or more" in refused("backup", tmp_path, "--keep", "0")


def test_a_damaged_database_makes_no_backup(site: Path, copy: Path, alice: User) -> None:
    with closing(sqlite3.connect(site, isolation_level=None)) as other:
        other.execute("INSERT INTO account_emailaddress SELECT 99, 1, 1, 'x@y', 12345")
    assert "is damaged" in refused("backup", copy)
    assert [each.name for each in copy.parent.iterdir()] == ["data"]


# --- Restoring ---


def test_after_a_restore_everybody_is_there_and_nobody_is_signed_in(
    copy: Path, app: App, alice: User
) -> None:
    browser = Browser()
    browser.force_login(alice)
    tokens, code = app.tokens_for(alice), app.code_for(alice)
    run("backup", copy)
    User.objects.all().delete()

    printed = run("restore", copy, "--replace")

    assert "Signed out: 1 people. Ended: 3 sessions, 1 access token" in printed
    assert browser.get("/account/").status_code == 302
    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert error_in(app.redeem(code)) == (400, "invalid_grant")
    form = {"login": "alice@example.com", "password": PASSWORD}
    assert browser.post("/accounts/login/", form).status_code == 302
    assert browser.get("/account/").status_code == 200
    assert app.tokens_for(alice)["access_token"]


def test_what_was_used_before_the_backup_is_still_used(
    copy: Path, app: App, alice: User, settings: Any
) -> None:
    settings.REFRESH_RETRY_WINDOW = timedelta(0)
    code = app.code_for(alice)
    first = app.redeem(code).json()
    second = app.refresh(first["refresh_token"]).json()
    run("backup", copy)
    assert app.refresh(second["refresh_token"]).status_code == 200

    printed = run("restore", copy, "--replace", "--keep-tokens")

    assert "what was revoked or used since works again" in printed
    assert me(second["access_token"]).status_code == 200
    assert app.refresh(second["refresh_token"]).status_code == 200, "of this nothing is known"
    assert error_in(app.refresh(first["refresh_token"])) == (400, "invalid_grant")
    assert error_in(app.redeem(code)) == (400, "invalid_grant")


def test_a_restore_keeps_what_was_there_and_names_what_it_undoes(
    site: Path, copy: Path, alice: User
) -> None:
    browser = Browser()
    run("backup", copy)
    browser.force_login(alice)
    new = {"oldpassword": PASSWORD, "password1": "another battery", "password2": "another battery"}
    assert browser.post("/accounts/password/change/", new).status_code == 302

    printed = run("restore", copy, "--replace")

    assert "1 undone: Password changed" in printed
    (kept,) = site.parent.glob("latchkey.sqlite3.before-*")
    assert str(kept) in printed
    passwords = []
    for path in (site, kept):
        with closing(sqlite3.connect(path)) as database:
            passwords += database.execute("SELECT password FROM accounts_user").fetchone()
    assert passwords[0] == alice.password != passwords[1]
    assert stat.S_IMODE(site.stat().st_mode) == 0o600
    assert not [each for each in site.parent.iterdir() if each.name.startswith(".")]


def test_a_restore_makes_the_database_where_there_is_none(
    site: Path, copy: Path, alice: User
) -> None:
    run("backup", copy)
    connection.close()
    site.unlink()
    printed = run("restore", copy)
    assert "kept" not in printed
    assert emails(site) == ["alice@example.com"]


def test_a_database_with_nobody_in_it_is_replaced_unasked(
    site: Path, copy: Path, alice: User
) -> None:
    run("backup", copy)
    User.objects.all().delete()
    run("restore", copy)
    assert emails(site) == ["alice@example.com"]


def test_people_are_not_replaced_unasked(site: Path, copy: Path, alice: User) -> None:
    run("backup", copy)
    User.objects.update(email="bob@example.com")
    assert "--replace" in refused("restore", copy)
    assert emails(site) == ["bob@example.com"]


def test_a_database_in_use_is_left_alone(site: Path, copy: Path, alice: User) -> None:
    run("backup", copy)
    with closing(sqlite3.connect(site)) as server:
        server.execute("SELECT 1 FROM accounts_user").fetchall()  # and it is idle now
        assert "is in use. Stop the site" in refused("restore", copy, "--replace")
    assert [each.name for each in site.parent.glob("*before*")] == []
    run("restore", copy, "--replace")


def test_a_damaged_database_can_be_replaced(site: Path, copy: Path, alice: User) -> None:
    run("backup", copy)
    connection.close()
    site.write_bytes(b"the disk wrote nonsense")
    assert "--replace" in refused("restore", copy)
    printed = run("restore", copy, "--replace")
    assert "cannot be read" in printed
    assert emails(site) == ["alice@example.com"]
    (kept,) = site.parent.glob("*.before-*")
    assert kept.read_bytes() == b"the disk wrote nonsense"


def test_a_file_that_is_no_backup_is_refused(site: Path, copy: Path, alice: User) -> None:
    assert "cannot be read as a database" in refused("restore", copy, "--replace")
    copy.write_bytes(b"a letter" * 1_000)
    assert "cannot be read as a database" in refused("restore", copy, "--replace")
    copy.unlink()
    with closing(sqlite3.connect(copy)) as other:
        other.execute("CREATE TABLE recipe (name)")
    assert "is no backup of this site" in refused("restore", copy, "--replace")
    assert "is the database itself" in refused("restore", site, "--replace")
    assert emails(site) == ["alice@example.com"]


def test_a_database_that_somebody_writes_to_is_no_backup(copy: Path, alice: User) -> None:
    run("backup", copy)
    with closing(sqlite3.connect(copy)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE accounts_user SET email = 'bob@example.com'")
        other.commit()
        assert "is a database in use" in refused("restore", copy, "--replace")


def test_a_damaged_backup_is_refused(copy: Path, alice: User) -> None:
    run("backup", copy)
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    assert str(copy) in refused("restore", copy, "--replace")


def test_a_backup_of_a_newer_version_is_refused(site: Path, copy: Path, alice: User) -> None:
    run("backup", copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as newer:
        newer.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('accounts', '9999_of_next_year', '2030-01-01')"
        )
    assert "accounts.9999_of_next_year" in refused("restore", copy, "--replace")
    assert emails(site) == ["alice@example.com"]


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    site: Path, copy: Path, alice: User, settings: Any
) -> None:
    run("backup", copy)
    settings.MIGRATION_MODULES = {
        **settings.MIGRATION_MODULES,
        "api": "tests.accounts.management.later",
    }
    run("restore", copy, "--replace")
    with closing(sqlite3.connect(site)) as database:
        assert database.execute("SELECT * FROM later").fetchall() == []


def test_a_backup_beside_other_keys_is_refused(
    site: Path, copy: Path, alice: User, settings: Any
) -> None:
    run("backup", copy)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "ENCRYPTION_KEYS lacks the key" in refused("restore", copy, "--replace")
    assert [each.name for each in site.parent.glob("*before*")] == []


def test_a_letter_that_waited_is_not_sent_again(copy: Path, alice: User, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    deliver.enqueue("sealed")
    run("backup", copy)
    assert DBTaskResult.objects.count() == 1
    run("restore", copy, "--replace")
    assert not DBTaskResult.objects.exists()
