"""Which addresses are at a domain, however either is written."""

import pytest
from django.core.exceptions import ValidationError

from accounts.text.email_domains import in_letters, is_in, pattern, patterns


@pytest.mark.parametrize(
    ("written", "address", "expected"),
    [
        ("example.org", "alice@example.org", True),
        ("Example.ORG", "ALICE@EXAMPLE.org", True),
        ("@example.org", "alice@example.org", True),
        ("example.org", "alice@mail.example.org", False),
        ("example.org", "alice@badexample.org", False),
        ("example.org", "alice@example.org.evil.example", False),
        ("example.org", "alice@evil.example@example.org.evil.example", False),
        (".example.org", "alice@mail.example.org", True),
        ("*.example.org", "alice@a.b.example.org", True),
        (".example.org", "alice@example.org", False),
        (".example.org", "alice@badexample.org", False),
        ("müller.example", "alice@xn--mller-kva.example", True),
        ("xn--mller-kva.example", "alice@MÜLLER.example", True),
    ],
)
def test_a_domain_is_itself_and_with_a_dot_what_is_beneath(
    written: str, address: str, expected: bool
) -> None:
    assert is_in(address, patterns([written])) is expected


@pytest.mark.parametrize(
    "written", ["", "org", "*", "a@b.example", "a..b", "exa mple.org", "a.*.b"]
)
def test_what_is_no_domain_is_said_to_be_none_and_admits_nobody(written: str) -> None:
    with pytest.raises(ValidationError):
        pattern(written)
    assert patterns([written]) == ()


def test_people_read_letters() -> None:
    assert in_letters(pattern(".MÜLLER.example")) == "*.müller.example"
