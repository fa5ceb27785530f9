"""Index what admins filter security events by, in the order of time, beside traffic that goes on.

Two indexes are replaced by ones that begin with the same column.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

INDEXES = [
    models.Index(fields=["kind", "at", "outcome"], name="event_of_kind"),
    models.Index(fields=["client", "at"], name="event_of_client"),
    models.Index(fields=["at"], name="event_failed", condition=models.Q(outcome="failed")),
    models.Index(
        fields=["actor", "at"],
        name="event_of_actor",
        condition=models.Q(actor__in=("admin", "site", "unknown")),
    ),
]
FORMER = "event_by_kind"
OF_KEY = "accounts_securityevent_client_id_296f3803"  # as Django calls it


def make(apps, schema_editor):
    event = apps.get_model("accounts", "SecurityEvent")
    beside = is_beside_traffic(schema_editor)
    how = {"concurrently": True} if beside else {}
    former = [FORMER, *of_client(event, schema_editor)]
    for index in INDEXES:
        # One that was not finished stays behind, and is read by nobody.
        drop(schema_editor, index.name, beside=beside)
        schema_editor.execute(index.create_sql(event, schema_editor, **how))
    for name in former:
        drop(schema_editor, name, beside=beside)


def is_beside_traffic(schema_editor):
    connection = schema_editor.connection
    return connection.vendor == "postgresql" and not connection.in_atomic_block


def of_client(event, schema_editor):
    """Name the index that Django made of the foreign key."""
    return schema_editor._constraint_names(event, ["client_id"], index=True)


def unmake(apps, schema_editor):
    event = apps.get_model("accounts", "SecurityEvent")
    beside = is_beside_traffic(schema_editor)
    how = {"concurrently": True} if beside else {}
    former = models.Index(fields=["kind"], name=FORMER)
    drop(schema_editor, FORMER, beside=beside)
    schema_editor.execute(former.create_sql(event, schema_editor, **how))
    if not of_client(event, schema_editor):
        of_key = models.Index(fields=["client"], name=OF_KEY)
        schema_editor.execute(of_key.create_sql(event, schema_editor, **how))
    for index in INDEXES:
        drop(schema_editor, index.name, beside=beside)


def drop(schema_editor, name, *, beside):
    schema_editor.execute(f"DROP INDEX {'CONCURRENTLY' if beside else ''} IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0025_invitations_by_people"),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, unmake)],
            state_operations=[
                migrations.RemoveIndex(model_name="securityevent", name=FORMER),
                *(migrations.AddIndex(model_name="securityevent", index=each) for each in INDEXES),
                migrations.AlterField(
                    model_name="securityevent",
                    name="client",
                    field=models.ForeignKey(
                        blank=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="security_events",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
        ),
    ]
