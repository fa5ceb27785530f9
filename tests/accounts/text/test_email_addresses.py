"""One spelling of an e-mail address, and one to be read."""

import pytest
from django.core.exceptions import ValidationError

from accounts.text.email_addresses import comparable, normalise, readable, searchable

STORED = "user@xn--mller-kva.example"


@pytest.mark.parametrize(
    "typed",
    [
        "user@müller.example",
        " User@MÜLLER.example ",
        "user@mu\u0308ller.example",  # composed of two characters
        "user@müller。example",
        "user@ｍüller.example",
        "USER@XN--MLLER-KVA.example",
        STORED,
    ],
)
def test_every_spelling_of_a_domain_is_stored_as_one(typed: str) -> None:
    assert normalise(typed) == comparable(typed) == STORED
    assert readable(normalise(typed)) == "user@müller.example"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("user@faß.example", "user@xn--fa-hia.example"),  # IDNA 2003 would make it "fass"
        ("user@te--st.example", "user@te--st.example"),
        ("user@sub.例え.テスト", "user@sub.xn--r8jz45g.xn--zckzah"),
        ("user@مثال.example", "user@xn--mgbh0fb.example"),
        ("user@[127.0.0.1]", "user@[127.0.0.1]"),
        ("user@localhost", "user@localhost"),
        ("no address", "no address"),
    ],
)
def test_domains_of_all_scripts_and_none(typed: str, stored: str) -> None:
    assert normalise(typed) == stored
    assert readable(stored) == typed


@pytest.mark.parametrize(
    "typed",
    [
        *("user@☃.example", "user@xn--a.example", "user@a_b.example", "user@-ü.example"),
        *(f"user@{'ü' * 60}.example", f"{'u' * 250}@a.example", "user@\u200dü.example"),
    ],
)
def test_what_is_no_domain_is_refused_and_compared_as_it_is(typed: str) -> None:
    with pytest.raises(ValidationError):
        normalise(typed)
    assert comparable(typed) == typed


def test_letters_of_scripts_that_look_alike_are_not_shown() -> None:
    stored = normalise("user@pаypal.example")  # one letter is Cyrillic
    assert readable(stored) == stored
    assert readable("user@xn--a.example") == "user@xn--a.example"


def test_a_search_looks_for_what_is_stored() -> None:
    assert searchable("user@müller.example Müller müller.ex") == (
        f"{STORED} xn--mller-kva xn--mller-kva.ex"
    )
    assert searchable("alice ☃") == "alice ☃"
