"""Keep a nonce however long it is: OpenID Connect Core bounds none.

PostgreSQL changes the type without looking at a row.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauth_server", "0021_logos_of_clients")]

    operations = [
        migrations.AlterField(
            "authorizationcode", "nonce", models.TextField(blank=True, default="")
        ),
    ]
