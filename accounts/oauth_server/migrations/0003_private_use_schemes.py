from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauth_server", "0002_device_grant")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="private_use_schemes",
            field=models.BooleanField(default=False),
        ),
    ]
