"""Drop indexes that no query reads, without a lock that traffic would wait for.

Those that another index begins with, and those of `sid` where it is looked up within one
authorization. Used assertions get the one that cleanup reads in place of one that nothing did.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def without_index(table, column, name):
    def forwards(apps, schema_editor):
        connection = schema_editor.connection
        beside_traffic = connection.vendor == "postgresql" and not connection.in_atomic_block
        how = "CONCURRENTLY" if beside_traffic else ""
        schema_editor.execute(f'DROP INDEX {how} IF EXISTS "{name}"')

    def backwards(apps, schema_editor):
        schema_editor.execute(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" ("{column}")')

    return migrations.RunPython(forwards, backwards)


def of_person(model, related_name):
    return migrations.AlterField(
        model_name=model,
        name="user",
        field=models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.CASCADE,
            related_name=related_name,
            to=settings.AUTH_USER_MODEL,
        ),
    )


def of_session(model):
    return migrations.AlterField(
        model_name=model,
        name="sid",
        field=models.CharField(blank=True, editable=False, max_length=32),
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("oauth_server", "0014_personal_access_token"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                without_index(f"oauth_server_{table}", column, f"oauth_server_{table}_{name}")
                for table, column, name in [
                    ("authorization", "user_id", "user_id_629130f0"),
                    ("pairwisesubject", "user_id", "user_id_c2a78995"),
                    ("personaltoken", "user_id", "user_id_47a2d51c"),
                    ("usedassertion", "client_id", "client_id_74feacfe"),
                    ("authorizationcode", "sid", "sid_01e5873e"),
                    ("devicegrant", "sid", "sid_41ade702"),
                ]
            ],
            state_operations=[
                of_person("authorization", "authorizations"),
                of_person("pairwisesubject", "+"),
                of_person("personaltoken", "personal_tokens"),
                of_session("authorizationcode"),
                of_session("devicegrant"),
                migrations.AlterField(
                    model_name="usedassertion",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="usedassertion",
            index=models.Index(fields=["expires"], name="oauth_serve_expires_8799d3_idx"),
        ),
        migrations.RemoveIndex(
            model_name="usedassertion", name="oauth_serve_client__fc6195_idx"
        ),
    ]
