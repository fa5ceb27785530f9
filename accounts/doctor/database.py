"""Look whether the database answers, and is what the code of this version expects."""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from accounts.doctor.findings import Finding, Topic

topic = Topic("database")

_OURS = {"accounts", "oauth_server"}
_SHOWN = 5  # names

_INVALID = """
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE NOT indisvalid AND indrelid::regclass::text NOT LIKE 'pg_%'
"""
_NAMES = {
    "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
}


def answers() -> Finding:
    """Look whether it is there: the others would each wait for it."""
    checked = "It answers"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return topic.broken(
            checked,
            f"No answer ({type(error).__name__}).",
            "Start it, and compare DATABASE_URL with where it is and whom it lets in.",
        )
    version = ".".join(map(str, connection.get_database_version()))
    return topic.ok(checked, f"{connection.display_name} {version}.")


def examine() -> Iterator[Finding]:
    yield from _migrations()
    yield from _indexes()


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    checked = "Migrations are applied"
    if waiting:
        names = _listed(f"{step.app_label}.{step.name}" for step, _ in waiting)
        yield topic.broken(checked, f"{len(waiting)} wait: {names}.", "Run manage.py migrate.")
    else:
        yield topic.ok(checked, "None waits.")
    known = set(executor.loader.disk_migrations or ())
    applied = executor.loader.applied_migrations
    newer = sorted(key for key in applied if key[0] in _OURS and key not in known)
    checked = "This code is as new as the database"
    if newer:
        names = _listed(".".join(key) for key in newer)
        yield topic.warning(
            checked,
            f"{len(newer)} migrations of a newer version are applied: {names}.",
            "Have every node run the newest version that ran here.",
        )
    else:
        yield topic.ok(checked, "It knows every migration that is applied.")


def _indexes() -> Iterator[Finding]:
    checked = "Indexes are there and whole"
    missing = sorted(_declared() - _there())
    invalid = _invalid()
    if missing:
        yield topic.warning(
            checked,
            f"{len(missing)} are missing: {_listed(missing)}.",
            "Make them again, beside traffic: manage.py sqlmigrate prints the statement of the "
            "migration that names one.",
        )
    if invalid:
        yield topic.warning(
            checked,
            f"{len(invalid)} are not whole, and nothing is found by them: {_listed(invalid)}.",
            f"Run in psql: REINDEX INDEX CONCURRENTLY {invalid[0]};",
        )
    if not missing and not invalid:
        yield topic.ok(checked, "None is missing.")


def _declared() -> set[str]:
    """Return the names of the indexes that the models of this site declare."""
    models = (model for label in _OURS for model in apps.get_app_config(label).get_models())
    return {index.name for model in models for index in model._meta.indexes}


def _there() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES[connection.vendor])
        return {name for (name,) in cursor}


def _invalid() -> list[str]:
    """Return the indexes whose making was broken off (CREATE INDEX CONCURRENTLY leaves those)."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_INVALID)
        return sorted(name for (name,) in cursor)


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    rest = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
