"""Drop the columns of DOT's models that nothing here reads."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauth_server", "0010_waiting_logout_tokens")]

    operations = [
        migrations.RemoveField("accesstoken", "updated"),
        migrations.RemoveField("authorizationcode", "code_challenge_method"),
        migrations.RemoveField("authorizationcode", "updated"),
        migrations.RemoveField("client", "cimd_expires_at"),
        # With a default, so that there is something to put back where this is taken back.
        migrations.AlterField(
            "devicegrant", "client_id", models.CharField(db_index=True, default="", max_length=100)
        ),
        migrations.RemoveField("devicegrant", "client_id"),
        migrations.RemoveField("devicegrant", "last_checked"),
        migrations.RemoveField("refreshtoken", "updated"),
    ]
