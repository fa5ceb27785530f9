"""Index people by the words of their names and addresses, and lists of them that admins look at,
beside traffic that goes on.

PostgreSQL's own text search knows how words begin, without an extension. Other databases have none
of it: accounts/storage/word_index.py.
"""

from django.db import migrations, models

_WORDS = "to_tsvector('simple'::regconfig, translate({}, '@.-_+''/\\', '        '))"
WORDS = {
    "person_by_words": ("accounts_user", _WORDS.format("name || ' ' || email")),
    "address_by_words": ("account_emailaddress", _WORDS.format("email")),
}
INDEXES = [
    models.Index(fields=["date_joined"], name="person_by_joining"),
    models.Index(
        fields=["email"], name="person_who_is_inactive", condition=models.Q(is_active=False)
    ),
    models.Index(fields=["email"], name="person_who_is_staff", condition=models.Q(is_staff=True)),
]


def make(apps, schema_editor):
    person = apps.get_model("accounts", "User")
    beside = is_beside_traffic(schema_editor)
    how = {"concurrently": True} if beside else {}
    for index in INDEXES:
        # One that was not finished stays behind, and is read by nobody.
        drop(schema_editor, index.name, beside=beside)
        schema_editor.execute(index.create_sql(person, schema_editor, **how))
    if schema_editor.connection.vendor != "postgresql":
        return
    concurrently = "CONCURRENTLY" if beside else ""
    for name, (table, words) in WORDS.items():
        drop(schema_editor, name, beside=beside)
        schema_editor.execute(f"CREATE INDEX {concurrently} {name} ON {table} USING gin ({words})")


def is_beside_traffic(schema_editor):
    connection = schema_editor.connection
    return connection.vendor == "postgresql" and not connection.in_atomic_block


def unmake(apps, schema_editor):
    for name in [*WORDS, *(index.name for index in INDEXES)]:
        drop(schema_editor, name, beside=False)


def drop(schema_editor, name, *, beside):
    schema_editor.execute(f"DROP INDEX {'CONCURRENTLY' if beside else ''} IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0028_roles"),
        ("account", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, unmake)],
            state_operations=[
                migrations.AddIndex(model_name="user", index=index) for index in INDEXES
            ],
        ),
    ]
