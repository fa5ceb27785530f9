from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_standard_claims")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="user_agent",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="session",
            name="address",
            field=models.CharField(blank=True, editable=False, max_length=45),
        ),
        migrations.AddField(
            model_name="session",
            name="last_seen",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
