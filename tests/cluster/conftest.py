"""One cluster for all tests of this folder: starting it takes longer than most of them."""

import time
from collections.abc import Iterator

import pytest

from tests.cluster.clients import Scene, set_the_scene
from tests.cluster.topology import running

# What is started and stopped here takes its time on a busy machine, and must not be mistaken for a
# client that comes back too late.
SETTINGS = {"REFRESH_RETRY_SECONDS": "60", "CLIENT_FAILURES": "6"}


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    with running(**SETTINGS) as cluster:
        yield set_the_scene(cluster)


@pytest.fixture(autouse=True)
def _all_is_as_before(scene: Scene) -> Iterator[None]:
    """Leave to the next test what it expects: two nodes that are ready, and the proxy knows it."""
    yield
    assert scene.cluster.ended() == ""
    deadline = time.monotonic() + 30
    while scene.proxy.send("GET", "/oauth/jwks/").status_code != 200:
        assert time.monotonic() < deadline, "the site does not come back"
        time.sleep(0.1)
    log = scene.cluster.nodes[0].instance.logged()
    assert "Traceback" not in log, log[log.index("Traceback") :][:4000]
