"""docs/security.md: each module and test that it names is there, each requirement has a row."""

import re
from collections import Counter

from config.instance import BASE_DIR
from tests.documents import SECURITY, quoted

NAMED = quoted(SECURITY.text)
TESTS = sorted({name for name in NAMED if "::" in name})
PATHS = sorted({name for name in NAMED if re.fullmatch(r"[\w./-]+/[\w.-]+\.(py|html|md)", name)})

# How many requirements each section of the standard has (ASVS 5.0.0).
REQUIREMENTS = {
    "6.1": 3,
    "6.2": 12,
    "6.3": 8,
    "6.4": 6,
    "6.5": 8,
    "6.6": 4,
    "6.7": 2,
    "6.8": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 3,
    "7.6": 2,
    "10.1": 2,
    "10.2": 3,
    "10.3": 5,
    "10.4": 16,
    "10.5": 5,
    "10.6": 2,
    "10.7": 3,
}
ROWS = [
    [cell.strip() for cell in line.strip("| ").split("|")]
    for line in SECURITY.text.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ ", line)
]


def test_it_names_as_much_as_it_claims() -> None:
    assert len(TESTS) > 80
    assert len(PATHS) > 50


def test_every_module_that_is_named_is_there() -> None:
    assert [path for path in PATHS if not (BASE_DIR / path).is_file()] == []


def test_every_test_that_is_named_is_there() -> None:
    assert [name for name in TESTS if not _is_there(*name.split("::"))] == []


def _is_there(path: str, function: str) -> bool:
    file = BASE_DIR / "tests" / path
    return file.is_file() and f"\ndef {function}(" in file.read_text()


def test_every_requirement_of_the_three_chapters_has_one_row() -> None:
    numbers = [f"{section}.{n + 1}" for section, many in REQUIREMENTS.items() for n in range(many)]
    assert Counter(row[0] for row in ROWS) == Counter(numbers)


def test_what_is_met_says_where_and_by_which_test_and_what_is_not_says_why() -> None:
    for number, short, met, where, *test in ROWS:
        assert short, number
        assert where, number
        assert met in {"yes", "partly", "no", "n/a"}, number
        if met in {"yes", "partly"}:
            assert quoted(where) or "“" in where, number
            assert test, number
            assert "::" in test[0], number


def test_every_attack_in_the_threat_model_has_a_module_and_a_test() -> None:
    tables = SECURITY.section("Threat model").partition("| attack |")[2]
    rows = [line for line in tables.splitlines() if line.startswith("| ") and "---" not in line]
    attacks = [row for row in rows if "what holds" not in row]
    assert len(attacks) >= 20
    for row in attacks:
        *_, where, test = (cell.strip() for cell in row.strip("| ").split("|"))
        assert quoted(where), row
        assert "::" in test, row
