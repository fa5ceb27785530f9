"""Every secret setting is read from a file as from the environment, or is refused by its name."""

import ast
import re
import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from environs import EnvError

from config.instance import BASE_DIR, Instance
from tests.documents import SETTINGS, quoted

# What is no secret, although its name could be that of one.
NO_SECRETS = {"PROVIDER_<ID>_KEY_ID"}

KEY = "Z29vZC1mb3Itbm90aGluZy1idXQtdGVzdHMtcmVhbGw="
VALUES = {
    "SECRET_KEY": "of-the-file",
    "SECRET_KEY_FALLBACKS": "former-one,former-two",
    "ENCRYPTION_KEYS": KEY,
    "DATABASE_URL": "postgres://latchkey:of-the-file@db.internal/latchkey",
    "REDIS_URL": "redis://:of-the-file@cache.internal",
    "EMAIL_URL": "submission://latchkey:of-the-file@mail.example.com",
    "PROVIDER_<ID>_CLIENT_SECRET": "of-the-file",
    "PROVIDER_<ID>_PRIVATE_KEY": "-----BEGIN KEY-----\nof-the-file\n-----END KEY-----",
    "PROVIDER_<ID>_SETTINGS": '{"client_secret_of_old": "of-the-file"}',
}
SECRETS = sorted(VALUES)
REQUIRED = {"SECRET_KEY", "ENCRYPTION_KEYS"}
NOT_COMPARED = {"SECRET_FILES", "LOGGING"}  # this one holds objects that equal themselves alone


def read_by(module: str, prefix: str = "", methods: str = r"\w+") -> set[str]:
    """The variables that a module of config/ reads with one of the `methods`."""
    tree = ast.parse((BASE_DIR / "config" / module).read_text())
    return {
        prefix + ast.literal_eval(call.args[0])
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and re.fullmatch(rf"env\.({methods})", ast.unparse(call.func))
        and isinstance(call.args[0], ast.Constant)
    }


def read_with(methods: str) -> set[str]:
    own = read_by("settings.py", methods=methods)
    return own | read_by("providers.py", "PROVIDER_<ID>_", methods)


@pytest.fixture
def variable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a secret, which nothing holds yet, for a site that has one third party."""
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    for name in REQUIRED:
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("PROVIDERS", "corp")
    monkeypatch.setenv("PROVIDER_CORP_KIND", "openid_connect")
    name = str(request.param)
    monkeypatch.delenv(name, raising=False)
    return name.replace("<ID>", "CORP")


every_secret = pytest.mark.parametrize("variable", SECRETS, indirect=True)


def value_of(variable: str) -> str:
    return VALUES[variable.replace("CORP", "<ID>")]


def settings_read() -> dict[str, Any]:
    """What the settings are, read afresh from the environment."""
    read = runpy.run_path(str(BASE_DIR / "config/settings.py"))
    return {name: read[name] for name in read if name.isupper() and name not in NOT_COMPARED}


def problem() -> str:
    """Why the settings cannot be read: what stops the start, or a system check of a third party."""
    try:
        read = settings_read()
    except EnvError as error:
        return str(error)
    return "\n".join(map(str, read["SIGN_IN_PROBLEMS"]))


def test_every_setting_that_may_hold_a_secret_is_one_here() -> None:
    assert read_with("secrets?") == set(SECRETS)
    sounds_secret = re.compile(
        r"SECRET|KEY|PASSWORD$|TOKEN$|CREDENTIAL|DSN|(DATABASE|REDIS|EMAIL)_URL"
    )
    named = {name for name in read_with(r"\w+") if sounds_secret.search(name)}
    assert named - NO_SECRETS <= set(SECRETS)


def test_the_documented_ones_are_those_that_are_read() -> None:
    told = quoted(SETTINGS.text.partition("### Secrets in files")[2].partition("\n## ")[0])
    assert {name for name in told if re.fullmatch(r"[A-Z_<>]+", name)} == set(SECRETS)


@every_secret
def test_a_secret_in_a_file_is_what_it_is_in_the_environment(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {} if variable in REQUIRED else settings_read()
    monkeypatch.setenv(variable, value_of(variable))
    by_value = settings_read()
    monkeypatch.delenv(variable)
    assert by_value != without
    (tmp_path / "secret").write_text(value_of(variable) + "\n")
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "secret"))
    assert settings_read() == by_value


@every_secret
def test_a_secret_that_systemd_hands_over_is_read(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value_of(variable))
    by_value = settings_read()
    monkeypatch.delenv(variable)
    (tmp_path / f"latchkey_{variable}").write_text(value_of(variable))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert settings_read() == by_value


@every_secret
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"of-the-file\xff", "is not a text file"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused_by_its_name(
    variable: str,
    content: bytes | None,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(f"{variable}_FILE", str(path))
    found = problem()
    assert f"{variable}_FILE: {path}" in found
    assert said in found
    assert "of-the-file" not in found


@every_secret
def test_a_secret_is_given_in_one_way_alone(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"latchkey_{variable}"
    path.write_text(value_of(variable))
    monkeypatch.setenv(f"{variable}_FILE", str(path))
    monkeypatch.setenv(variable, value_of(variable))
    assert f"Set one of {variable} and {variable}_FILE, not both." in problem()
    monkeypatch.delenv(f"{variable}_FILE")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert f"{variable} and the credential latchkey_{variable}" in problem()
    assert "of-the-file" not in problem()


@pytest.mark.parametrize("variable", ["SECRET_KEY"], indirect=True)
def test_an_empty_variable_is_not_set(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compose files write so of what is left out."""
    (tmp_path / "secret").write_text("of-the-file")
    monkeypatch.setenv(variable, "")
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "secret"))
    assert settings_read()["SECRET_KEY"] == "of-the-file"


@pytest.mark.parametrize("variable", ["ENCRYPTION_KEYS"], indirect=True)
def test_a_list_in_a_file_has_a_value_to_a_line(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("new\nformer\r\nfirst, second\n\n")
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "secret"))
    assert settings_read()["ENCRYPTION_KEYS"] == ["new", "former", "first", "second"]


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that everybody may enter; those of tmp_path are closed."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.mark.parametrize(("mode", "warned"), [(0o640, False), (0o604, True), (0o602, True)])
def test_a_file_that_everybody_can_open_is_warned_of(
    mode: int, warned: bool, open_directory: Path, settings: Any
) -> None:
    path = open_directory / "secret"
    path.touch()
    path.chmod(mode)
    settings.SECRET_FILES = {"SECRET_KEY_FILE": path}
    assert warned is ("accounts.W010" in found())


def test_a_file_in_a_closed_directory_is_closed(open_directory: Path, settings: Any) -> None:
    path = open_directory / "secret"
    path.touch(mode=0o644)
    open_directory.chmod(0o700)
    settings.SECRET_FILES = {"SECRET_KEY_FILE": path, "REDIS_URL_FILE": open_directory / "gone"}
    assert "accounts.W010" not in found()


def found() -> set[str | None]:
    checks = run_checks(tags=[Tags.security], include_deployment_checks=True)
    return {each.id for each in checks}


def test_an_instance_makes_no_key_that_a_file_holds(tmp_path: Path) -> None:
    site = Instance("Latchkey", 1, tmp_path, {"SECRET_KEY_FILE": "/run/secrets/secret_key"})
    assert "SECRET_KEY" not in site.environment()
    assert "ENCRYPTION_KEYS" in site.environment()
