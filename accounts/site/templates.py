"""Render once what a template always says alike: its words, and where its links and files are.

A third of the tags of a page are such. What they say depends on the language, on whether HTML is
written, and on where the site begins (SCRIPT_NAME); it is kept for each, as long as the template.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.signals import setting_changed
from django.template import Node, NodeList
from django.template.base import FilterExpression, Template, TextNode
from django.template.defaulttags import IfNode, URLNode
from django.template.loaders import cached
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.site.ready_nodes import prepare_list, prepare_node

_KINDS = (TranslateNode, URLNode, StaticNode)


class Loader(cached.Loader):
    """Load templates, each once for the life of the process, and prepare them."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        is_new = self.cache_key(template_name, skip) not in self.get_template_cache
        template = super().get_template(template_name, skip)
        if is_new:
            _prepare(template)
        return template


def _prepare(template: Template) -> None:
    for node in template.nodelist.get_nodes_by_type(Node):
        prepare_node(node)
    for nodes in _lists(template.nodelist):
        prepare_list(nodes, _is_constant, _Constant)


def _lists(nodes: NodeList) -> Iterator[NodeList]:
    """Return every list of nodes within a template, itself first."""
    yield nodes
    for node in nodes:
        inner: list[Any] = [getattr(node, name, None) for name in node.child_nodelists]
        if isinstance(node, IfNode):  # which makes a new list of all that it may say
            inner = [each for _, each in node.conditions_nodelists]
        for each in inner:
            if isinstance(each, NodeList):
                yield from _lists(each)


class _Era:
    """Count how often a setting was changed, as in tests: what was said before is said anew."""

    now = 0

    @classmethod
    def end(cls, **_: Any) -> None:
        cls.now += 1


setting_changed.connect(_Era.end)


class _Constant:
    """Render nodes in a row, and from then on say what they said."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._is_address = not all(isinstance(node, TextNode | TranslateNode) for node in nodes)
        self._said: dict[tuple[Any, ...], SafeString] = {}
        self._era = _Era.now

    def render_annotated(self, context: Any) -> SafeString:
        if self._era != _Era.now:
            self._said, self._era = {}, _Era.now
        key = (get_language(), context.autoescape, self._is_address and get_script_prefix())
        said = self._said.get(key)
        if said is None:
            text = "".join(str(node.render_annotated(context)) for node in self._nodes)
            said = self._said[key] = SafeString(text)
        return said


def _is_constant(node: Any) -> bool:
    """Return whether `node` reads nothing of the context, and leaves nothing in it."""
    if not isinstance(node, _KINDS):
        return False
    if isinstance(node, TranslateNode):
        text = node.filter_expression
        is_plain = text.var.lookups is None and not text.filters
        return is_plain and not node.asvar and node.message_context is None
    if isinstance(node, StaticNode):
        return node.varname is None and _is_word(node.path)
    # In a namespace an address depends on which page it is asked for.
    is_plain = not node.args and not node.kwargs and not node.asvar
    return is_plain and _is_word(node.view_name) and ":" not in node.view_name.var


def _is_word(expression: FilterExpression) -> bool:
    return isinstance(expression.var, str) and not expression.filters
