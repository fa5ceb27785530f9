"""Read the YAML file, and say by line what is wrong with it; write it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator
from yaml.constructor import SafeConstructor

from accounts.configuration.schema import schema

MOST_BYTES = 5_000_000
_DEEPEST = 20
_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "bool", "null", "float")}
_TYPES = {
    "string": "a text (in quotes, where YAML would read something else)",
    "boolean": "true or false",
    "integer": "a whole number",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Say what is wrong where. `line` is 0 where no line is at fault."""

    path: Path
    words: str
    line: int = 0

    def __str__(self) -> str:
        where = "/".join(map(str, self.path))
        line = f"line {self.line}: " if self.line else ""
        return f"{line}{where}: {self.words}" if where else f"{line}{self.words}"


class BadDocument(Exception):
    """Refuse a file, with all that is wrong with it. No value of it is repeated: one may be a
    secret that somebody wrote there by mistake."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Document:
    """Hold what was read, and on which line each part of it is."""

    told: dict[str, Any]
    lines: dict[Path, int]

    def problem(self, path: Path, words: str) -> Problem:
        """Return a problem with the line of the nearest part that is there."""
        near = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self.lines), ())
        return Problem(path, words, self.lines.get(near, 0))


def read(text: str) -> Document:
    """Read a file and hold it against the schema. Raises BadDocument."""
    document = _parse(text)
    validator = Draft202012Validator(schema())
    found = sorted(
        validator.iter_errors(document.told), key=lambda error: list(map(str, error.path))
    )
    problems = [document.problem(tuple(error.path), _words(error)) for error in found]
    if problems:
        raise BadDocument(problems)
    return document


def write(told: dict[str, Any]) -> str:
    """Return the file that says `told`, in its order."""
    text: str = yaml.dump(
        told, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Write lists as people do, beneath their name and one step in, and repeat in place of
    anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _parse(text: str) -> Document:
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise BadDocument([Problem((), f"The file is larger than {MOST_BYTES:,} bytes.")])
    try:
        _check_shape(text)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadDocument([Problem((), f"This is not YAML: {error.problem}.", line)]) from error
    except yaml.YAMLError as error:
        raise BadDocument(
            [Problem((), "This is not YAML: it has a character that none is.")]
        ) from error
    lines: dict[Path, int] = {}
    problems: list[Problem] = []
    told = _build(root, (), lines, problems) if root else None
    if problems:
        raise BadDocument(problems)
    if not isinstance(told, dict):
        raise BadDocument([Problem((), "The file has to be a mapping, with “version” in it.")])
    return Document(told, lines)


def _check_shape(text: str) -> None:
    """Refuse what makes a small file large, or a reader deep. Raises BadDocument, YAMLError."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise BadDocument([Problem((), "Write it out: there are no aliases (*) here.", line)])
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise BadDocument([Problem((), "It is nested too deeply.", line)])


def _build(node: yaml.Node, path: Path, lines: dict[Path, int], problems: list[Problem]) -> Any:
    """Return what `node` says, in nothing but the types of JSON."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        parts = enumerate(node.value)
        return [_build(each, (*path, index), lines, problems) for index, each in parts]
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, path, lines, problems))
    try:
        return _scalar(cast(yaml.ScalarNode, node))
    except ValueError as error:
        words = str(error) if str(error).startswith(("Write", "This has")) else "This is no number."
        problems.append(Problem(path, words, lines[path]))


def _scalar(node: yaml.ScalarNode) -> Any:
    """Return a text, number, switch or null. Raises ValueError for what no column could keep."""
    value = SafeConstructor().construct_object(node) if node.tag in _PLAIN else None
    if node.tag not in _PLAIN or value in (math.inf, -math.inf) or value != value:
        raise ValueError("Write this text in quotes.")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("This has a character that cannot be kept.")
    return value


def _pairs(
    node: yaml.MappingNode, path: Path, lines: dict[Path, int], problems: list[Problem]
) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
            problems.append(Problem(path, "A name has to be a text; write it in quotes.", line))
            continue
        if name in seen:
            problems.append(Problem((*path, name), "This is said twice.", line))
        seen.add(name)
        yield name, _build(value, (*path, name), lines, problems)


def _words(error: Any) -> str:
    """Say what would do, without the value."""
    wanted = error.validator_value
    match error.validator:
        case "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            return f"This has to be {' or '.join(_TYPES[kind] for kind in kinds)}."
        case "required":
            missing = [name for name in wanted if name not in error.instance]
            return f"{', '.join(missing)}: this is needed."
        case "additionalProperties":
            known = error.schema["properties"]
            return " ".join(_unknown(name, known) for name in error.instance if name not in known)
        case "enum":
            return f"This has to be one of: {', '.join(each or '“”' for each in wanted)}."
        case "const":
            return f"This has to be {wanted}."
        case "pattern":
            return f"This has to fit {wanted}."
        case "minLength" | "minItems":
            return "This must not be empty."
        case "maxLength":
            return f"This has to be {wanted} characters or fewer."
        case "minimum":
            return f"This has to be {wanted} or more."
        case _:  # of a secret: minProperties, maxProperties
            return "Say either env or file."


def _unknown(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"“{name}” is unknown here." + (f" Did you mean “{near[0]}”?" if near else "")
