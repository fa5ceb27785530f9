"""The labels and help of fields in Django admin. Nothing changes in the database."""

import accounts.models.event_kinds
import accounts.models.user
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_encryption_keys'),
    ]

    operations = [
        migrations.AlterField(
            model_name='securityevent',
            name='actor',
            field=models.CharField(choices=accounts.models.event_kinds.actor_choices, max_length=10, verbose_name='actor'),
        ),
        migrations.AlterField(
            model_name='securityevent',
            name='address',
            field=models.CharField(blank=True, max_length=45, verbose_name='IP address'),
        ),
        migrations.AlterField(
            model_name='securityevent',
            name='kind',
            field=models.CharField(choices=accounts.models.event_kinds.kind_choices, max_length=40, verbose_name='event'),
        ),
        migrations.AlterField(
            model_name='user',
            name='delete_after',
            field=models.DateTimeField(blank=True, editable=False, help_text='The person asked for this. Make the account active again to cancel it.', null=True, verbose_name='will be deleted'),
        ),
        migrations.AlterField(
            model_name='user',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Untick to disable the account. All sessions and tokens end at once.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='user',
            name='is_staff',
            field=models.BooleanField(default=False, help_text='Can sign in to Django admin.', verbose_name='admin'),
        ),
        migrations.AlterField(
            model_name='user',
            name='sub',
            field=models.CharField(default=accounts.models.user.new_subject, editable=False, help_text='The identifier that client apps know this person by. It never changes.', max_length=32, unique=True, verbose_name='subject'),
        ),
    ]
