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
# The newest migration of each app that makes and drops indexes and nothing else, taken back or done
# again by itself. One that makes columns or tables cannot be: the code that serves needs them.
RUN = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.db import connection
from django.db.migrations import AddIndex, AlterField, RemoveIndex, SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader

def is_of_indexes(key, operation):
    if isinstance(operation, SeparateDatabaseAndState):
        return all(is_of_indexes(key, each) for each in operation.state_operations)
    if isinstance(operation, AlterField):
        former, new = (column(key, operation, at_end) for at_end in (False, True))
        return former == new
    return isinstance(operation, (AddIndex, RemoveIndex))

def column(key, operation, at_end):
    apps = loader.project_state(key, at_end=at_end).apps
    field = apps.get_model(key[0], operation.model_name)._meta.get_field(operation.name)
    return field.db_parameters(connection), field.null, field.unique

loader = MigrationLoader(connection)
for app in {apps}:
    newest_first = sorted((key for key in loader.disk_migrations if key[0] == app), reverse=True)
    key = next(key for key in newest_first
               if all(is_of_indexes(key, each) for each in loader.get_migration(*key).operations))
    migration, before = loader.get_migration(*key), loader.project_state(key, at_end=False)
    with connection.schema_editor(atomic=migration.atomic) as editor:
        migration.{direction}(before, editor)
    print(*key)
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


def indexes(scene: Scene) -> set[str]:
    with database(scene) as connection:
        return {str(name) for (name,) in connection.execute("SELECT indexname FROM pg_indexes")}


def waits_for_a_second(scene: Scene) -> list[str]:
    log = scene.cluster.database.logged()
    return re.findall(r".*still waiting for \w+(?:Exclusive|Share)\w*Lock on relation.*", log)


def test_the_newest_indexes_are_dropped_and_made_beside_traffic(scene: Scene) -> None:
    """So the code works without and with each, as it must while nodes are exchanged."""
    scene.tokens(scene.first, scene.signed_in(scene.first))
    fill(scene, "accounts_securityevent")
    fill(
        scene,
        "oauth_server_accesstoken",
        token_checksum="md5(random()::text) || md5(random()::text)",
        token="gen_random_uuid()::text",
        family="gen_random_uuid()",
    )
    before, node = indexes(scene), scene.cluster.nodes[0].instance
    with Load(scene) as ledger:
        undone = answer(node.start("-c", RUN.format(apps=APPS, direction="unapply")))
        assert len(undone.splitlines()) == len(APPS), undone
        assert indexes(scene) != before
        wait_for(ledger, 5)
        answer(node.start("-c", RUN.format(apps=APPS, direction="apply")))
        assert indexes(scene) == before
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
