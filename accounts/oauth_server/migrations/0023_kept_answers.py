"""Keep what was answered to a request with an Idempotency-Key."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.storage.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("oauth_server", "0022_nonces_of_any_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("request", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("answer", accounts.storage.sealed.SealedTextField()),
                ("expires", models.DateTimeField(db_index=True)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "kept answer"},
        ),
    ]
