"""Show waiting and finished background tasks in Django admin: whether they work, not what they
carry."""

import django_tasks_db.admin  # noqa: F401 (registers its page, which is replaced here)
from django.contrib import admin
from django_tasks_db.models import DBTaskResult

from accounts.staff.model_admin import ModelAdmin, Untouched

admin.site.unregister(DBTaskResult)


@admin.register(DBTaskResult)
class TaskAdmin(Untouched, ModelAdmin):
    """Show tasks without what they carry. The package's own page shows arguments and results:
    letters, and who is told of whom."""

    for_superusers = frozenset({"view", "add", "change", "delete"})
    list_display = ("task_path", "status", "enqueued_at", "started_at", "finished_at")
    list_filter = ("status", "queue_name")
    ordering = ("-enqueued_at",)
    fields = (
        *("id", "task_path", "status", "queue_name", "enqueued_at", "run_after"),
        *("started_at", "finished_at", "exception_class_path"),
    )
