"""The clock of one node is five minutes fast: what holds, what does not, and that it is told."""

from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.cluster.cast import CAROL
from tests.cluster.clients import Door, Scene
from tests.cluster.test_shared_state import code_of_app, type_in

ADDRESS = "203.0.113.80"
FIVE_MINUTES = 300


@pytest.fixture(scope="module")
def fast(scene: Scene) -> Iterator[Door]:
    """The way to the second node, whose clock is wrong meanwhile."""
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    node = scene.cluster.nodes[1]
    node.stop()
    node.start(
        LD_PRELOAD=str(library),
        FAKETIME=f"+{FIVE_MINUTES}",
        FAKETIME_DONT_FAKE_MONOTONIC="1",  # time passes as it does
        NO_FAKE_STAT="1",  # gunicorn tells by the time of a file whether a worker lives
        PYTHONPATH=str(Path(__file__).parent / "clock"),
    )
    try:
        node.wait()
        yield scene.second
    finally:
        node.stop()
        node.start()
        node.wait()


def test_a_clock_that_is_wrong_is_told_by_the_probe_and_in_the_log(
    scene: Scene, fast: Door
) -> None:
    right, wrong = (door.send("GET", "/readyz") for door in (scene.first, fast))
    assert right.json()["checks"]["clock"] == "ok"
    assert (wrong.status_code, wrong.json()["checks"]["clock"]) == (200, "failed")
    assert "clock_differs" in scene.cluster.nodes[1].instance.logged()


def test_sessions_tokens_and_refreshes_hold_on_both(scene: Scene, fast: Door) -> None:
    for here, there in ((scene.first, fast), (fast, scene.first)):
        browser = scene.signed_in(here)
        assert browser.is_signed_in(there)
        tokens = scene.tokens(here, browser)
        assert scene.app.is_active(there, tokens["access_token"])
        again = scene.app.refresh(there, tokens["refresh_token"])
        assert again.status_code == 200
        assert scene.app.refresh(here, again.json()["refresh_token"]).status_code == 200


def test_a_code_is_too_old_for_a_fast_clock_and_not_used_up_by_that(
    scene: Scene, fast: Door
) -> None:
    browser = scene.signed_in(scene.first)
    code = scene.app.code(scene.first, browser)
    assert scene.app.redeem(fast, code).json()["error"] == "invalid_grant"
    assert scene.app.redeem(scene.first, scene.app.code(fast, browser)).status_code == 200


def test_an_id_token_of_a_fast_clock_is_of_the_future(scene: Scene, fast: Door) -> None:
    browser = scene.signed_in(scene.first)
    ours, theirs = (
        jwt.decode(scene.tokens(door, browser)["id_token"], options={"verify_signature": False})
        for door in (scene.first, fast)
    )
    assert FIVE_MINUTES - 30 < theirs["iat"] - ours["iat"] < FIVE_MINUTES + 60


def test_a_code_of_an_app_counts_by_the_clock_of_the_node_that_checks_it(
    scene: Scene, fast: Door
) -> None:
    door = scene.door(1, ADDRESS)
    assert not type_in(scene, door, CAROL, code_of_app())
    assert type_in(scene, door, CAROL, code_of_app(steps_from_now=FIVE_MINUTES // 30))
