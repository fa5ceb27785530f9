from django.db import migrations, models

import accounts.models.event_kinds
import accounts.models.security_event


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_addresses_that_count")]

    operations = [
        # Empty until the next migration has read the text of the event.
        migrations.AddField(
            model_name="securityevent",
            name="actor",
            field=models.CharField(
                choices=accounts.models.event_kinds.actor_choices,
                default="",
                max_length=10,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="securityevent",
            name="details",
            field=models.JSONField(
                blank=True, default=dict, encoder=accounts.models.security_event.PlainJSON
            ),
        ),
    ]
