"""Many redeem one identity assertion at once, at several server processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.oauth_server.models import AccessToken, Authorization
from accounts.oauth_server.models.client import JWT_BEARER
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.grants.test_jwt_bearer import (
    agent,
    provider,
    register,
    running_provider,
    sign,
    trusted,
)
from tests.accounts.oauth_server.tokens.test_races import (
    AT_ONCE,
    at_once,
    folder,
    outcomes,
    server,
)

__all__ = [
    "agent",
    "folder",
    "provider",
    "register",
    "running_provider",
    "server",
    "sign",
    "trusted",
]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

ROUNDS = 5


def test_an_identity_assertion_is_redeemed_once_however_many_try(
    server: str, agent: App, sign: Callable[..., str], folder: Path
) -> None:
    for number in range(1, ROUNDS + 1):
        form = {"grant_type": JWT_BEARER, "assertion": sign(aud=server)}
        answers = at_once(server, agent, [form] * AT_ONCE)
        assert outcomes(answers) == {(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1}
        assert AccessToken.objects.count() == number
        assert Authorization.objects.count() == 1
