# A column with a constant for a default: there in a moment.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0027_proofs_of_possession'),
    ]

    operations = [
        migrations.AddField(
            model_name='client',
            name='profile',
            field=models.CharField(blank=True, choices=[('', 'None: what OAuth 2.1 asks for'), ('fapi2', 'FAPI 2.0 Security Profile: pushed requests, its own key, tokens bound to a key'), ('fapi2-message-signing', 'FAPI 2.0 Message Signing: the same, with signed requests and answers')], db_default='', default='', max_length=24),
        ),
    ]
