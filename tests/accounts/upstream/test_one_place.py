"""accounts/upstream is the one place that touches allauth's internals, and each name is tested."""

import ast
import tomllib
from pathlib import Path

import allauth
import pytest
from allauth.account import adapter as account_adapter
from allauth.account import auth_backends
from allauth.account import forms as account_forms
from allauth.account import views as account_views
from allauth.mfa.base import forms as mfa_forms
from allauth.socialaccount.providers.oauth2 import views as oauth2_views

ROOT = Path(__file__).parents[3]
OF_TESTS = ROOT / "tests" / "upstream.py"

# What stands under an underscore in a public module, and is called or replaced here all the same.
PRIVATE = {
    account_adapter.DefaultAccountAdapter: ["_get_login_attempts_cache_key"],
    auth_backends.AuthenticationBackend: ["_authenticate_by_email", "_mitigate_timing_attack"],
    account_views.ConfirmLoginCodeView: ["_verify_form_valid"],
    account_views.ConfirmEmailVerificationCodeView: ["_verify_form_valid"],
    account_forms.BaseConfirmCodeForm: ["clean_code"],
    mfa_forms.BaseAuthenticateForm: ["_emit_authentication_failed"],
    oauth2_views.OAuth2CallbackView: ["_get_state"],
}


def _names() -> list[str]:
    """Return the names that other modules take from accounts/upstream, and tests from theirs."""
    found = []
    for path in [*(ROOT / "accounts" / "upstream").glob("*.py"), OF_TESTS]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                found += [each.asname or each.name for each in node.names]
    return found


@pytest.mark.parametrize("name", _names())
def test_each_name_is_tested(name: str) -> None:
    used = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        tree = ast.walk(ast.parse(path.read_text()))
        used |= {node.id for node in tree if isinstance(node, ast.Name)}
    assert name in used


def test_ruff_bans_every_package_of_internals_that_allauth_has() -> None:
    home = Path(allauth.__file__).parent
    packages = {
        ".".join(("allauth", *path.relative_to(home).parts)) for path in home.rglob("internal")
    }
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert set(settings["flake8-tidy-imports"]["banned-api"]) == packages
    allowed = {path for path, rules in settings["per-file-ignores"].items() if "TID251" in rules}
    assert allowed == {"accounts/upstream/*", "tests/upstream.py"}


@pytest.mark.parametrize(("owner", "names"), PRIVATE.items())
def test_private_names_that_are_replaced_are_still_there(owner: type, names: list[str]) -> None:
    assert [name for name in names if not hasattr(owner, name)] == []
