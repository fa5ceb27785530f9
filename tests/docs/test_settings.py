"""docs/settings.md, held to the settings that the code reads, and their defaults."""

import ast
import re
from typing import Any

from config.instance import BASE_DIR
from tests.documents import OPERATING, SETTINGS, THIRD_PARTIES, quoted


def read_by(module: str) -> dict[str, ast.expr | None]:
    """The variables of the environment that a module of config/ reads, and their defaults."""
    found: dict[str, ast.expr | None] = {}
    for call in ast.walk(ast.parse((BASE_DIR / "config" / module).read_text())):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        name, *defaults = [*call.args, None]
        reads = ast.unparse(call.func.value) in {"env", "os.environ"}
        if reads and isinstance(name, ast.Constant) and call.func.attr != "setdefault":
            found[str(name.value)] = defaults[0]
    return found


def told_settings() -> dict[str, str]:
    """The settings that the tables name, with the defaults that they tell."""
    sections = re.findall(r"^## (.+)$", SETTINGS.text, re.MULTILINE)
    rows = [row for section in sections for row in SETTINGS.rows(section)]
    names = [(name, row[1]) for row in rows for name in quoted(row[0])]
    assert len(names) == len(dict(names)), "one is told twice"
    return dict(names)


def test_the_settings_are_those_that_the_code_reads() -> None:
    told = {name for name in told_settings() if not name.startswith(("PROVIDER_", "RATE_LIMIT_"))}
    assert told == {"PROVIDERS"}.union(*map(read_by, ("settings.py", "serve.py", "gunicorn.py")))


def test_the_settings_of_a_provider_are_those_that_the_code_reads() -> None:
    read = {f"PROVIDER_<ID>_{name}" for name in read_by("providers.py") if name != "PROVIDERS"}
    assert {name for name in told_settings() if name.startswith("PROVIDER_")} == read
    shown = re.findall(r"PROVIDER_[A-Z]+_([A-Z_]+)=", THIRD_PARTIES.text)
    assert len(shown) >= 20
    assert {f"PROVIDER_<ID>_{name}" for name in shown} <= read


def test_the_rate_limits_are_those_of_the_code() -> None:
    told = {name: told.strip("`") for name, told in told_settings().items() if "RATE_" in name}
    settings = (BASE_DIR / "config/settings.py").read_text()
    rates = re.search(r"^_RATES = (\{.*?^\})", settings, re.DOTALL | re.MULTILINE)
    assert rates
    limits = ast.literal_eval(rates[1])
    assert told == {f"RATE_LIMIT_{name.upper()}": rate for name, rate in limits.items()}


def test_the_defaults_of_the_settings_are_those_of_the_code() -> None:
    told = told_settings()
    for name, default in read_by("settings.py").items():
        if default is None:
            assert told[name] == "required", name
        elif isinstance(default, ast.Constant | ast.List) and name in told:
            assert told[name].strip("`") == in_the_environment(ast.literal_eval(default)), name


def in_the_environment(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_setting_in_an_example_is_in_the_table() -> None:
    shown = re.findall(r"^([A-Z_]+)=", OPERATING.text, re.MULTILINE)
    assert len(shown) >= 5
    assert set(shown) <= set(told_settings())
