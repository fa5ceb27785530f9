"""Render once what a template always says alike: its words, and where its links and files are.

A third of the tags of a page are such. What they say depends on the language, on whether HTML is
written, and on where the site begins (SCRIPT_NAME); it is kept for each, as long as the template.
"""

from typing import Any

from django.core.signals import setting_changed
from django.template import Node
from django.template.base import FilterExpression, Template
from django.template.defaulttags import URLNode
from django.template.loaders import cached
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.urls import get_script_prefix
from django.utils.translation import get_language

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
    for node in template.nodelist.get_nodes_by_type(_KINDS):  # type: ignore[arg-type]
        if _is_constant(node) and not isinstance(node.render_annotated, _Constant):
            node.render_annotated = _Constant(node)  # type: ignore[method-assign]


class _Era:
    """Count how often a setting was changed, as in tests: what was said before is said anew."""

    now = 0

    @classmethod
    def end(cls, **_: Any) -> None:
        cls.now += 1


setting_changed.connect(_Era.end)


class _Constant:
    """Render `node`, and from then on say what it said."""

    def __init__(self, node: Node) -> None:
        self._render = node.render_annotated
        self._is_address = not isinstance(node, TranslateNode)
        self._said: dict[tuple[Any, ...], Any] = {}
        self._era = _Era.now

    def __call__(self, context: Any) -> Any:
        if self._era != _Era.now:
            self._said, self._era = {}, _Era.now
        key = (get_language(), context.autoescape, self._is_address and get_script_prefix())
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = self._render(context)
        return said


def _is_constant(node: Any) -> bool:
    """Return whether `node` reads nothing of the context, and leaves nothing in it."""
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
