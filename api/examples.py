"""Make an example of a body from its schema: each field by its name, else by its format or type."""

from typing import Any

_NAMED: dict[str, Any] = {
    "account": "alice@example.com",
    "actor": "person",
    "address": "192.0.2.7",
    "audience": ["https://login.example/api/v1"],
    "birthdate": "1990-05-17",
    "client_id": "zW3nQ0eYtJrB5uXc8LkH",
    "country": "Germany",
    "family_name": "Example",
    "given_name": "Alice",
    "kind": "sign_in",
    "locale": "en",
    "locality": "Berlin",
    "methods": ["password"],
    "name": "Alice Example",
    "nickname": "Al",
    "outcome": "success",
    "phone_number": "+4930123456",
    "picture": "https://login.example/media/alice.png",
    "postal_code": "10115",
    "preferred_username": "alice",
    "provider": "example-id",
    "region": "Berlin",
    "scopes": ["profile"],
    "sentence": "Signed in with a password",
    "slug": "engineering",
    "street_address": "Example Street 7",
    "sub": "0b0f2f6c52b64a5c8c8e5e9d3e8f1a52",
    "user_agent": "Mozilla/5.0",
    "zoneinfo": "Europe/Berlin",
}
_OF_FORMAT: dict[str, Any] = {
    "date-time": "2026-11-29T09:30:00Z",
    "date": "2026-11-29",
    "email": "alice@example.com",
    "uri": "https://login.example/",
    "uuid": "0b0f2f6c-52b6-4a5c-8c8e-5e9d3e8f1a52",
}
_OF_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True}
_OPAQUE = "Zm9vYmFyYmF6cXV4MTIzNA"


def add(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give an example to each body of the operation that has none."""
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        for said in body.get("content", {}).values():
            if "example" not in said and "examples" not in said:
                said["example"] = made(said["schema"], schemas)


def made(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """Return a value that fits `schema`, of the field `name`."""
    schema = _resolved(schema, schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = _kind(schema)
    if name == "id" and kind == "string":
        return _OPAQUE
    if name in _NAMED and _fits(_NAMED[name], kind):
        return _NAMED[name]
    if kind == "array":
        return [made(schema.get("items", {}), schemas, name.removesuffix("s"))]
    if kind == "object":
        fields = schema.get("properties", {})
        return {each: made(inner, schemas, each) for each, inner in fields.items()}
    return _OF_FORMAT.get(schema.get("format", ""), _OF_TYPE.get(kind, "text"))


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    for either in ("allOf", "oneOf", "anyOf"):
        if schema.get(either):
            return _resolved(schema[either][0], schemas)
    if "$ref" in schema:
        return _resolved(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    return schema


def _kind(schema: dict[str, Any]) -> str:
    kinds = schema.get("type", "object" if "properties" in schema else "")
    return kinds if isinstance(kinds, str) else next(each for each in kinds if each != "null")


def _fits(value: Any, kind: str) -> bool:
    return kind == ("array" if isinstance(value, list) else "string")
