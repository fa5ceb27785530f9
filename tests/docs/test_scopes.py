"""docs/scopes-and-claims.md: its list is the registry's, and names what each scope opens."""

from typing import Any

from accounts.oauth_server.rules.scopes import SCOPES, Holder
from api.urls import urlpatterns
from tests.documents import Document

DOCUMENT = Document("docs/scopes-and-claims.md")
_WORDS = {Holder.PERSON: "person", Holder.CLIENT: "itself", Holder.PERSONAL_TOKEN: "script"}


def test_the_list_has_each_scope_with_who_may_have_it() -> None:
    told = {row[0]: row[1] for row in DOCUMENT.rows("All scopes")}
    for name, scope in SCOPES.items():
        holders = [word for holder, word in _WORDS.items() if holder in scope.holders]
        expected = ", ".join([*holders, *(["superuser"] if scope.is_superusers else [])])
        assert told.pop(f"`{name}`") == expected, name
    assert told == {}


def test_each_scope_that_reads_a_list_names_its_address() -> None:
    told = {row[0].strip("`"): row[2] for row in DOCUMENT.rows("All scopes")}
    for pattern in urlpatterns:
        view: Any = pattern.callback.view_class
        scope = getattr(view, "required_scopes", {}).get("GET")
        if "<" not in str(pattern.pattern) and scope:
            assert f"`/api/v1/{pattern.pattern}`" in told[scope], scope
