"""Count background tasks as they end: AccountsConfig.ready connects this to django-tasks."""

from typing import Any

from django.dispatch import receiver
from django_tasks import TaskResult
from django_tasks.signals import task_finished

from accounts.metrics import declared


@receiver(task_finished)
def count(task_result: TaskResult[Any], **_: Any) -> None:
    name = task_result.task.module_path.rpartition(".")[2]
    declared.TASKS_FINISHED.count(name, task_result.status.lower())
