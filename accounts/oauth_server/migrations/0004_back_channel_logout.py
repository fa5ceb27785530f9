from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0003_private_use_schemes'),
    ]

    operations = [
        migrations.AddField(
            model_name='client',
            name='backchannel_logout_session_required',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='client',
            name='backchannel_logout_uri',
            field=models.CharField(blank=True, max_length=500),
        ),
    ]
