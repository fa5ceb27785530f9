"""Index authorizations by client in the order of the list in Django admin, beside traffic that goes
on. It takes the place of the index that the foreign key made."""

import django.db.models.deletion
from django.db import migrations, models

INDEX = models.Index(fields=["client", "id"], name="authorization_of_client")
OF_KEY = models.Index(fields=["client"], name="oauth_server_authorization_client_id")


def make(apps, schema_editor):
    model = apps.get_model("oauth_server", "Authorization")
    how = beside_traffic(schema_editor)
    former = schema_editor._constraint_names(model, ["client_id"], index=True)
    # One that was not finished stays behind, and is read by nobody.
    drop(schema_editor, INDEX.name, how)
    schema_editor.execute(INDEX.create_sql(model, schema_editor, **how))
    for name in former:
        drop(schema_editor, name, how)


def unmake(apps, schema_editor):
    model = apps.get_model("oauth_server", "Authorization")
    how = beside_traffic(schema_editor)
    drop(schema_editor, OF_KEY.name, how)
    schema_editor.execute(OF_KEY.create_sql(model, schema_editor, **how))
    drop(schema_editor, INDEX.name, how)


def beside_traffic(schema_editor):
    connection = schema_editor.connection
    beside = connection.vendor == "postgresql" and not connection.in_atomic_block
    return {"concurrently": True} if beside else {}


def drop(schema_editor, name, how):
    concurrently = "CONCURRENTLY" if how else ""
    schema_editor.execute(f'DROP INDEX {concurrently} IF EXISTS "{name}"')


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("oauth_server", "0024_recordings")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, unmake)],
            state_operations=[
                migrations.AlterField(
                    model_name="authorization",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="authorizations",
                        to="oauth_server.client",
                    ),
                ),
                migrations.AddIndex(model_name="authorization", index=INDEX),
            ],
        ),
    ]
