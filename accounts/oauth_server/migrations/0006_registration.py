import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauth_server", "0005_keys_and_subjects"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="is_verified",
            field=models.BooleanField(
                default=True,
                help_text="Somebody of this site knows whose app it is. Off: people are told that "
                "nobody does. An app that changes its own registration becomes unchecked.",
                verbose_name="checked",
            ),
        ),
        migrations.CreateModel(
            name="InitialAccessToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, help_text="Whom or what it is for.", max_length=100
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("ends_with", models.CharField(editable=False, max_length=4)),
                (
                    "uses_left",
                    models.PositiveIntegerField(
                        blank=True, default=1, help_text="Empty: any number of clients.", null=True
                    ),
                ),
                (
                    "expires",
                    models.DateTimeField(
                        blank=True, help_text="Empty: does not expire.", null=True
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("last_used", models.DateTimeField(editable=False, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("may_act_for_itself", models.BooleanField(default=False, editable=False)),
                ("told", models.JSONField(default=dict, editable=False)),
                (
                    "client",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registration",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
                (
                    "initial_access_token",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="registrations",
                        to="oauth_server.initialaccesstoken",
                    ),
                ),
            ],
        ),
    ]
