
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_known_device"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="delete_after",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="They asked for it. Make the account active again to keep it.",
                null=True,
                verbose_name="will be deleted",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("delete_after__isnull", False)),
                fields=["delete_after"],
                name="who_will_be_deleted",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("delete_after", None), ("is_active", False), _connector="OR"),
                name="who_will_be_deleted_is_inactive",
            ),
        ),
    ]
