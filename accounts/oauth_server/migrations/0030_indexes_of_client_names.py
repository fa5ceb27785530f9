"""Index clients by the words of their names, and by the orders of their list in Django admin,
beside traffic that goes on.

PostgreSQL's own text search knows how words begin, without an extension. Other databases have none
of it: accounts/storage/word_index.py.
"""

from django.db import migrations, models

_WORDS = "to_tsvector('simple'::regconfig, translate(name, '@.-_+''/\\', '        '))"
BY_WORDS = "client_by_words"
INDEXES = [
    models.Index(fields=["name"], name="client_by_name"),
    models.Index(fields=["created"], name="client_by_age"),
]


def make(apps, schema_editor):
    client = apps.get_model("oauth_server", "Client")
    how = beside_traffic(schema_editor)
    for index in INDEXES:
        # One that was not finished stays behind, and is read by nobody.
        drop(schema_editor, index.name, how)
        schema_editor.execute(index.create_sql(client, schema_editor, **how))
    if schema_editor.connection.vendor != "postgresql":
        return
    drop(schema_editor, BY_WORDS, how)
    concurrently = "CONCURRENTLY" if how else ""
    table = client._meta.db_table
    schema_editor.execute(f"CREATE INDEX {concurrently} {BY_WORDS} ON {table} USING gin ({_WORDS})")


def unmake(apps, schema_editor):
    for name in [BY_WORDS, *(index.name for index in INDEXES)]:
        drop(schema_editor, name, {})


def beside_traffic(schema_editor):
    connection = schema_editor.connection
    beside = connection.vendor == "postgresql" and not connection.in_atomic_block
    return {"concurrently": True} if beside else {}


def drop(schema_editor, name, how):
    schema_editor.execute(f"DROP INDEX {'CONCURRENTLY' if how else ''} IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("oauth_server", "0029_protected_resources")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, unmake)],
            state_operations=[
                migrations.AddIndex(model_name="client", index=index) for index in INDEXES
            ],
        ),
    ]
