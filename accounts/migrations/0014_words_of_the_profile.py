"""The words of two refusals, which Django keeps with their field. Nothing changes in the database."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_event_without_text'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='birthdate',
            field=models.CharField(blank=True, max_length=10, validators=[django.core.validators.RegexValidator('^(?:[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])|(?!0000)[0-9]{4})\\Z', 'Enter the date of birth as 1990-12-31, or only the year. To leave out the year, use 0000.')]),
        ),
        migrations.AlterField(
            model_name='user',
            name='phone_number',
            field=models.CharField(blank=True, max_length=32, validators=[django.core.validators.RegexValidator('^\\+[1-9][0-9]{5,14}(?:;ext=[0-9]{1,6})?\\Z', 'Enter the phone number with country code, digits only, such as +4930123456.')]),
        ),
    ]
