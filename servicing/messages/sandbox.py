"""Words are run in a sandbox: each file for itself, none can take in another.

Jinja takes a while to load, so this is imported where a text is read, and by no command that sends
nothing.
"""

from collections.abc import Iterator, Sequence

import jinja2
import jinja2.meta
import jinja2.nodes
import jinja2.sandbox

from policies.notices import Invalid

SANDBOX = jinja2.sandbox.ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # text, not HTML
)


def parsed(source: str) -> jinja2.nodes.Template:
    """A source as a tree; raises `Invalid`."""
    try:
        return SANDBOX.parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise _invalid(error) from None


def compiled(sources: Sequence[str]) -> tuple[list[jinja2.Template], tuple[str, ...]]:
    """Sources as templates, and the placeholders that they name; raises `Invalid`."""
    trees = [parsed(each) for each in sources]  # once: placeholders and code are of the same tree
    try:
        names = set().union(*map(jinja2.meta.find_undeclared_variables, trees))
        return [SANDBOX.from_string(each) for each in trees], tuple(sorted(names))
    except jinja2.TemplateSyntaxError as error:
        raise _invalid(error) from None


_PLAIN = (
    jinja2.nodes.Template,
    jinja2.nodes.Output,
    jinja2.nodes.TemplateData,
    jinja2.nodes.Name,
    jinja2.nodes.If,
    jinja2.nodes.Const,
    jinja2.nodes.Compare,
    jinja2.nodes.Operand,
    jinja2.nodes.Not,
    jinja2.nodes.And,
    jinja2.nodes.Or,
)
"""Of what a text is made that only names placeholders and asks whether there are any."""


def is_plain(source: str) -> bool:
    """Whether a source does no more than that: it ends soon, whatever it says. Raises `Invalid`."""
    return all(isinstance(each, _PLAIN) for each in _every(parsed(source)))


def _every(node: jinja2.nodes.Node) -> Iterator[jinja2.nodes.Node]:
    yield node
    for each in node.iter_child_nodes():
        yield from _every(each)


def _invalid(error: jinja2.TemplateSyntaxError) -> Invalid:
    return Invalid("template_syntax", line=error.lineno, text=error.message or "")
