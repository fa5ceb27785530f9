"""What an admin chooses for a client: claims in the ID token, and what becomes of scopes that it may
not have. Those that registered themselves go on without them.

Both columns have a default of the database, so that a node of before can still register clients.
"""

from django.db import migrations, models


def be_forgiving(apps, schema_editor):
    clients = apps.get_model("oauth_server", "Client").objects.using(schema_editor.connection.alias)
    clients.filter(registration_source="dcr").update(leaves_out_scopes=True)


class Migration(migrations.Migration):
    dependencies = [("oauth_server", "0015_indexes_that_are_used")]

    operations = [
        migrations.AddField(
            "client",
            "claims_in_id_token",
            models.BooleanField(
                "claims in the ID token",
                db_default=False,
                default=False,
                help_text="Put the claims of the scopes that people allow (such as email, email_verified, name and preferred_username) into the ID token too, also into the refreshed one. For apps that never ask UserInfo, such as Kubernetes, Vault, Moodle and BookStack.",
            ),
        ),
        migrations.AddField(
            "client",
            "leaves_out_scopes",
            models.BooleanField(
                "leave out scopes that the app may not have",
                db_default=False,
                default=False,
                help_text="If the app asks for a scope of this site that is not among its scopes, go on without it and tell the app which ones it got. Otherwise its request is refused, which names the scope. Scopes that this site does not know are always ignored.",
            ),
        ),
        migrations.RunPython(be_forgiving, migrations.RunPython.noop),
    ]
