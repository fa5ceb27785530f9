"""Remember of an exchanged access token the clients that it came through.

A column with a constant for default, there in a moment. Tokens that were exchanged before end with
their hour at most.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0035_what_a_client_is'),
    ]

    operations = [
        migrations.AddField(
            model_name='accesstoken',
            name='via',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
    ]
