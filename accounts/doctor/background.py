"""Look whether what is done in the background is done: tasks, and the cleanup."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.checks import figures
from accounts.doctor.findings import Finding, Topic
from accounts.models import CleanupRun

tasks = Topic("tasks")
cleanup = Topic("cleanup")

_WAITS_TOO_LONG = timedelta(minutes=5)
_TOO_LONG_AGO = timedelta(days=2)
_DAILY = _(
    "Run manage.py cleartokens every day: latchkey-cleanup.timer of deploy/systemd, or cron."
)


def examine() -> Iterator[Finding]:
    yield _worker()
    yield _failed()
    yield _cleaned()


def _worker() -> Finding:
    checked = _("A worker performs what waits")
    now = timezone.now()
    due = figures.due(now)
    waiting, since = sum(row[1] for row in due), min((row[2] for row in due), default=now)
    if now - since > _WAITS_TOO_LONG:
        words = ngettext(
            "%(number)s waits; it was due %(when)s.",
            "%(number)s wait; the first was due %(when)s.",
            waiting,
        )
        return tasks.broken(
            checked,
            words % {"number": waiting, "when": _ago(since, now)},
            _("Start manage.py db_worker, and see its log.")
            if settings.TASKS_BACKEND == "database"
            else _("They were left as TASKS_BACKEND became inline: manage.py db_worker --batch."),
        )
    if settings.TASKS_BACKEND != "database":
        return tasks.skipped(checked, _("TASKS_BACKEND is inline: nothing waits for a worker."))
    words = ngettext("%(number)s waits, not for long.", "%(number)s wait, none for long.", waiting)
    return tasks.ok(checked, words % {"number": waiting})


def _failed() -> Finding:
    checked = _("Tasks end well")
    failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED)
    number, last = failed.count(), failed.aggregate(last=Max("finished_at"))["last"]
    if number:
        words = ngettext(
            "%(number)s failed in the last 14 days, %(when)s.",
            "%(number)s failed in the last 14 days, the last one %(when)s.",
            number,
        )
        return tasks.warning(
            checked,
            words % {"number": number, "when": _ago(last, timezone.now())},
            _("Look at them in Django admin, and at the log of manage.py db_worker."),
        )
    return tasks.ok(checked, _("None failed in the last 14 days."))


def _cleaned() -> Finding:
    checked = _("Its last run")
    now = timezone.now()
    last = CleanupRun.objects.aggregate(last=Max("finished"))["last"]
    if last is None:
        return cleanup.warning(checked, _("It has never run."), _DAILY)
    found = _("It ran %(when)s.") % {"when": _ago(last, now)}
    if now - last > _TOO_LONG_AGO:
        return cleanup.warning(checked, found, _DAILY)
    return cleanup.ok(checked, found)


def _ago(then: datetime | None, now: datetime) -> str:
    """Return how long ago that was, in its largest unit."""
    minutes = int((now - (then or now)).total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if days >= 2:
        return ngettext("%(number)s day ago", "%(number)s days ago", days) % {"number": days}
    if hours >= 2:
        return ngettext("%(number)s hour ago", "%(number)s hours ago", hours) % {"number": hours}
    return ngettext("%(number)s minute ago", "%(number)s minutes ago", minutes) % {
        "number": minutes
    }
