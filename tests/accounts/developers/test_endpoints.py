"""Every operation of the API has a page, which is made of the API's own description."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.developers.reference import Reference

pytestmark = pytest.mark.django_db

DESCRIBED = {
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string", "description": "Opaque."},
                    "ended": {"type": ["string", "null"], "format": "date-time"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                },
            }
        },
        "responses": {
            "Wrong": {
                "description": "Not so.",
                "content": {"application/problem+json": {"schema": {"type": "object"}}},
            }
        },
    },
    "paths": {
        "/things": {
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
            "get": {
                "security": [{"accessToken": ["things"]}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Thing"},
                                },
                                "examples": {"one": {"value": [{"id": "x7"}]}},
                            }
                        }
                    },
                    "4XX": {"$ref": "#/components/responses/Wrong"},
                },
            },
        }
    },
}


def test_every_operation_of_the_schema_has_a_page(client: Browser) -> None:
    schema = client.get("/api/v1/schema", headers={"Accept": "application/json"}).json()
    shown = client.get(reverse("developers:endpoints")).content.decode()
    pages = []
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in {"get", "put", "post", "patch", "delete"}:
                address = reverse("developers:endpoint", args=[operation["operationId"]])
                assert address in shown
                pages.append((address, method.upper(), path, operation))
    assert len(pages) > 15
    for address, method, path, operation in pages:
        told = client.get(address).content.decode()
        assert f"<code>{method} {path}</code>" in told
        assert [each for each in operation["responses"] if f"<summary>{each} " not in told] == []
    assert client.get(reverse("developers:endpoint", args=["nothing"])).status_code == 404


def test_a_description_of_openapi_3_1_is_read() -> None:
    (operation,) = Reference(DESCRIBED).operations.values()
    assert operation.scopes == ("things",)
    assert [each.name for each in operation.parameters] == ["limit"]
    found, wrong = operation.answers
    assert found.body is not None
    assert found.body.is_list
    assert '"x7"' in found.body.example
    fields = {each.name: each.kind for each in found.body.fields}
    assert fields["id"] == "string"
    assert fields["ended"] == "string or null (date-time)"
    assert "parts[].id" in fields
    assert (wrong.status, wrong.description) == ("4XX", "Not so.")
