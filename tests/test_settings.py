"""What the settings make of the environment, read afresh."""

import runpy
from typing import Any

import pytest
from django.apps import apps

from config.instance import BASE_DIR

SETTINGS = str(BASE_DIR / "config/settings.py")


def read(name: str, **environment: str) -> Any:
    """The setting `name`, as the settings read it from the tests' environment and `environment`."""
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        return runpy.run_path(SETTINGS)[name]


def test_the_database_is_reached_as_strictly_as_its_url_says() -> None:
    url = "postgres://latchkey:secret@db.internal/latchkey?sslmode=verify-full"
    options = read("DATABASES", DATABASE_URL=url)["default"]["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert options["connect_timeout"] == 2
    assert read("DATABASES", DATABASE_URL=f"{url}&connect_timeout=5")["default"]["OPTIONS"][
        "connect_timeout"
    ] in ("5", 5)


def test_no_request_is_spent_on_asking_a_connection_whether_it_lives() -> None:
    """Else each costs a round trip. Not to look at all costs an error after a restart."""
    database = read("DATABASES", DATABASE_URL="postgres://h/n")["default"]
    assert database["ENGINE"] == "accounts.storage.postgresql"
    assert database["CONN_HEALTH_CHECKS"] is True
    assert database["CONN_MAX_AGE"] == 3600

    file = read("DATABASES", DATABASE_URL="sqlite:///n.sqlite3")["default"]
    assert (file["CONN_HEALTH_CHECKS"], file["CONN_MAX_AGE"]) == (False, None)


def test_nothing_outlives_a_transaction_where_statements_are_not_to_be_prepared() -> None:
    """A pooler in transaction mode gives the next transaction another connection."""

    def of_transaction(**environment: str) -> tuple[Any, ...]:
        database = read("DATABASES", DATABASE_URL="postgres://h/n", **environment)["default"]
        options = database["OPTIONS"]
        bound, threshold = options["server_side_binding"], options["prepare_threshold"]
        return bound, threshold, database["DISABLE_SERVER_SIDE_CURSORS"]

    assert of_transaction() == (True, 2, False)
    assert of_transaction(DATABASE_PREPARED_STATEMENTS="false") == (False, None, True)


def test_no_table_is_django_oauth_toolkits_own() -> None:
    """Its migrations are left out for that reason: MIGRATION_MODULES."""
    models = apps.get_app_config("oauth2_provider").get_models(include_swapped=True)
    assert [model for model in models if not model._meta.swapped] == []
