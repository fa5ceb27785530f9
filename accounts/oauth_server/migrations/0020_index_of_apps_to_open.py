# Of a table of client apps, which is small: it is there in a moment.

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('oauth_server', '0019_claims_about_groups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('is_active', True), ('is_verified', True), models.Q(('initiate_login_uri', ''), ('website', ''), _negated=True)), fields=['name', 'id'], name='which_apps_can_be_opened'),
        ),
    ]
