"""What a check is silenced by (SILENCED_SYSTEM_CHECKS) means one thing."""

import ast
import re
from collections import defaultdict

from config.instance import BASE_DIR

_ID = re.compile(r"(accounts|oauth_server)\.[EW]\d{3}")


def test_no_two_checks_share_an_id() -> None:
    found = defaultdict(set)
    for path in (BASE_DIR / "accounts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and _ID.fullmatch(str(node.value)):
                found[node.value].add(path.stem)
    assert len(found) > 20
    assert {id_: names for id_, names in found.items() if len(names) > 1} == {}
