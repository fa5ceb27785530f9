"""Read the schemas of an OpenAPI document (3.0 or 3.1) into fields, kinds and examples."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from accounts.developers.markdown import inline

_DEEPEST = 4  # levels of fields that a page shows
_EXAMPLES = {
    "date-time": "2026-11-29T09:30:00Z",
    "date": "2026-11-29",
    "email": "alice@example.com",
    "uri": "https://example.com/",
    "uuid": "0b0f2f6c-52b6-4a5c-8c8e-5e9d3e8f1a52",
}
_OF_KINDS: dict[str, Any] = {"string": "string", "integer": 1, "number": 1.5, "boolean": True}


@dataclass(frozen=True)
class Field:
    """Describe a member of a body: `name` is its path, such as address.country."""

    name: str
    kind: str
    is_required: bool
    description: SafeString


class Schemas:
    """Follow the references of one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def resolved(self, said: Any) -> dict[str, Any]:
        """Return what a reference leads to, with what stands beside it."""
        found: dict[str, Any] = said if isinstance(said, dict) else {}
        seen: set[str] = set()
        while (pointer := found.get("$ref")) and pointer not in seen:
            seen.add(pointer)
            beside = {name: value for name, value in found.items() if name != "$ref"}
            found = {**self._at(pointer), **beside}
        parts = found.get("allOf", [])
        for part in parts:
            found = self._joined(found, self.resolved(part))
        return found

    def _at(self, pointer: str) -> dict[str, Any]:
        found: Any = self._document
        for name in pointer.removeprefix("#/").split("/"):
            found = found.get(name.replace("~1", "/").replace("~0", "~"), {})
        return found if isinstance(found, dict) else {}

    def _joined(self, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
        properties = {**other.get("properties", {}), **one.get("properties", {})}
        required = [*one.get("required", []), *other.get("required", [])]
        joined = {**other, **{name: value for name, value in one.items() if name != "allOf"}}
        return joined | ({"properties": properties, "required": required} if properties else {})

    def fields(self, schema: dict[str, Any], above: str = "", depth: int = 1) -> Iterator[Field]:
        required = schema.get("required", [])
        for name, reference in schema.get("properties", {}).items():
            said = self.resolved(reference)
            path = f"{above}{name}"
            description = inline(said.get("description", ""))
            yield Field(path, self.kind(said), name in required, description)
            inner, mark = said, "."
            if said.get("type") == "array":
                inner, mark = self.resolved(said.get("items", {})), "[]."
            if depth < _DEEPEST:
                yield from self.fields(inner, f"{path}{mark}", depth + 1)

    def kind(self, reference: Any) -> str:
        """Return in words which values are allowed."""
        said = self.resolved(reference)
        kinds = said.get("type", "")
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        kinds = [each for each in kinds if each] or self._choices(said)
        if said.get("nullable"):
            kinds = [*kinds, "null"]
        words = " or ".join(dict.fromkeys(kinds)) or "any value"
        if "array" in kinds:
            words = words.replace("array", f"list of {self.kind(said.get('items', {}))}")
        if said.get("format"):
            words += f" ({said['format']})"
        if values := said.get("enum"):
            words += ": " + ", ".join("null" if each is None else str(each) for each in values)
        return words

    def _choices(self, said: dict[str, Any]) -> list[str]:
        several = [*said.get("oneOf", []), *said.get("anyOf", [])]
        return [self.kind(each) for each in several]

    def example(self, content: dict[str, Any], schema: dict[str, Any]) -> Any:
        """Return the document's own example of a body, or one that is made from its schema."""
        if "example" in content:
            return content["example"]
        for named in content.get("examples", {}).values():
            return self.resolved(named).get("value")
        return self._made(schema, 1)

    def _made(self, reference: Any, depth: int) -> Any:
        said = self.resolved(reference)
        for name in ("example", "const", "default"):
            if name in said:
                return said[name]
        if said.get("examples"):
            return said["examples"][0]
        if said.get("enum"):
            return said["enum"][0]
        if several := [*said.get("oneOf", []), *said.get("anyOf", [])]:
            return self._made(several[0], depth)
        return self._of_kind(said, depth)

    def _of_kind(self, said: dict[str, Any], depth: int) -> Any:
        kind = said.get("type", "object" if "properties" in said else "")
        kind = kind if isinstance(kind, str) else next((each for each in kind if each), "")
        if kind == "object":
            inner = said.get("properties", {}) if depth <= _DEEPEST else {}
            return {name: self._made(each, depth + 1) for name, each in inner.items()}
        if kind == "array":
            return [self._made(said.get("items", {}), depth + 1)] if depth <= _DEEPEST else []
        return _EXAMPLES.get(said.get("format", ""), _OF_KINDS.get(kind))
