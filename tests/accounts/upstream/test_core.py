"""What the names of allauth.core are relied on for (accounts/upstream/core.py)."""

from accounts.upstream.core import compare_user_code


def test_compare_user_code_minds_neither_spaces_nor_hyphens_nor_case() -> None:
    assert compare_user_code(actual="123 456", expected="123456")
    assert compare_user_code(actual="ab-cd", expected="ABCD")
    assert not compare_user_code(actual="", expected="")
    assert not compare_user_code(actual="１２３456", expected="123456")
