from django.db import migrations

NAME = 'tasks_running_or_failed'


def make(apps, schema_editor):
    """Index the few tasks that accounts/checks/figures.py counts, beside traffic that goes on."""
    table = apps.get_model('django_tasks_database', 'DBTaskResult')._meta.db_table
    beside = 'CONCURRENTLY' if schema_editor.connection.vendor == 'postgresql' else ''
    schema_editor.execute(
        f"CREATE INDEX {beside} IF NOT EXISTS {NAME} ON {table} (status, task_path) "
        "WHERE status IN ('RUNNING', 'FAILED')"
    )


def drop(apps, schema_editor):
    schema_editor.execute(f'DROP INDEX IF EXISTS {NAME}')


class Migration(migrations.Migration):

    atomic = False  # as PostgreSQL wants it of CONCURRENTLY
    dependencies = [
        ('accounts', '0017_cleanup_runs'),
        ('django_tasks_database', '0021_conditional_partial_index_ordering'),
    ]

    operations = [migrations.RunPython(make, drop, elidable=False)]
