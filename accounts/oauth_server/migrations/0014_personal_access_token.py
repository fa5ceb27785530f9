"""The name of personal access tokens in Django admin. Nothing changes in the database."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0013_labels_in_admin'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='personaltoken',
            options={'verbose_name': 'personal access token'},
        ),
    ]
