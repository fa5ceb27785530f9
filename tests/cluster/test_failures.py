"""A part of the cluster goes away under load. A retry cures it, and nothing that was answered is
lost."""

import os
import signal
import time

import pytest
import redis

from tests import postgres
from tests.cluster.cast import DAVE
from tests.cluster.clients import Scene
from tests.cluster.load import Load, check, wait_for
from tests.cluster.test_shared_state import code_of_app, type_in

ADDRESS = "203.0.113.79"


def test_a_node_that_is_killed_loses_no_token(scene: Scene) -> None:
    node = scene.cluster.nodes[0]
    with Load(scene) as ledger:
        os.killpg(node.process.pid, signal.SIGKILL)
        node.process.wait()
        wait_for(ledger, 10)
        node.start()
        node.wait_for_traffic()
    check(scene, ledger)


def test_a_node_that_is_drained_costs_nothing_at_all(scene: Scene) -> None:
    node = scene.cluster.nodes[1]
    with Load(scene) as ledger:
        node.process.terminate()
        assert node.process.wait(20) == 0
        wait_for(ledger, 5)
        node.start()
        node.wait_for_traffic()
    assert ledger.retried == [], "whoever stops in order answers what it has taken"
    check(scene, ledger)


def test_redis_that_is_flushed_makes_no_replay_possible_and_ends_no_session(scene: Scene) -> None:
    door = scene.door(0, ADDRESS)
    browser = scene.signed_in(scene.first)
    code = scene.app.code(scene.first, browser)
    spent = scene.app.code(scene.first, browser)
    assert scene.app.redeem(scene.first, spent).status_code == 200
    of_app = code_of_app(steps_from_now=1)
    assert type_in(scene, door, DAVE, of_app)
    chain = scene.tokens(scene.first, browser)

    with redis.Redis.from_url(scene.cluster.redis.url) as cache:
        cache.flushall()
    assert browser.is_signed_in(scene.second)
    assert scene.app.redeem(scene.second, code).status_code == 200
    assert scene.app.redeem(scene.second, spent).status_code == 400
    assert not type_in(scene, door, DAVE, of_app)
    second = scene.app.refresh(scene.second, chain["refresh_token"]).json()
    assert scene.app.refresh(scene.first, second["refresh_token"]).status_code == 200
    assert scene.app.refresh(scene.second, chain["refresh_token"]).status_code == 400


def test_redis_that_is_gone_costs_no_request(scene: Scene) -> None:
    with Load(scene) as ledger:
        scene.cluster.redis.stop()
        wait_for(ledger, 10)
        scene.cluster.redis.start()
        wait_for(ledger, 5)
    assert ledger.retried == []
    check(scene, ledger)


@pytest.mark.parametrize("how", [postgres.FAST, postgres.AT_ONCE], ids=["restart", "crash"])
def test_the_site_is_whole_again_when_postgresql_is(scene: Scene, how: signal.Signals) -> None:
    with Load(scene) as ledger:
        scene.cluster.database.stop(how)
        time.sleep(1)
        assert scene.cluster.nodes[0].ready() == 503
        scene.cluster.database.start()
        wait_for(ledger, 10)
    check(scene, ledger)
    for node in scene.cluster.nodes:
        node.wait()  # its other worker process may still be waiting to ask again
    assert scene.cluster.ended() == "", "the worker waits for the database, too"
