"""Index what admins search security events by, beside traffic that goes on."""

from django.db import migrations, models

INDEXES = [
    models.Index(fields=["request_id"], name="event_by_request"),
    models.Index(fields=["address"], name="event_by_address"),
    models.Index(fields=["kind"], name="event_by_kind"),
    models.Index(
        fields=["sub"], name="event_by_gone_person", condition=models.Q(user__isnull=True)
    ),
    models.Index(
        fields=["client_public_id"],
        name="event_by_gone_client",
        condition=models.Q(client__isnull=True),
    ),
]


def make(apps, schema_editor):
    event = apps.get_model("accounts", "SecurityEvent")
    connection = schema_editor.connection
    beside = connection.vendor == "postgresql" and not connection.in_atomic_block
    how = {"concurrently": True} if beside else {}
    for index in INDEXES:
        # One that was not finished stays behind, and is read by nobody.
        drop(schema_editor, index.name, beside=beside)
        schema_editor.execute(index.create_sql(event, schema_editor, **how))


def unmake(apps, schema_editor):
    for index in INDEXES:
        drop(schema_editor, index.name, beside=False)


def drop(schema_editor, name, *, beside):
    schema_editor.execute(f"DROP INDEX {'CONCURRENTLY' if beside else ''} IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0023_user_names")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, unmake)],
            state_operations=[
                migrations.AddIndex(model_name="securityevent", index=index) for index in INDEXES
            ],
        ),
    ]
