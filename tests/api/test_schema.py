"""The API's own description: complete, true, and in words for who calls the API."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings
from django.test import Client as Browser

from accounts.site.problems import PROBLEMS
from api import urls
from api.resource import Resource

ALWAYS = {"400", "401", "406", "414", "429", "503"}


@pytest.fixture(scope="module")
def document() -> Any:
    return Browser().get("/api/v1/schema").json()


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def bodies(operation: Any) -> Iterator[tuple[str, Any]]:
    for answer in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from answer.get("content", {}).items()


def resolved(document: Any, said: Any) -> Any:
    for name in said["$ref"].split("/")[1:] if "$ref" in said else ():
        document = document[name]
    return document if "$ref" in said else said


def test_every_operation_is_told_to_consumers(document: Any) -> None:
    seen = set()
    for name, operation in operations(document):
        seen.add(name)
        assert len(operation["summary"].split()) > 1, name
        assert operation["description"].endswith("."), name
        assert len(operation["tags"]) == 1, name
        assert operation["security"], name
        assert operation["responses"].keys() >= ALWAYS, name
        for media_type, body in bodies(operation):
            assert body.get("example") is not None or body.get("examples"), (name, media_type)
    routes = (pattern.callback.view_class for pattern in urls.urlpatterns)
    served = [view for view in routes if issubclass(view, Resource) and view.required_scopes]
    assert len(seen) == sum(len(view.required_scopes) for view in served)


def test_no_docstring_is_in_it(document: Any) -> None:
    told = json.dumps(document)
    for view in (pattern.callback.view_class for pattern in urls.urlpatterns):
        for said in (view.__doc__, *(getattr(view, m, view).__doc__ for m in ("get", "post"))):
            assert said is None or said.split("\n")[0] not in told
    assert "Describe " not in told
    assert "Read what" not in told


def test_every_example_fits_its_schema(document: Any) -> None:
    components = {"components": document["components"]}
    checker = jsonschema.FormatChecker()
    for name, operation in operations(document):
        for _, body in bodies(operation):
            shown = [
                resolved(document, each)["value"] for each in body.get("examples", {}).values()
            ]
            for example in shown or [body["example"]]:
                schema = body["schema"] | components
                validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
                assert [each.message for each in validator.iter_errors(example)] == [], name


def test_every_refusal_is_a_problem_of_the_registry(document: Any) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (name, status)
                shown = answer["content"]["application/problem+json"]["examples"]
                assert {int(PROBLEMS[each].status) for each in shown} == {int(status)}, name
            assert "X-Request-ID" in answer["headers"], (name, status)


def test_what_a_method_heeds_is_declared(document: Any) -> None:
    told = dict(operations(document))

    def takes(name: str) -> set[str]:
        said = (resolved(document, each) for each in told[name].get("parameters", ()))
        return {each["name"] for each in said}

    change, make = "PATCH /api/v1/me", "POST /api/v1/me/tokens"
    assert told[change]["responses"].keys() >= {"412", "413", "415", "428"}
    assert takes(change) == {"If-Match"}
    assert told[make]["responses"].keys() >= {"201", "409", "413", "415", "422"}
    assert takes(make) == {"Idempotency-Key"}
    assert told["GET /api/v1/me/events"]["responses"]["200"]["headers"].keys() >= {"Link", "ETag"}
    assert takes("GET /api/v1/me/emails") == {"If-None-Match", "limit", "cursor"}
    removed = told["DELETE /api/v1/me/connections/{connection}"]["responses"]
    assert "last-way-in" in removed["409"]["content"]["application/problem+json"]["examples"]
    assert "insufficient-user-authentication" in json.dumps(removed["401"])
    links = told["GET /api/v1/me/connections"]["responses"]["200"]["links"]
    assert set(links) == {"connection", "remove_connection", "connection_profile"}


def test_it_is_open_has_a_version_and_comes_as_yaml_too(document: Any) -> None:
    answer = Browser().get("/api/v1/schema", headers={"Accept-Language": "de"})
    assert answer.json() == document
    assert document["openapi"].startswith("3.1.")
    assert document["servers"][0]["url"] == settings.SITE_URL
    again = Browser().get("/api/v1/schema", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    written = Browser().get("/api/v1/schema", headers={"Accept": "application/yaml"})
    assert written["Content-Type"].startswith("application/yaml")
    assert yaml.safe_load(written.content) == document
    asked = Browser().post("/api/v1/schema", headers={"Accept": "application/yaml"})
    assert (asked.status_code, asked["Content-Type"]) == (405, "application/problem+json")
    refused = Browser().get("/api/v1/schema", headers={"Accept": "text/html"})
    assert (refused.status_code, refused["Content-Type"]) == (406, "application/problem+json")
    assert set(document["components"]["securitySchemes"]["accessToken"]["flows"]) == {
        "authorizationCode",
        "clientCredentials",
    }
