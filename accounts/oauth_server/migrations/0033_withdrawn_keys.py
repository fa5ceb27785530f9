"""Know stolen keys from those that were replaced in time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauth_server", "0032_client_documents")]

    operations = [
        migrations.AddField(
            model_name="signingkey",
            name="is_withdrawn",
            field=models.BooleanField(db_default=False, default=False, verbose_name="is withdrawn"),
        ),
    ]
