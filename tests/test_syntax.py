"""What the source does not write, although the language has it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("cli.py", "policies", "servicing")
"""The sources that are looked through: files, and folders with all below."""

ROWS = frozenset(["row", "was", "told"])
"""What rows of a statement are called; their columns have names."""

SOURCES = sorted(
    path
    for room in ROOMS
    for path in ((ROOT / room).rglob("*.py") if (ROOT / room).is_dir() else [ROOT / room])
)


def violations(source: str) -> list[str]:
    """The lines of a source that break one of the rules, and how."""
    return [
        f"{node.lineno}: {rule}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.expr)
        for rule in broken(node)
    ]


def broken(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Tuple(ctx=ast.Load(), elts=elements):
            if any(isinstance(each, ast.Starred) for each in elements):
                yield "a tuple is written with a star in it"
        case ast.Starred(value=ast.Tuple()):
            yield "a tuple is written only to be taken apart"
        case ast.Call(func=ast.Name(id="setattr")):
            yield "an attribute is set by a name that is computed"
        case ast.Call(func=ast.Name(id="vars")):
            yield "the fields of a result are read by `records.named`, whatever it is made of"
        case ast.Subscript(value=ast.Name(id=name), slice=index) if name in ROWS:
            if isinstance(_number(index), int):
                yield f"{name} is a row, and its column has a name"


def _number(index: ast.expr) -> object:
    try:
        return ast.literal_eval(index)
    except ValueError:
        return None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_source_writes_nothing_that_has_a_plainer_form(path: Path) -> None:
    assert violations(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("both = (*first, second)", 1),
        ("both = *first, second", 1),
        ("column = table[(*names, 1)]", 1),
        ("first, *others = both", 0),
        ("both = [*first, second]", 0),
        ("call(*first, second)", 0),
        ("both = first + (second,)", 0),
        ("both = [*(1, 2), *second]", 1),
        ("call(*(first, second))", 1),
        ("setattr(result, name, 1)", 1),
        ("result.name = 1", 0),
        ("counts = vars(result)", 1),
        ("counts = records.named(result)", 0),
        ("number = row[0]", 1),
        ("number = row[-1]", 1),
        ("number = was[1]", 1),
        ("number = row['number']", 0),
        ("number = row[place]", 0),
        ("number = groups[0]", 0),
    ],
)
def test_the_rules_know_what_they_forbid(source: str, count: int) -> None:
    assert len(violations(source)) == count


# ----------------------------------------------------------------------- a moment that becomes a day

BY_WHATEVER_CLOCK = {
    # the source, and the moment of which it does not matter: why
    "policies/calling.py": "its caller says the moments by the clock of the book",
    "policies/importing/cells/days.py": "a cell has a day, and no clock",
    "policies/importing/files/typed.py": "a cell has a day, and no clock",
    "policies/importing/importer.py": "its caller says the moment by the clock of the book",
    "servicing/channels/outbox.py": "a day more is looked through on either side",
    "servicing/commands/options.py": "whether a year can be meant at all",
    "servicing/commands/consent.py": "the line above puts it into the book's zone",
    "servicing/commands/status.py": "a line above puts it into the book's zone",
    "servicing/dispatch/claims.py": "a day more is looked through",
    "servicing/messages/allowing.py": "its caller says the moment by the clock of the book",
    "servicing/messages/placeholders.py": "the line above puts it into the book's zone",
    "servicing/messages/permission.py": "the line above puts it into the client's zone",
    "servicing/operations/morning_mail.py": "the line above puts it into the book's zone",
}


def cut_to_days(source: str) -> list[int]:
    """The lines where a moment becomes a day, and nothing beside it says by whose clock."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "date"
        and not node.args
        and not (isinstance(node.func.value, ast.Call) and "astimezone" in ast.unparse(node))
    ]


def test_a_moment_becomes_a_day_by_a_clock_that_is_named() -> None:
    """What is stored is in UTC: its day is another one than the book's for some hours of each day."""
    cut = {str(each.relative_to(ROOT)) for each in SOURCES if cut_to_days(each.read_text("utf-8"))}
    assert cut == set(BY_WHATEVER_CLOCK)
