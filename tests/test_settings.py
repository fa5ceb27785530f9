"""What the settings make of the environment, read afresh in a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

from django.apps import apps

from config.instance import BASE_DIR


def read(name: str, **environment: str) -> Any:
    """The setting `name`, as the settings read it from the tests' environment and `environment`."""
    script = f"import json, config.settings as read; print(json.dumps(read.{name}))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_database_is_reached_as_strictly_as_its_url_says() -> None:
    url = "postgres://latchkey:secret@db.internal/latchkey?sslmode=verify-full"
    options = read("DATABASES", DATABASE_URL=url)["default"]["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert options["pool"]["max_size"] == 8


def test_a_pooled_connection_is_tried_before_it_is_used() -> None:
    """Else a restart of PostgreSQL costs one request for each connection a 500."""
    assert read("DATABASES", DATABASE_URL="postgres://h/n")["default"]["CONN_HEALTH_CHECKS"] is True


def test_no_table_is_django_oauth_toolkits_own() -> None:
    """Its migrations are left out for that reason: MIGRATION_MODULES."""
    models = apps.get_app_config("oauth2_provider").get_models(include_swapped=True)
    assert [model for model in models if not model._meta.swapped] == []
