"""Send the API whatever its description allows, and what it does not, and hold it to its word.

`make fuzz` sends a lot more, on both databases.
"""

import os
from collections.abc import Callable
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from django.db import connection
from django.test import TestCase
from django.test.client import ClientHandler
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies import one_of
from schemathesis import GenerationMode

from accounts.limits import lots
from accounts.models import User
from accounts.oauth_server.models import PersonalToken
from accounts.oauth_server.rules.scopes import Holder, held_by, of_services
from accounts.site import kept_answers
from tests.accounts.oauth_server.conftest import register

pytestmark = pytest.mark.django_db

MANY = int(os.environ.get("FUZZ_EXAMPLES", "0"))
# Valid by the schema, and still refused: of a form that no pattern tells, taken, or by a token that
# a step before has revoked; or for apps alone.
REFUSABLE = ["2xx", "304", "400", "401", "403", "404", "409", "412", "422"]

# A condition is looked at before the body, so it may refuse what the body would be refused for.
_CODES = (400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429)
REFUSED = list(map(str, _CODES))
_OF_A_PERSON = ("/api/v1/me", "/api/v1/token")


def how_many(few: int) -> Any:
    return hypothesis_settings(
        max_examples=MANY or few,
        derandomize=not MANY,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


_handle = ClientHandler()


def site(environ: Any, start_response: Any) -> list[bytes]:
    """Answer as a server would, and leave the connection open, which is the test's."""
    response = _handle(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


def script_of(person: User) -> str:
    """A personal token with all that one may have."""
    scopes = held_by(Holder.PERSONAL_TOKEN)
    PersonalToken.objects.issue(person, name="may be revoked", scopes=scopes, expires=None)
    return PersonalToken.objects.issue(person, name="fuzz", scopes=scopes, expires=None)


def app_of(person: User) -> str:
    """An app's token with all that a person may allow one."""
    scopes = " ".join(held_by(Holder.PERSON))
    app = register("Fuzz", scopes=scopes)
    return str(app.tokens_for(person, scope=scopes)["access_token"])


def service() -> str:
    """A token of an app that acts for itself, with all that one may have."""
    scopes = " ".join(of_services())
    app = register("Fuzz", scopes=scopes, default_scopes="", grant_types="client_credentials")
    form = {"grant_type": "client_credentials", "scope": scopes}
    return str(app.post("/oauth/token/", form).json()["access_token"])


@pytest.fixture
def schema(settings: Any) -> Any:
    """Return the description."""
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]  # by which schemathesis calls, and an app
    loaded = schemathesis.openapi.from_wsgi("/api/v1/schema", site)
    loaded.config.generation.with_security_parameters = False  # ours is sent, whatever is made up
    loaded.config.checks.positive_data_acceptance.expected_statuses = REFUSABLE
    loaded.config.checks.negative_data_rejection.expected_statuses = REFUSED
    return loaded


@pytest.fixture
def ask(alice: User) -> Callable[[Any, Callable[[Any], int]], None]:
    """Ask what is about a person with a script's token or an app's, by a number that is made of the
    case (which is made up anew when it is looked at again), and what is about the whole site with a
    service's."""
    of_person, of_site = [script_of(alice), app_of(alice)], service()

    def by(schema: Any, number_of: Callable[[Any], int]) -> None:
        @schema.auth(refresh_interval=None)  # asked for each request
        class Token:
            def get(self, case: Any, context: Any) -> str:
                if not case.operation.path.startswith(_OF_A_PERSON):
                    return f"Bearer {of_site}"
                return f"Bearer {of_person[number_of(case) % 2]}"

            def set(self, case: Any, value: str, context: Any) -> None:
                case.headers["Authorization"] = value

    return by


def test_no_request_is_answered_in_another_way_than_is_said(schema: Any, ask: Any) -> None:
    ask(schema, lambda case: crc32(repr((case.method, case.path_parameters, case.query)).encode()))
    for found in schema.get_all_operations():
        operation = found.ok()

        @how_many(6 if connection.vendor == "postgresql" else 3)  # which refuses more values
        @given(
            case=one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])
        )
        def hold(case: Any) -> None:
            case.call_and_validate()

        hold()


def test_what_one_answer_leads_to_is_answered_as_is_said(schema: Any, ask: Any) -> None:
    steps = 0

    class Followed(schema.as_state_machine()):  # type: ignore[misc]
        """Begin each example in the same state: what is made up hangs on what was answered before,
        and Hypothesis takes two examples that begin alike to go on alike."""

        def setup(self) -> None:
            nonlocal steps
            steps = 0
            kept_answers.forget()
            lots.forget_all()
            self.begun = TestCase._enter_atomics()

        def teardown(self) -> None:
            TestCase._rollback_atomics(self.begun)

        def before_call(self, case: Any) -> None:
            # Of an empty list there is no identifier: without one, this is another address.
            assume(all((case.path_parameters or {"": True}).values()))
            super().before_call(case)

        def step(self, input: Any) -> Any:
            nonlocal steps
            output = super().step(input)
            steps += 1
            return output

    # Not by the identifiers in its path: those are random, and the tokens may do different things.
    ask(schema, lambda case: steps)
    run_state_machine_as_test(Followed, settings=how_many(3))
