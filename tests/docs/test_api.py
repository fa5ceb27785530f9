"""docs/api.md: its examples and numbers are those of the code."""

import json
import re

from django.conf import settings

from accounts.limits.rate_limits import parse
from accounts.oauth_server.idempotency import KEPT
from accounts.site.problems import PROBLEMS
from api import cursors, strict_json, urls
from api.permissions import ANY
from tests.documents import Document

API = Document("docs/api.md")


def test_its_problem_is_of_a_type_with_all_that_a_problem_has() -> None:
    (example,) = API.blocks("json")
    told = json.loads(example)
    of_type = PROBLEMS["invalid-fields"]
    assert told["type"].endswith(of_type.address.removeprefix(settings.SITE_URL))
    assert (told["title"], told["detail"]) == (of_type.title, of_type.cause)
    assert list(told) == ["type", "title", "status", "detail", "request_id", "errors"]


def test_its_table_is_of_the_addresses_and_scopes_that_there_are() -> None:
    told = {}
    for address, read, other in API.rows("What there is"):
        scopes = {"GET": re.findall(r"`([a-z.]+)`", read)[-1:] or [ANY]} if read else {}
        scopes |= {method: [scope] for method, scope in re.findall(r"(\w+): `([a-z.]+)`", other)}
        told[re.sub(r"\{\w+\}", "{id}", address.strip("`"))] = scopes
    found = {}
    for pattern in urls.urlpatterns:
        if pattern.name != "schema":
            stated = pattern.callback.view_class.required_scopes
            address = re.sub(r"<\w+:\w+>", "{id}", f"/api/v1/{pattern.pattern}")
            found[address] = {method: [scope] for method, scope in stated.items()}
    assert told == found


def test_its_numbers_are_those_of_the_code() -> None:
    rate = parse(settings.RATE_LIMITS["api"])
    for words in (
        f'"api";q={rate.limit};w={rate.seconds}',
        f"(1 to {cursors.AT_MOST}, else {cursors.LIMIT})",
        f"more than {strict_json.DEEPEST} levels",
        f"{strict_json.MAX_LENGTH // 1024} KiB",
        f"for {KEPT.total_seconds() / 3600:.0f} hours",
    ):
        assert words in " ".join(API.text.split()), words
