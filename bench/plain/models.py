"""Keep a row to read and rows to write."""

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    text = models.CharField(max_length=100)

    objects: ClassVar["models.Manager[Entry]"] = models.Manager()

    class Meta:
        app_label = "plain"

    def __str__(self) -> str:
        return self.text
