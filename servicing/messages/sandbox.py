"""Words are run in a sandbox: each file for itself, none can take in another.

Jinja takes a while to load, so this is imported where a text is read, and by no command that sends
nothing.
"""

from collections.abc import Sequence

import jinja2
import jinja2.meta
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


def _invalid(error: jinja2.TemplateSyntaxError) -> Invalid:
    return Invalid("template_syntax", line=error.lineno, text=error.message or "")
