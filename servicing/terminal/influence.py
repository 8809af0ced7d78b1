"""Centres of influence as programs read them, and as people do in a terminal (domain.md §8.10)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policies.notices import Notice, notice
from policies.referrals import Centre, Person, Total, Tree
from servicing.core import output
from servicing.terminal.lines import line
from servicing.terminal.words import word

if TYPE_CHECKING:  # loaded where a tree is drawn
    from rich.text import Text
    from rich.tree import Tree as Branches

LEVELS, LINES = 8, 100
"""Of a tree the terminal shows so many levels below its root, and so many people; JSON has all."""

NAMED = 10
"""Circles, and members of one, that a warning names; JSON has all."""

HELD = ["policies", "annual_premium", "by_currency"]
PERSON = ["client_no", "name", "depth", "referred_by", *HELD]
CENTRE = ["client_no", "name", "people", *HELD]
"""The names of a row of CSV, and of an object of JSON."""


def tree_document(tree: Tree) -> dict[str, Any]:
    """A tree as JSON has it."""
    root = tree.root
    return {
        **centre_row(Centre(root.client_no, root.name, root.whole)),
        "circle": tree.circle,
        "persons": [person_row(each) for each in tree.persons],
    }


def person_row(person: Person) -> dict[str, Any]:
    """A person of a tree, with their own policies."""
    facts = {name: getattr(person, name) for name in ("client_no", "name", "depth", "referred_by")}
    return facts | _held(person.own)


def centre_row(centre: Centre) -> dict[str, Any]:
    """A centre with what its tree holds."""
    facts = {"client_no": centre.client_no, "name": centre.name, "people": centre.whole.people}
    return facts | _held(centre.whole)


def _held(total: Total) -> dict[str, Any]:
    premium = total.annual_premium
    return {
        "policies": total.policies,
        "annual_premium": None if premium is None else output.number(premium),
        "by_currency": {
            name: output.number(each) for name, each in sorted(total.by_currency.items())
        },
    }


def warnings(circles: Sequence[Sequence[str]]) -> list[Notice]:
    """A notice for each of the first circles, and one for the others."""
    named = [_named(each) for each in circles[:NAMED]]
    more = len(circles) - NAMED
    return [*named, notice("more_circles", count=more)] if more > 0 else named


def _named(circle: Sequence[str]) -> Notice:
    """The circle up to where it closes, or its beginning and how long it is."""
    if len(circle) <= NAMED:
        return notice("circle", clients=" → ".join([*circle, circle[0]]))
    return notice("long_circle", clients=" → ".join(circle[:NAMED]), count=len(circle))


# -------------------------------------------------------------------------------- in the terminal


def show_centres(centres: Sequence[Centre], locale: str) -> None:
    """The largest trees as a table."""
    rows = [
        {
            "client_no": each.client_no,
            "client_name": each.name,
            "people": f"{each.whole.people:,}",
            "policies": f"{each.whole.policies:,}",
            "premium": _premium(each.whole),
        }
        for each in centres
    ]
    columns = ["client_no", "client_name", "people", "policies", "premium"]
    output.emit_table(rows, columns, locale)


def show_tree(tree: Tree, locale: str) -> None:
    """A tree as far as a terminal can show it; the last line is its total."""
    from servicing.core.consoles import console

    shown = [each for each in tree.persons if each.depth <= LEVELS][:LINES]
    console().print(_branches(shown, locale))
    if hidden := len(tree.persons) - len(shown):
        line(word("more_people", locale, count=hidden))
    line(_told("whole_tree", tree.root.whole, locale), "bold")


def _branches(persons: Sequence[Person], locale: str) -> "Branches":
    """People, each after their referrer, as a tree that can be printed."""
    from rich.text import Text
    from rich.tree import Tree as Branches

    root = Branches(_line(persons[0], locale), guide_style="dim", highlight=False)
    path = [root]
    for each in persons[1:]:
        del path[each.depth :]  # back up to whoever referred this one
        path.append(path[-1].add(_line(each, locale)))
        if each.depth == LEVELS and each.whole.people > 1:
            below = word("further_down", locale, count=each.whole.people - 1)
            path[-1].add(Text(below, style="dim"))
    return root


def _line(person: Person, locale: str) -> "Text":
    from rich.text import Text

    held = _told("held", person.own, locale)
    return Text.assemble((person.name, "bold"), f"  {person.client_no}  {held}")


def _told(key: str, total: Total, locale: str) -> str:
    people, policies = f"{total.people:,}", f"{total.policies:,}"
    return word(key, locale, people=people, policies=policies, premium=_premium(total))


def _premium(total: Total) -> str:
    """As people read it: `389,307 CNY`, and where there are several currencies, each of them."""
    return output.amounts(total.by_currency) or "0"
