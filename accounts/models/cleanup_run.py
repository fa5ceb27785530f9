"""Remember when each chore of the cleanup was last done, and what it took: it runs in a process of
its own, on any node, and whoever watches the site wants to know."""

from datetime import datetime

from django.db import models
from django.db.models import F
from django.utils import timezone


class CleanupRunManager(models.Manager["CleanupRun"]):
    def note(self, chore: str, rows: int, seconds: float, now: datetime | None = None) -> None:
        """Note that a chore is done, beside others who may do it at the same time."""
        run = {"finished": now or timezone.now(), "rows": rows, "seconds": seconds}
        added = {"rows_ever": F("rows_ever") + rows}
        if not self.filter(chore=chore).update(**run, **added):
            first = CleanupRun(chore=chore, **run)
            self.bulk_create([first], ignore_conflicts=True)
            self.filter(chore=chore).update(**run, **added)


class CleanupRun(models.Model):
    """Remember the last time of one chore. `rows_ever`: of all times together."""

    chore = models.CharField(max_length=40, primary_key=True, editable=False)
    finished = models.DateTimeField(editable=False)
    seconds = models.FloatField(editable=False)
    rows = models.BigIntegerField(editable=False)
    rows_ever = models.BigIntegerField(default=0, editable=False)

    objects = CleanupRunManager()

    def __str__(self) -> str:
        return self.chore
