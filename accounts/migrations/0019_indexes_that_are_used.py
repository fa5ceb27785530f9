"""Drop indexes that no query reads, without a lock that traffic would wait for.

On PostgreSQL Django used to make a twin of each index on text, for `LIKE 'beginning%'`: as large as
the index itself, and written as often. They go from the tables of all apps. So do an index that
another one begins with, and that of sessions' `sid`, which is looked up among those of a person.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_TWINS = """
    SELECT DISTINCT name.relname
    FROM pg_index AS index
    JOIN pg_class AS name ON name.oid = index.indexrelid
    JOIN pg_opclass AS kind ON kind.oid = index.indclass[0]
    WHERE name.relnamespace = current_schema()::regnamespace
      AND name.relname LIKE '%\\_like' AND kind.opcname IN ('varchar_pattern_ops', 'text_pattern_ops')
"""


def drop(schema_editor, name):
    connection = schema_editor.connection
    beside_traffic = connection.vendor == "postgresql" and not connection.in_atomic_block
    quoted = connection.ops.quote_name(name)
    schema_editor.execute(f"DROP INDEX {'CONCURRENTLY' if beside_traffic else ''} IF EXISTS {quoted}")


def drop_twins(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_TWINS)
        twins = [name for (name,) in cursor.fetchall()]
    for name in twins:
        drop(schema_editor, name)


def without_index(table, column, name):
    def forwards(apps, schema_editor):
        drop(schema_editor, name)

    def backwards(apps, schema_editor):
        schema_editor.execute(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" ("{column}")')

    return migrations.RunPython(forwards, backwards)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0018_index_of_open_tasks")]

    operations = [
        migrations.RunPython(drop_twins, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                without_index(
                    "accounts_knowndevice", "user_id", "accounts_knowndevice_user_id_3bdfdf5e"
                ),
                without_index("accounts_session", "sid", "accounts_session_sid_15ef5f43"),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="knowndevice",
                    name="user",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="known_devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="session",
                    name="sid",
                    field=models.CharField(editable=False, max_length=32),
                ),
            ],
        ),
    ]
