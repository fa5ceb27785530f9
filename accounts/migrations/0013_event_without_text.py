from django.db import migrations, models

import accounts.models.event_kinds


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_event_texts_as_details")]

    operations = [
        migrations.RemoveField(model_name="securityevent", name="why"),
        migrations.AlterField(
            model_name="securityevent",
            name="actor",
            field=models.CharField(
                choices=accounts.models.event_kinds.actor_choices,
                max_length=10,
                verbose_name="by",
            ),
        ),
    ]
