"""Keep which scopes a person allowed at each resource.

A column with a constant for default, there in a moment. Whoever let an app use a resource before is
asked once more.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0037_what_was_vouched_for'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorization',
            name='resource_scopes',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, editable=False),
        ),
    ]
