"""The skeleton of a template: what its text says, whatever stands in for its placeholders.

By it a text that was sent before is known again, although the client, the agent or an amount is called
otherwise by now. The last digits of a policy's number never change: they are part of it.
"""

import functools
import re
from collections.abc import Iterable

from jinja2 import nodes

from policies.notices import Invalid
from servicing.messages import sandbox

LEAST = 12
"""Letters that a skeleton must have of its own: with fewer, any text would be like it."""


def of(source: str, known: dict[str, str]) -> re.Pattern[str] | None:
    """The skeleton of a template's source, with the values that are `known`; None for too bare a one.

    It fits texts whose blanks are single spaces.
    """
    body = _parsed(source)
    return re.compile(rf"\s*{_all(body, known)}\s*", re.DOTALL) if body else None


@functools.lru_cache(maxsize=1_000)
def _parsed(source: str) -> list[nodes.Node]:
    """The pieces of a source, which is asked for with every policy's digits; empty for a bare one."""
    try:
        tree = sandbox.parsed(source.strip())
    except Invalid:
        return []
    is_bare = sum(map(_letters, tree.find_all(nodes.TemplateData))) < LEAST
    return [] if is_bare else tree.body


def _letters(data: nodes.TemplateData) -> int:
    return len("".join(data.data.split()))


def _all(parts: Iterable[nodes.Node], known: dict[str, str]) -> str:
    return "".join(_one(each, known) for each in parts)


def _one(part: nodes.Node, known: dict[str, str]) -> str:
    """The pattern of one piece; of what we do not read, anything."""
    match part:
        case nodes.Output():
            return _all(part.nodes, known)
        case nodes.TemplateData():
            return re.sub(r"(\\\s|\s)+", r"\\s*", re.escape(part.data))
        case nodes.Name() if part.name in known:
            return re.escape(known[part.name])
        case nodes.If():
            branches = [part.body, *(each.body for each in part.elif_), part.else_]
            return f"(?:{'|'.join(_all(each, known) for each in branches)})"
        case _:
            return ".*?"
