"""Counting: nothing while it is off, and of all processes together while it is on."""

import subprocess
import sys

from accounts.metrics import kinds
from accounts.metrics.declared import CONNECTIONS, GRANTS, LIMITS, MAIL_LOST, REQUEST_SECONDS
from config.instance import BASE_DIR
from tests.metrics import Metrics, value_of


def test_while_they_are_off_nothing_is_counted_and_nothing_loaded() -> None:
    script = (
        "import sys; from accounts.metrics import declared, kinds, server\n"
        "declared.LIMITS.count('token'); declared.REQUEST_SECONDS.took(0.1, 'a', 'GET')\n"
        "declared.CONNECTIONS.is_at(3); declared.MAIL_WAITING.change(1)\n"
        "print(kinds.are_on(), 'prometheus_client' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_what_was_counted_before_they_were_on_is_not_told(metrics: Metrics) -> None:
    LIMITS.count("token")
    kinds.switch_off()
    LIMITS.count("token")
    kinds.switch_on(metrics.folder)
    LIMITS.count("token")
    assert metrics("latchkey_limit_refusals_total", limit="token") == 2


def test_all_processes_are_added_up(metrics: Metrics) -> None:
    for place in ("0", "1"):
        kinds.write_as(place)
        GRANTS.count("refresh_token", "issued")
        MAIL_LOST.count()
        REQUEST_SECONDS.took(0.03, "account_login", "GET")
        CONNECTIONS.is_at(3)

    assert metrics("latchkey_grants_total", grant="refresh_token", outcome="issued") == 2
    assert metrics("latchkey_mail_lost_total") == 2
    seconds = "latchkey_http_request_duration_seconds"
    assert metrics(f"{seconds}_count", route="account_login") == 2
    assert metrics(f"{seconds}_sum") == 0.06
    assert metrics(f"{seconds}_bucket", le="0.025") == 0
    assert metrics(f"{seconds}_bucket", le="0.05") == 2
    assert metrics("latchkey_server_connections") == 6


def test_a_process_that_died_has_no_present_but_a_past(metrics: Metrics) -> None:
    for place in ("0", "1"):
        kinds.write_as(place)
        CONNECTIONS.is_at(3)
        LIMITS.count("token")
    kinds.writer_died("1")

    assert metrics("latchkey_server_connections") == 3
    assert metrics("latchkey_limit_refusals_total") == 2


def test_whoever_takes_a_place_counts_on_in_the_same_files(metrics: Metrics) -> None:
    kinds.write_as("0")
    LIMITS.count("token")
    kinds.write_as("elsewhere")
    LIMITS.count("mail")
    files = set(metrics.folder.iterdir())

    kinds.write_as("0")
    LIMITS.count("token")

    assert metrics("latchkey_limit_refusals_total", limit="token") == 2
    assert set(metrics.folder.iterdir()) == files


def test_no_metric_grows_without_end(metrics: Metrics) -> None:
    for number in range(kinds.MOST_SERIES + 5):
        LIMITS.count(f"limit-{number}")

    assert len(metrics.series("latchkey_limit_refusals_total")) == kinds.MOST_SERIES + 1
    assert metrics("latchkey_limit_refusals_total", limit="other") == 5


def test_one_process_alone_needs_no_folder() -> None:
    kinds.switch_on()
    try:
        GRANTS.count("refresh_token", "issued")
        found = kinds.measured()
    finally:
        kinds.switch_off()
    assert value_of(found, "latchkey_grants_total", grant="refresh_token") == 1
    assert value_of(found, "latchkey_grants_created") is None
