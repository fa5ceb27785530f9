"""Give each person a user name that nobody else has.

The column comes empty, its index is built beside traffic, and names are written in short batches,
in the order of the accounts: who was here first keeps theirs, and of two that look alike the later
one gets a number. Run again, it goes on where it was.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models, transaction

from accounts.text import user_names

_INDEX = "user_name_is_unique"
_BATCH = 500


def name_people(apps, schema_editor):
    people = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    # Names that are there come first, so that no proposal takes one away.
    for rows in (people.exclude(preferred_username=""), people.all()):
        last = 0
        while batch := list(rows.filter(username_key=None, pk__gt=last).order_by("pk")[:_BATCH]):
            last = batch[-1].pk
            with transaction.atomic(using=schema_editor.connection.alias):
                for person in batch:
                    _name(people, person)


def _name(people, person):
    wished = person.preferred_username
    limits = {"at_least": settings.USER_NAME_MIN_LENGTH, "at_most": settings.USER_NAME_MAX_LENGTH}
    proposed = list(user_names.proposals([wished, person.name, person.email], **limits))
    reserved = set(map(user_names.key, settings.USER_NAMES_RESERVED))
    free = [name for name in proposed if user_names.key(name) not in reserved]
    names = [wished, *free] if wished else free
    keys = {name: user_names.key(name) for name in names}
    taken = set(
        people.filter(username_key__in=keys.values()).values_list("username_key", flat=True)
    )
    name = next((each for each in names if keys[each] and keys[each] not in taken), None)
    if name is not None:
        people.filter(pk=person.pk).update(preferred_username=name, username_key=keys[name])


def index(schema_editor, how):
    connection = schema_editor.connection
    beside_traffic = connection.vendor == "postgresql" and not connection.in_atomic_block
    schema_editor.execute(how.format("CONCURRENTLY" if beside_traffic else ""))


def make_index(apps, schema_editor):
    index(schema_editor, f'DROP INDEX {{}} IF EXISTS "{_INDEX}"')  # what an interrupted one left
    index(schema_editor, f'CREATE UNIQUE INDEX {{}} "{_INDEX}" ON "accounts_user" ("username_key")')


def drop_index(apps, schema_editor):
    index(schema_editor, f'DROP INDEX {{}} IF EXISTS "{_INDEX}"')


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0022_people_of_other_servers")]

    operations = [
        migrations.CreateModel(
            name="ReleasedName",
            fields=[
                (
                    "digest",
                    models.CharField(
                        editable=False, max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("released_at", models.DateTimeField(db_index=True, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "user", "username_changed_at", models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddField(
            "user", "username_key", models.CharField(editable=False, max_length=150, null=True)
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_index, drop_index)],
            state_operations=[
                migrations.AddConstraint(
                    "user",
                    models.UniqueConstraint(
                        fields=["username_key"], name="user_name_is_unique"
                    ),
                )
            ],
        ),
        migrations.RunPython(name_people, migrations.RunPython.noop),
    ]
