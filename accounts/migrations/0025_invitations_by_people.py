"""Tell invitations by people from those of admins, each with one that waits for an address.

The indexes are built beside traffic. A node of the version before inserts invitations of admins.
"""

from django.db import migrations, models
from django.utils import timezone

_WAITS = '"used_at" IS NULL AND "withdrawn_at" IS NULL'
_BEFORE = ("one_waiting_invitation_for_an_address", '"email"', _WAITS)
_OF_ADMINS = (
    "one_waiting_invitation_of_admins", '"email"', f'{_WAITS} AND NOT "is_by_person"',
)
_OF_A_PERSON = (
    "one_waiting_invitation_of_a_person", '"made_by_id", "email"', f'{_WAITS} AND "is_by_person"',
)


def index(schema_editor, how):
    connection = schema_editor.connection
    beside_traffic = connection.vendor == "postgresql" and not connection.in_atomic_block
    schema_editor.execute(how.format("CONCURRENTLY" if beside_traffic else ""))


def make(schema_editor, name, columns, condition):
    drop(schema_editor, name)  # what an interrupted one left
    on = f'"accounts_invitation" ({columns}) WHERE {condition}'
    index(schema_editor, f'CREATE UNIQUE INDEX {{}} "{name}" ON {on}')


def drop(schema_editor, name):
    index(schema_editor, f'DROP INDEX {{}} IF EXISTS "{name}"')


def forwards(apps, schema_editor):
    make(schema_editor, *_OF_ADMINS)
    make(schema_editor, *_OF_A_PERSON)
    drop(schema_editor, _BEFORE[0])


def backwards(apps, schema_editor):
    invitations = apps.get_model("accounts", "Invitation").objects
    waiting = invitations.filter(is_by_person=True, used_at=None, withdrawn_at=None)
    waiting.update(withdrawn_at=timezone.now())  # the version before knows admins' alone
    make(schema_editor, *_BEFORE)
    drop(schema_editor, _OF_ADMINS[0])
    drop(schema_editor, _OF_A_PERSON[0])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0024_indexes_of_searches")]

    operations = [
        migrations.AddField(
            "invitation",
            "is_by_person",
            models.BooleanField(
                "by a person",
                db_default=False,
                default=False,
                editable=False,
                help_text="Made on the pages of an account, and not in Django admin.",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[
                migrations.RemoveConstraint("invitation", _BEFORE[0]),
                migrations.AddConstraint(
                    "invitation",
                    models.UniqueConstraint(
                        fields=["email"],
                        condition=models.Q(used_at=None, withdrawn_at=None, is_by_person=False),
                        name=_OF_ADMINS[0],
                    ),
                ),
                migrations.AddConstraint(
                    "invitation",
                    models.UniqueConstraint(
                        fields=["made_by", "email"],
                        condition=models.Q(used_at=None, withdrawn_at=None, is_by_person=True),
                        name=_OF_A_PERSON[0],
                    ),
                ),
            ],
        ),
    ]
