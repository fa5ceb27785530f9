"""Make room for what people bring along from another server: its identifier of them (up to 255
characters, OpenID Connect Core section 2) and its hash of their password.

On PostgreSQL a longer limit changes no row and reads none. SQLite holds no text to a length, and
Django would copy whole tables to say otherwise: there nothing is done.
"""

import accounts.models.user
from django.db import migrations, models

_WIDER = (("accounts_user", "sub", 255), ("accounts_user", "password", 512), ("accounts_securityevent", "sub", 255))


def widen(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, column, length in _WIDER:
        schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({length})")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0021_invitations'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(widen, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name='user',
                    name='password',
                    field=models.CharField(max_length=512),
                ),
                migrations.AlterField(
                    model_name='user',
                    name='sub',
                    field=models.CharField(default=accounts.models.user.new_subject, editable=False, help_text='The identifier that client apps know this person by. It never changes.', max_length=255, unique=True, verbose_name='subject'),
                ),
                migrations.AlterField(
                    model_name='securityevent',
                    name='sub',
                    field=models.CharField(blank=True, max_length=255, verbose_name='subject'),
                ),
            ],
        ),
    ]
