"""Keep the resources that a third party vouched for apart from those that a person allowed.

A column with a constant for default, there in a moment.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0036_through_whom_a_token_came'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorization',
            name='vouched_resource',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list, editable=False),
        ),
    ]
