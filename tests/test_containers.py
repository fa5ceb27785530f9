"""Dockerfile, .dockerignore and compose.yaml. .ci/image is for where an engine runs."""

import re
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from config import settings
from config.instance import BASE_DIR
from tests.documents import Document

DOCKERFILE = (BASE_DIR / "Dockerfile").read_text()
COMPOSE_TEXT = (BASE_DIR / "compose.yaml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
TEMPLATE = (BASE_DIR / "deploy/nginx.conf.template").read_text()
PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")


def filled_in() -> str:
    """compose.yaml as an engine reads it. The validator takes a tag or a digest, and not both."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", COMPOSE_TEXT)
    text = re.sub(r"\$\{\w+:\?[^}]*\}", "given", text)
    return yaml.safe_dump(yaml.safe_load(re.sub(r":[\w.-]+@sha256", "@sha256", text)))


def test_compose_is_what_the_specification_says() -> None:
    assert set(PyCompose.from_yaml(filled_in()).service_names()) == set(SERVICES)
    with pytest.raises(ValueError, match="read_onyl"):
        PyCompose.from_yaml(filled_in().replace("read_only", "read_onyl"))


def test_every_image_of_others_is_pinned_by_digest() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert stages.pop() == "scratch"
    others = [each["image"] for name, each in SERVICES.items() if name not in OURS]
    assert [image for image in (*stages, *others) if not PINNED.fullmatch(image)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_change_nothing_that_it_need_not(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert name in OURS or name == "proxy" or service["user"] not in ("root", "0")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_only_secrets_that_it_reads(name: str) -> None:
    service = SERVICES[name]
    read = {
        value.removeprefix("/run/secrets/")
        for value in service.get("environment", {}).values()
        if str(value).startswith("/run/secrets/")
    }
    assert read == set(service.get("secrets", []))
    assert read <= set(COMPOSE["secrets"])


def test_no_secret_stands_in_the_environment() -> None:
    secret = re.compile(r"PASSWORD$|_KEYS?$|_URL$")
    told = {name for each in SERVICES.values() for name in each.get("environment", {})}
    assert {name for name in told if secret.search(name)} == {
        "SITE_URL",
        "REDIS_URL",  # without a password: nobody else is in its network
        "CERTIFICATE_KEY",  # the path of it
    }
    assert all(each["file"].startswith("deploy/secrets/") for each in COMPOSE["secrets"].values())


def test_whatever_can_be_asked_for_its_health_is() -> None:
    silent = {
        name for name, each in SERVICES.items() if each.get("healthcheck") == {"disable": True}
    }
    assert silent == {"worker", "cleanup", "migrate"}
    asked = {name for name, each in SERVICES.items() if "test" in each.get("healthcheck", {})}
    assert asked == {"proxy", "postgres", "redis"}
    assert "HEALTHCHECK" in DOCKERFILE  # of the nodes
    assert "config.probe" in DOCKERFILE


def test_nothing_serves_before_the_migration() -> None:
    for name in ("web1", "web2", "worker", "cleanup"):
        condition = SERVICES[name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"
    for node in ("web1", "web2"):
        assert SERVICES["proxy"]["depends_on"][node]["condition"] == "service_healthy"


def test_the_nodes_are_alike_but_for_their_address() -> None:
    def without_address(name: str) -> dict[str, Any]:
        return {key: value for key, value in SERVICES[name].items() if key != "networks"}

    assert without_address("web1") == without_address("web2")
    address = {SERVICES[name]["networks"]["front"]["ipv4_address"] for name in ("web1", "web2")}
    told = SERVICES["proxy"]["environment"]
    assert {told["NODE_1"], told["NODE_2"]} == {f"{each}:8000" for each in address}


def test_only_the_proxy_is_reached_and_the_data_reaches_nothing() -> None:
    assert {name for name, each in SERVICES.items() if "ports" in each} == {"proxy"}
    assert SERVICES["proxy"]["networks"] == ["front"]
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert {name for name in SERVICES if SERVICES[name]["networks"] == ["data"]} == {
        "postgres",
        "redis",
    }


def test_every_setting_is_a_setting() -> None:
    documented = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", Document("docs/settings.md").text))
    for service in OURS.values():
        assert {name.removesuffix("_FILE") for name in service["environment"]} <= documented


def test_the_proxy_is_told_all_that_its_configuration_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z0-9_]+)\}", TEMPLATE.partition("\n\n")[2]))
    assert asked == set(SERVICES["proxy"]["environment"])


def test_the_proxy_bears_a_little_more_than_the_site() -> None:
    (largest,) = re.findall(r"client_max_body_size (\d+)m;", TEMPLATE)
    assert int(largest) * 1024 * 1024 > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_the_image_is_of_what_the_site_needs_and_of_nothing_else() -> None:
    ignored = (BASE_DIR / ".dockerignore").read_text().splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = set(re.findall(r"^COPY ([A-Za-z_.]+) ", DOCKERFILE, re.MULTILINE))
    assert allowed == copied
    assert [path for path in allowed if not (BASE_DIR / path).exists()] == []


def test_the_image_runs_as_somebody_who_owns_nothing() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    (user,) = re.findall(r"^USER (.+)$", final, re.MULTILINE)
    assert user == "10001:10001"
    assert "latchkey:x:10001:10001::/nonexistent:/usr/sbin/nologin" in DOCKERFILE
    assert "--chown" not in final
