"""Keep what one client sent and was answered while an admin had it recorded: for an hour at most,
and for a day after that.

What stands here is redacted as it is written (recorder/): no credential and nothing of a person.
"""

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.oauth_server.models.client import Client

LONGEST = timedelta(hours=1)
KEPT = timedelta(days=1)
MOST = 1000  # requests of one recording: what comes after them is not kept


class RecordingManager(models.Manager["Recording"]):
    def open(self) -> "models.QuerySet[Recording]":
        """Return those that go on. They are few: admins start them, for an hour at most."""
        return self.filter(ends__gt=timezone.now())

    def start(self, client: Client, lifetime: timedelta) -> "Recording | None":
        """Record what `client` sends from now on; None where that goes on already."""
        with transaction.atomic():
            Client.objects.select_for_update(no_key=True).get(
                pk=client.pk
            )  # of two admins, one starts it
            if self.open().filter(client=client).exists():
                return None
            ends = timezone.now() + min(lifetime, LONGEST)
            recording = self.create(client=client, ends=ends)
            _tell(client.pk, ends)
        return recording

    def stop(self, client: Client) -> bool:
        """End it now; False where none goes on."""
        with transaction.atomic():
            ended = self.open().filter(client=client).update(ends=timezone.now())
            _tell(client.pk, None)
        return bool(ended)

    def keep(self, request: "RecordedRequest") -> None:
        """Write one request, unless its recording has ended. The last that there is room for ends
        it, so that a busy client is not slowed down by what is not kept."""
        with transaction.atomic():
            mine = self.filter(pk=request.recording_id, ends__gt=request.ended)
            if not mine.filter(kept__lt=MOST).update(kept=F("kept") + 1):
                return
            request.number = self.values_list("kept", flat=True).get(pk=request.recording_id)
            request.save(force_insert=True)
            if request.number == MOST:
                mine.update(ends=request.ended)
                _tell(request.recording.client_id, None)


def _tell(client_id: int, until: datetime | None) -> None:
    """Let the client's row say it: every request of a client reads that, and nothing else."""
    Client.objects.filter(pk=client_id).update(recorded_until=until)


class Recording(models.Model):
    """Describe one recording of a client. Whether it goes on, `ends` alone says."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    started = models.DateTimeField(auto_now_add=True)
    ends = models.DateTimeField(db_index=True)
    kept = models.PositiveIntegerField(default=0)

    objects = RecordingManager()

    def __str__(self) -> str:
        return f"Recording {self.pk}"

    @property
    def is_full(self) -> bool:
        return self.kept >= MOST

    @property
    def is_open(self) -> bool:
        return self.ends > timezone.now()


class RecordedRequest(models.Model):
    """Keep one request and its answer, as recorder/ redacted them. No person is named."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="requests")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(db_index=True)
    milliseconds = models.PositiveIntegerField()
    endpoint = models.CharField(max_length=40)
    method = models.CharField(max_length=10)
    status = models.PositiveSmallIntegerField()
    request_id = models.CharField("request ID", max_length=36)
    error = models.CharField(max_length=100)
    problem = models.CharField(max_length=400)
    sent = models.JSONField()
    answered = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "number"], name="recorded_requests_are_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"

    @property
    def ended(self) -> datetime:
        return self.at + timedelta(milliseconds=self.milliseconds)
