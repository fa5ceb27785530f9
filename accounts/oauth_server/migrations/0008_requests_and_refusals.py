from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauth_server", "0007_personal_token")]

    operations = [
        migrations.AddField(
            "authorization", "declined", models.TextField(blank=True, default="")
        ),
        migrations.AddField(
            "client", "required_scopes", models.TextField(blank=True, default="")
        ),
        migrations.AddField(
            "client",
            "pkce",
            models.CharField(
                choices=[
                    ("required", "It has to send a challenge (PKCE), as it should"),
                    (
                        "or-nonce",
                        "Without a challenge, it has to ask for an ID token and send a nonce",
                    ),
                    ("waived", "It may send neither"),
                ],
                default="required",
                max_length=8,
            ),
        ),
        migrations.AddField(
            "client", "default_max_age", models.PositiveIntegerField(blank=True, null=True)
        ),
        migrations.AddField("client", "require_auth_time", models.BooleanField(default=False)),
        migrations.AddField(
            "client", "initiate_login_uri", models.CharField(blank=True, max_length=500)
        ),
    ]
