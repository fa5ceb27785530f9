"""Tools are what the API's description says of a person's own resources."""

import pytest
from jsonschema import Draft202012Validator

from accounts.models import User
from accounts.oauth_server.rules.scopes import Holder, held_by
from api.mcp import tools
from tests.api.mcp.test_endpoint import Agent, _on, told
from tests.api.test_conventions import Script

__all__ = ["_on"]

pytestmark = pytest.mark.django_db

NAMES = {
    *("me", "change_me", "emails", "groups", "events", "apps", "app", "remove_app"),
    *("sessions", "session", "end_session", "connections", "connection", "remove_connection"),
    "connection_profile",
}


def test_each_resource_that_an_app_may_have_is_a_tool() -> None:
    """But for personal tokens, which are nothing for apps."""
    known = tools.all_of_them()
    assert set(known) == NAMES
    for tool in known.values():
        for schema in (tool.schema, tool.answers or {}):
            Draft202012Validator.check_schema(schema)
            assert "#/components" not in str(schema)
    assert known["session"].told()["inputSchema"]["required"] == ["session"]
    assert "address" in known["change_me"].schema["properties"]
    assert known["me"].told()["annotations"]["readOnlyHint"]
    assert known["remove_app"].told()["annotations"]["destructiveHint"]


def test_answers_are_what_the_tools_say(alice: User) -> None:
    agent = Agent(Script(alice, *held_by(Holder.PERSONAL_TOKEN)).token)
    for name, tool in tools.all_of_them().items():
        if tool.method == "GET" and not tool.schema["required"]:
            answer = told(agent.call(name))["structuredContent"]
            Draft202012Validator(tool.answers).validate(answer)
