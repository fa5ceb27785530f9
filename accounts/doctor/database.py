"""Look whether the database answers, and is what the code of this version expects."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

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
    checked = _("It answers")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return topic.broken(
            checked,
            _("No answer (%(error)s).") % {"error": type(error).__name__},
            _("Start it, and compare DATABASE_URL with where it is and whom it lets in."),
        )
    version = ".".join(map(str, connection.get_database_version()))
    return topic.ok(checked, f"{connection.display_name} {version}.")


def examine() -> Iterator[Finding]:
    yield from _migrations()
    yield from _indexes()


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    checked = _("Migrations are applied")
    if waiting:
        words = ngettext(
            "%(number)s waits: %(names)s.", "%(number)s wait: %(names)s.", len(waiting)
        )
        found = words % _listed(f"{step.app_label}.{step.name}" for step, is_back in waiting)
        yield topic.broken(checked, found, _("Run manage.py migrate."))
    else:
        yield topic.ok(checked, _("None waits."))
    known = set(executor.loader.disk_migrations or ())
    applied = executor.loader.applied_migrations
    newer = sorted(key for key in applied if key[0] in _OURS and key not in known)
    checked = _("This code is as new as the database")
    if newer:
        words = ngettext(
            "%(number)s migration of a newer version is applied: %(names)s.",
            "%(number)s migrations of a newer version are applied: %(names)s.",
            len(newer),
        )
        found = words % _listed(".".join(key) for key in newer)
        remedy = _("Have every node run the newest version that ran here.")
        yield topic.warning(checked, found, remedy)
    else:
        yield topic.ok(checked, _("It knows every migration that is applied."))


def _indexes() -> Iterator[Finding]:
    checked = _("Indexes are there and whole")
    missing = sorted(_declared() - _there())
    invalid = _invalid()
    if missing:
        words = ngettext(
            "%(number)s is missing: %(names)s.", "%(number)s are missing: %(names)s.", len(missing)
        )
        remedy = _(
            "Make them again, beside traffic: manage.py sqlmigrate prints the statement of the "
            "migration that names one."
        )
        yield topic.warning(checked, words % _listed(missing), remedy)
    if invalid:
        words = ngettext(
            "%(number)s is not whole, and nothing is found by it: %(names)s.",
            "%(number)s are not whole, and nothing is found by them: %(names)s.",
            len(invalid),
        )
        again = _("Run in psql: REINDEX INDEX CONCURRENTLY %(index)s;") % {"index": invalid[0]}
        yield topic.warning(checked, words % _listed(invalid), again)
    if not missing and not invalid:
        yield topic.ok(checked, _("None is missing."))


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


def _listed(names: Iterable[str]) -> dict[str, Any]:
    """Return how many there are, and the names of the first."""
    listed = list(names)
    left_out = ["…"] if len(listed) > _SHOWN else []
    return {"number": len(listed), "names": ", ".join([*listed[:_SHOWN], *left_out])}
