import json
from typing import Any

import pytest

from accounts.way_back.claims_request import ClaimsRequest, MalformedClaims


def parsed(**members: Any) -> ClaimsRequest:
    return ClaimsRequest.parse(json.dumps(members))


@pytest.mark.parametrize("malformed", ["{", "7", "[]", "null", '"x"', "[" * 100_000])
def test_what_is_no_json_object_is_malformed(malformed: str) -> None:
    with pytest.raises(MalformedClaims):
        ClaimsRequest.parse(malformed)


@pytest.mark.parametrize("target", ["id_token", "userinfo"])
@pytest.mark.parametrize("members", [7, "email", ["email"], True])
def test_a_target_that_is_no_object_is_malformed(target: str, members: Any) -> None:
    with pytest.raises(MalformedClaims):
        parsed(**{target: members})


def test_a_column_gives_back_what_was_asked() -> None:
    asked = parsed(id_token={"email": None}, userinfo={"name": {"essential": True}}, other=7)
    assert ClaimsRequest.parse(asked.as_column()) == asked
    assert (
        asked.as_column()
        == '{"id_token": {"email": null}, "userinfo": {"name": {"essential": true}}}'
    )


@pytest.mark.parametrize("nothing", ["", "{}", '{"id_token": null, "userinfo": {}}', '{"x": 1}'])
def test_who_asks_for_nothing_leaves_the_column_empty(nothing: str) -> None:
    assert ClaimsRequest.parse(nothing) == ClaimsRequest()
    assert ClaimsRequest.parse(nothing).as_column() == ""


def test_an_essential_acr_claim_demands_what_a_voluntary_one_wishes_for() -> None:
    wished = parsed(id_token={"acr": {"values": ["a", 7, "b"]}})
    demanded = parsed(id_token={"acr": {"value": "c", "essential": True}})

    assert wished.acr_values(essential=False) == ("a", "b")
    assert wished.acr_values(essential=True) == ()
    assert demanded.acr_values(essential=True) == ("c",)
    assert demanded.acr_values(essential=False) == ()


def test_an_essential_auth_time_is_required() -> None:
    demanded = {"auth_time": {"essential": True}}

    assert parsed(id_token=demanded).demands_auth_time
    assert not parsed(userinfo=demanded).demands_auth_time
    for wished in (None, {}, {"essential": False}, {"essential": "true"}):
        assert not parsed(id_token={"auth_time": wished}).demands_auth_time


def test_either_target_says_whom_it_is_about() -> None:
    assert parsed(id_token={"sub": {"value": "a"}}, userinfo={"sub": None}).expected_sub == "a"
    assert (
        parsed(id_token={"sub": {"value": 7}}, userinfo={"sub": {"value": "b"}}).expected_sub == "b"
    )
    assert parsed(id_token={"sub": None}).expected_sub == ""
