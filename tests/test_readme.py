"""README.md, held to the code: what it names is there, and what is there it names."""

import ast
import re
import subprocess
from typing import Any

from django.core.management import get_commands
from django.urls import resolve

from config.instance import BASE_DIR
from tests import readme

# In every app alike, and told once below the table; and folders whose rows say what is in them.
TOLD_ELSEWHERE = {"migrations", "management"}
TOLD_ABOVE = ("static/", "templates/", "tests/")

SECTION = re.DOTALL | re.MULTILINE


def lines_of(*files: str) -> list[str]:
    return [line for file in files for line in (BASE_DIR / file).read_text().splitlines()]


def folders() -> set[str]:
    """Every folder that git knows a file in, as the README writes it: `accounts/`."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    files = [BASE_DIR / name for name in done.stdout.split("\0")]
    found = {file.parent.relative_to(BASE_DIR) for file in files if file.is_file()}
    return {f"{folder}/" for folder in found if folder.parts}


def test_every_directory_has_a_line() -> None:
    told = set(readme.names("Where things are"))
    untold = {
        folder
        for folder in folders() - told
        if not folder.startswith(TOLD_ABOVE) and not TOLD_ELSEWHERE & set(folder.split("/"))
    }
    assert untold == set()


def test_every_path_in_the_table_of_directories_exists() -> None:
    paths = [path for row in readme.rows("Where things are") for path in readme.quoted(row[0])]
    assert [path for path in paths if not (BASE_DIR / path).is_dir()] == []


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
    """The settings that the README's tables name, with the defaults that they tell."""
    return {name: row[1] for row in readme.rows("Settings") for name in readme.quoted(row[0])}


def test_the_settings_are_those_that_the_code_reads() -> None:
    told = {name for name in told_settings() if not name.startswith(("PROVIDER_", "RATE_LIMIT_"))}
    assert told == {"PROVIDERS"}.union(*map(read_by, ("settings.py", "serve.py", "gunicorn.py")))


def test_the_settings_of_a_provider_are_those_that_the_code_reads() -> None:
    read = {f"PROVIDER_<ID>_{name}" for name in read_by("providers.py") if name != "PROVIDERS"}
    assert {name for name in told_settings() if name.startswith("PROVIDER_")} == read
    shown = re.findall(r"PROVIDER_[A-Z]+_([A-Z_]+)=", readme.section("Setting up third parties"))
    assert {f"PROVIDER_<ID>_{name}" for name in shown} <= read


def test_the_rate_limits_are_those_of_the_code() -> None:
    told = {name: told.strip("`") for name, told in told_settings().items() if "RATE_" in name}
    rates = re.search(r"^_RATES = (\{.*?^\})", "\n".join(lines_of("config/settings.py")), SECTION)
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
    shown = re.findall(
        r"^([A-Z_]+)=", readme.section("On PostgreSQL, behind a proxy"), re.MULTILINE
    )
    assert set(shown) <= set(told_settings())


def test_the_dependencies_are_those_that_are_pinned() -> None:
    lines = lines_of("requirements.txt", "requirements-dev.txt")
    pinned = [match[1] for line in lines if (match := re.match(r"([\w.-]+)(?:\[.*\])?==", line))]
    assert sorted(readme.names("Dependencies")) == sorted(pinned)


def test_the_commands_are_those_that_there_are() -> None:
    told = " ".join(readme.names("Commands"))
    documented = [re.match(r"([a-z]+):.*## ", line) for line in lines_of("Makefile")]
    assert {match[1] for match in documented if match} <= set(re.findall(r"make (\w+)", told))
    ours = {file.stem for file in BASE_DIR.glob("accounts/**/management/commands/[a-z]*.py")}
    assert ours <= set(re.findall(r"manage\.py (\w+)", told))


def test_every_command_that_is_named_exists() -> None:
    targets = {line.partition(":")[0] for line in lines_of("Makefile")}
    assert set(re.findall(r"\bmake ([a-z]+)\b(?= ARGS|`|\n```)", readme.TEXT)) <= targets
    shell = "\n".join(
        [*readme.quoted(readme.TEXT), *re.findall(r"```sh(.*?)```", readme.TEXT, SECTION)]
    )
    commands = set(re.findall(r"(?:manage\.py |--third-party |ARGS=\")([a-z_]+)\b", shell))
    assert commands - set(get_commands()) == set()


def test_every_address_that_is_named_exists() -> None:
    told = re.findall(r"(?:\$site|\$example|https://id\.example\.com)(/[^\s\"`?]+)", readme.TEXT)
    told += re.findall(r"`(/(?:api|oauth|\.well-known)/[^`]+)`", readme.TEXT)
    assert len(told) >= 20
    for address in told:
        assert resolve(address), address


def test_the_resource_of_ones_own_is_code() -> None:
    (block,) = readme.blocks("Adding a resource of your own", "python")
    scope, view, address = re.split(r"^# \S+py.*$", block, flags=re.MULTILINE)[1:]
    names = re.findall(r'^Scope\("(\w+)"', scope.strip())
    assert names == re.findall(r'required_scope = "(\w+)"', view)
    ast.parse(scope.strip())
    ast.parse(view)
    ast.parse(address.strip())


def test_the_screenshot_is_there_and_small() -> None:
    (picture,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", readme.TEXT)
    assert 10_000 < (BASE_DIR / picture).stat().st_size < 200_000
