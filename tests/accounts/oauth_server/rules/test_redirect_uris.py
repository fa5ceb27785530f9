"""Which redirect URIs can be registered, and what is said of one that does not match."""

import pytest

from accounts.oauth_server.rules import redirect_uris


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("https://app.example/a\\b", "characters"),
        ("https://app.example:port/", "is not a URI"),
        ("https://[::1/", "is not a URI"),
        ("https://app.example/#top", "fragment"),
        ("https://me@app.example/", "user name"),
        ("https://*.app.example/", "wildcards"),
        ("app.example/callback", "must start with https"),
        ("https:///callback", "has no host"),
        ("http://app.example/", "must use https"),
        ("https://app.example:0/", "no such port"),
    ],
)
def test_what_cannot_be_registered_is_said_in_words(uri: str, why: str) -> None:
    (problem,) = redirect_uris.problems(uri)
    assert problem.startswith(f"{uri}: ")
    assert why in problem


@pytest.mark.parametrize(
    "uri", ["https://app.example/x?y=z", "http://[::1]:8000/", "http://localhost"]
)
def test_what_can_be_is_left_alone(uri: str) -> None:
    assert redirect_uris.problems(uri) == []


@pytest.mark.parametrize(
    ("port", "is_one"),
    [("", True), (":1", True), (":65535", True), (":0", False), (":70000", False)],
)
def test_a_native_app_chooses_a_port_that_there_is(port: str, is_one: bool) -> None:
    """RFC 8252 section 7.3."""
    asked = f"http://127.0.0.1{port}/callback"
    assert redirect_uris.is_registered(asked, ["http://127.0.0.1:4000/callback"]) is is_one


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        ("http://app.example/a", "the scheme is “http”, not “https”"),
        ("https://app.example:444/a", "the port is “444”, not “”"),
        ("https://app.example/a/", "the path is “/a/”, not “/a”"),
        ("https://app.example/a?b", "the query is “b”, not “”"),
        ("https://APP.example/a", "its spelling differs, such as in upper case or user name"),
        ("https://[app/a", "it is not a URI"),
        ("https://app.example:x/a", "it is not a URI"),
    ],
)
def test_the_part_that_differs_is_named(asked: str, difference: str) -> None:
    assert redirect_uris.difference(asked, "https://app.example/a") == difference
