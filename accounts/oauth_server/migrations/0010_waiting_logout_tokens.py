"""Tasks wait under the name of their function, which has moved: back_channel is in logout/ now."""

from typing import Any

from django.db import migrations

BEFORE = "accounts.oauth_server.back_channel.tell"
NOW = "accounts.oauth_server.logout.back_channel.tell"


def rename(apps: Any, before: str, after: str) -> None:
    tasks = apps.get_model("django_tasks_database", "DBTaskResult").objects
    tasks.filter(task_path=before).update(task_path=after)


def forwards(apps: Any, schema_editor: Any) -> None:
    rename(apps, BEFORE, NOW)


def backwards(apps: Any, schema_editor: Any) -> None:
    rename(apps, NOW, BEFORE)


class Migration(migrations.Migration):
    dependencies = [
        ("oauth_server", "0009_where_apps_were_used"),
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
