"""Logout tokens that waited to be sent while the site was updated."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django_tasks_db.models import DBTaskResult

from accounts.oauth_server.logout import back_channel

moved = import_module("accounts.oauth_server.migrations.0010_waiting_logout_tokens")


@pytest.mark.django_db
def test_a_task_that_waits_under_the_name_of_an_older_release_is_found_again(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    back_channel.tell.enqueue([])
    DBTaskResult.objects.update(task_path="accounts.oauth_server.back_channel.tell")

    moved.forwards(apps, None)

    assert DBTaskResult.objects.get().task.func is back_channel.tell.func

    moved.backwards(apps, None)
    assert DBTaskResult.objects.get().task_path == "accounts.oauth_server.back_channel.tell"
