"""A migration runs on a filled database while traffic does."""

import re
import threading

import psycopg
import pytest

from config.instance import answer
from tests.cluster.clients import Scene
from tests.cluster.load import Load, check, wait_for

ROWS = 100_000
APPS = ("accounts", "oauth_server")
UNDO = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.core.management import call_command
for app, name in {before}.items():
    call_command("migrate", app, name, verbosity=0)
"""
_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"


def database(scene: Scene) -> "psycopg.Connection[tuple[object, ...]]":
    url = scene.cluster.database.url.replace("postgres:", "postgresql:")
    return psycopg.connect(url, autocommit=True)


def fill(scene: Scene, table: str, **different: str) -> None:
    """Write ROWS rows more, like one that is there but for the columns that are `different`."""
    with database(scene) as connection:
        columns = [name for (name,) in connection.execute(_COLUMNS, [table]) if name != "id"]
        values = ", ".join(different.get(str(name), str(name)) for name in columns)
        connection.execute(
            f"INSERT INTO {table} ({', '.join(map(str, columns))}) "
            f"SELECT {values} FROM (SELECT * FROM {table} LIMIT 1) AS one, "
            f"generate_series(1, {ROWS})"
        )


def newest(scene: Scene, app: str) -> tuple[str, str]:
    """Return the names of the newest migration of an app and of the one before it."""
    with database(scene) as connection:
        found = connection.execute(
            "SELECT name FROM django_migrations WHERE app = %s ORDER BY name DESC LIMIT 2", [app]
        ).fetchall()
    return str(found[0][0]), str(found[1][0])


def waits_for_a_second(scene: Scene) -> list[str]:
    log = scene.cluster.database.logged()
    return re.findall(r".*still waiting for \w+(?:Exclusive|Share)\w*Lock on relation.*", log)


def test_the_newest_migrations_run_back_and_forth_beside_traffic(scene: Scene) -> None:
    """So the code works before and after each, as it must while nodes are exchanged."""
    scene.tokens(scene.first, scene.signed_in(scene.first))
    fill(scene, "accounts_securityevent")
    fill(
        scene,
        "oauth_server_accesstoken",
        token_checksum="md5(random()::text) || md5(random()::text)",
        token="gen_random_uuid()::text",
        family="gen_random_uuid()",
    )
    before = {app: newest(scene, app)[1] for app in APPS}
    node = scene.cluster.nodes[0].instance
    with Load(scene) as ledger:
        answer(node.start("-c", UNDO.format(before=before)))
        wait_for(ledger, 5)
        answer(node.start("-m", "config.prepare"))
        wait_for(ledger, 5)
    assert ledger.retried == []
    check(scene, ledger)
    assert waits_for_a_second(scene) == []


@pytest.mark.parametrize("seconds", [2.0])
def test_a_migration_that_gets_no_lock_steps_back_and_tries_again(
    scene: Scene, seconds: float
) -> None:
    with database(scene) as held, Load(scene) as ledger:
        with held.transaction():
            held.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            preparing = scene.cluster.nodes[0].instance.start("-m", "config.prepare")
            threading.Event().wait(seconds + 2)  # it starts within that
            assert preparing.poll() is None
        answer(preparing)
    assert ledger.retried == []
    assert waits_for_a_second(scene) == []
