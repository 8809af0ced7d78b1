"""Cases as a list: what is due first before the others, what is left of the clock large beside each."""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flask import url_for

from servicing.cases.shelf import ShelfLine
from servicing.core import visibility
from servicing.web.cases import names
from servicing.web.current import me, today
from servicing.web.listing import Column, Listing
from servicing.web.rendering import word

LONGEST_EXCERPT = 60
"""Letters of what was said that a line has."""


def known_clients(lines: Iterable[ShelfLine]) -> set[str]:
    """Those of the clients whose cards the reader may open."""
    numbers = {each.client_no for each in lines if each.client_no}
    return visibility.known(me(), sorted(numbers), today())


def listing(
    lines: Iterable[ShelfLine], known: Collection[str] = (), about: str = ""
) -> Listing[ShelfLine]:
    """The list of some cases; `known`: the clients to whose cards it leads."""
    on = today()

    def title(name: str) -> str:
        return names.said(f"column_{name}")

    def card(line: ShelfLine) -> str:
        is_known = line.client_no in known
        return url_for("cards.card", client_no=line.client_no) if is_known else ""

    columns = [
        Column[ShelfLine](title("case"), name, to=address),
        Column(title("left"), lambda it: left(it, on), tone=lambda it: haste(it, on)),
        Column(title("client"), client, to=card),
        Column(title("what"), what),
        Column(title("about"), about_whom),
        Column(title("state"), lambda it: names.state_title(it.kind, it.state)),
        Column(title("owner"), owner),
        Column(title("received"), lambda it: it.received_on, "day"),
        Column(title("due"), lambda it: it.due_on if it.is_open else it.ended_on, "day"),
    ]
    return Listing("cases", columns, lines, key=lambda it: it.case, about=about)


@dataclass(frozen=True)
class LineTold:
    """A case in a line of another page."""

    left: str
    haste: str
    kind: str
    client: str
    what: str
    state: str


def told(line: ShelfLine) -> LineTold:
    """What the line says."""
    on = today()
    return LineTold(
        left=left(line, on),
        haste=haste(line, on),
        kind=names.kind_title(line.kind),
        client=client(line),
        what=what(line),
        state=names.state_title(line.kind, line.state),
    )


def address(line: ShelfLine) -> str:
    """Where a case is."""
    return url_for("cases.case", case_id=line.case)


def name(line: ShelfLine) -> str:
    """What a case is called: its kind and its number."""
    return f"{names.kind_title(line.kind)} {line.case}"


def left(line: ShelfLine, on: datetime.date) -> str:
    """What is left of its clock, or that it has ended."""
    return names.left(line.due_on, on) if line.is_open else names.said("has_ended")


def haste(line: ShelfLine, on: datetime.date) -> str:
    """How that looks."""
    return names.haste(line.due_on, on) if line.is_open else ""


def client(line: ShelfLine) -> str:
    """The client by name, or that nobody has put a name to it."""
    return line.client_name or line.client_no or names.said("anonymous")


def what(line: ShelfLine) -> str:
    """What it is about: that it is a major event, its categories, else what was said."""
    told = _matter(line)
    return " · ".join(filter(None, [names.said("major"), told])) if line.is_major else told


def _matter(line: ShelfLine) -> str:
    titles = names.category_titles(line.kind, line.categories)
    if titles:
        return " · ".join(titles)
    said = " ".join(line.text.split())
    return said if len(said) <= LONGEST_EXCERPT else f"{said[:LONGEST_EXCERPT]}…"


def about_whom(line: ShelfLine) -> str:
    """Whom it is about, if anybody."""
    if line.about_no:
        return " ".join(filter(None, [line.about_no, line.about_name]))
    return line.about_login


def owner(line: ShelfLine) -> str:
    """Who has to do with it: a person by name, or the desk."""
    return line.owner_name or line.owner or word("desk", line.desk)
