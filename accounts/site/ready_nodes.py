"""Render the nodes of templates as Django does, with what is known of them worked out beforehand.

A page asks some hundred times what it has been told already when its template was read: that a text
is a text, which template an include names, which blocks a layout has. What is not as simple as that
is left to Django, node by node.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.template import Node, NodeList, VariableDoesNotExist
from django.template.base import FilterExpression, TextNode, VariableNode, render_value_in_context
from django.template.context import BaseContext
from django.template.defaulttags import CommentNode, IfNode, LoadNode, TemplateLiteral
from django.template.loader_tags import (
    BLOCK_CONTEXT_KEY,
    BlockContext,
    BlockNode,
    ExtendsNode,
    IncludeNode,
)
from django.utils.html import escape
from django.utils.safestring import SafeString

Render = Callable[[Any], Any]

_MISSING = object()
_MISSES = (TypeError, AttributeError, KeyError, ValueError, IndexError)


def prepare_node(node: Node) -> None:
    """Give `node` a way to render that comes to the same as its own."""
    make = _WAYS.get(type(node))
    render = make(node) if make else None
    if render is not None:
        node.render_annotated = render  # type: ignore[method-assign, assignment]


def prepare_list(nodes: NodeList, is_constant: Callable[[Node], bool], run: Any) -> None:
    """Have a list of nodes join its texts beforehand, and what `is_constant` by `run` as one."""
    parts: list[Any] = []
    constants: list[Node] = []
    for node in nodes:
        if isinstance(node, CommentNode | LoadNode):
            continue
        if isinstance(node, TextNode) or is_constant(node):
            constants.append(node)
            continue
        parts += [*_joined(constants, run), node]
        constants = []
    parts += _joined(constants, run)
    nodes.render = _List(parts)  # type: ignore[method-assign]


def _joined(nodes: list[Node], run: Any) -> list[Any]:
    if all(isinstance(node, TextNode) for node in nodes):
        text = "".join(node.s for node in nodes)  # type: ignore[attr-defined]
        return [text] if text else []
    return [run(nodes)]


class _List:
    """Render a list of texts and nodes."""

    def __init__(self, parts: list[Any]) -> None:
        self._parts = parts

    def __call__(self, context: Any) -> SafeString:
        said = [
            part if type(part) is str else part.render_annotated(context) for part in self._parts
        ]
        return SafeString("".join(said))


# --- what a template reads ---


def _reader(expression: FilterExpression) -> Render | None:
    """Return how to look up a plain variable: _MISSING says that Django has to say what it is."""
    if not expression.is_var or expression.filters or expression.var.translate:
        return None
    if not expression.var.lookups:
        return None
    name, *attributes = expression.var.lookups

    def read(context: Any) -> Any:
        for known in reversed(context.dicts):
            if name in known:
                value = known[name]
                break
        else:
            return _MISSING
        if callable(value):
            return _MISSING
        for attribute in attributes:
            value = _attribute(value, attribute)
            if value is _MISSING or callable(value):
                return _MISSING
        return value

    return read


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, BaseContext):
        return _MISSING
    if hasattr(type(value), "__getitem__"):
        try:
            return value[name]
        except _MISSES:
            pass
    try:
        return getattr(value, name, _MISSING)
    except ObjectDoesNotExist:  # of a row that is not there: nothing is shown
        return _MISSING


def _variable(node: Any) -> Render | None:
    read = _reader(node.filter_expression)
    if read is None:
        return None
    as_django_does = node.render_annotated

    def render(context: Any) -> Any:
        value = read(context)
        kind = type(value)
        if kind is SafeString:
            return value
        if kind is str:
            return escape(value) if context.autoescape else value
        if value is _MISSING:
            return as_django_does(context)
        return render_value_in_context(value, context)

    return render


# --- conditions ---


def _condition(node: Any) -> Render:
    for condition, _ in node.conditions_nodelists:
        _prepare_operands(condition)
    choices = [
        (condition.eval if condition is not None else None, nodes)
        for condition, nodes in node.conditions_nodelists
    ]

    def render(context: Any) -> Any:
        for holds, nodes in choices:
            if holds is None or _is_true(holds, context):
                return nodes.render(context)
        return ""

    return render


def _is_true(holds: Render, context: Any) -> bool:
    try:
        return bool(holds(context))
    except VariableDoesNotExist:  # that a filter is given
        return False


def _prepare_operands(condition: Any) -> None:
    """Have what a condition compares read quickly. The words between are Django's own."""
    if isinstance(condition, TemplateLiteral):
        _prepare_literal(condition)
    elif condition is not None:
        _prepare_operands(condition.first)
        _prepare_operands(condition.second)


def _prepare_literal(literal: Any) -> None:
    read = _reader(literal.value)
    if read is None:
        return
    as_django_does = literal.eval

    def evaluate(context: Any) -> Any:
        value = read(context)
        return as_django_does(context) if value is _MISSING else value

    literal.eval = evaluate


# --- templates within templates ---


def _include(node: Any) -> Render | None:
    """Render an included template without looking for it anew on each page."""
    name = node.template.var
    is_plain = isinstance(name, str) and not node.template.filters and not name.startswith(".")
    if not is_plain or node.isolated_context:
        return None
    values = node.extra_context.items()
    kept: dict[Any, Any] = {}  # the engine's loader keeps the template for as long

    def render(context: Any) -> Any:
        engine = context.template.engine
        template = kept.get(engine)
        if template is None:
            template = kept[engine] = engine.get_template(name)
        with context.push(**{key: value.resolve(context) for key, value in values}):
            return template.render(context)

    return render


def _extends(node: Any) -> Render | None:
    """Fill a layout's blocks without looking for them anew on each page."""
    name = node.parent_name.var
    if not isinstance(name, str) or node.parent_name.filters:
        return None
    blocks: dict[Any, dict[str, BlockNode]] = {}

    def render(context: Any) -> Any:
        parent = node.get_parent(context)
        state = context.render_context
        if BLOCK_CONTEXT_KEY not in state:
            state[BLOCK_CONTEXT_KEY] = BlockContext()
        state[BLOCK_CONTEXT_KEY].add_blocks(node.blocks)
        if parent not in blocks:
            blocks[parent] = _blocks_of(parent)
        state[BLOCK_CONTEXT_KEY].add_blocks(blocks[parent])
        with state.push_state(parent, isolated_context=False):
            return parent._render(context)

    return render


def _blocks_of(layout: Any) -> dict[str, BlockNode]:
    """Return the blocks of a layout that extends no other: one that does adds its own."""
    first = next((node for node in layout.nodelist if not isinstance(node, TextNode)), None)
    if first is None or isinstance(first, ExtendsNode):
        return {}
    return {block.name: block for block in layout.nodelist.get_nodes_by_type(BlockNode)}


_WAYS: dict[type[Node], Callable[[Any], Render | None]] = {
    VariableNode: _variable,
    IfNode: _condition,
    IncludeNode: _include,
    ExtendsNode: _extends,
}
