"""A list: one description of its columns makes the table of a page and the file of the same lines.

What a page shows is what its file says: the same columns, the same lines of the same filter, in the
reader's language. A page shows some lines of a long list; the file has all of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from flask import Response

from servicing.core.output import amounts, percent
from servicing.web import deeds, figures, paging
from servicing.web.current import workspace
from servicing.web.rendering import moment

Kind = Literal["text", "number", "money", "percent", "day", "moment"]
"""Money is a mapping of amounts by currency: none stands without its own, and none are added up."""
T = TypeVar("T")


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column of a list: its title in the reader's language, and what stands in it."""

    title: str
    of: Callable[[T], Any]
    """The value of a line; None or empty: nothing stands there."""
    kind: Kind = "text"
    to: Callable[[T], str] | None = None
    """The address to which the cell of a line leads; empty: nowhere."""
    tone: Callable[[T], str] | None = None
    """How the cell of a line looks: good, wait, bad or nothing of it."""

    @property
    def is_number(self) -> bool:
        """Whether it is read from the right."""
        return self.kind in ("number", "money", "percent")

    def shown(self, line: T) -> str:
        """The cell of a line, on the page and in a CSV."""
        return shown(self.of(line), self.kind)

    def value(self, line: T) -> Any:
        """The cell of a line in a workbook: a moment stands in the book's time, without its zone."""
        value = self.of(line)
        if self.kind == "moment" and value is not None:
            return value.astimezone(workspace().zone).replace(tzinfo=None, second=0, microsecond=0)
        return value

    def address(self, line: T) -> str:
        """Where the cell of a line leads; empty: nowhere."""
        return self.to(line) if self.to else ""

    def look(self, line: T) -> str:
        """How the cell of a line looks."""
        return self.tone(line) if self.tone else ""


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A list as its page and its files have it."""

    name: str
    """Of the file, and of the table on the page."""
    columns: Sequence[Column[T]]
    lines: Iterable[T]
    """Those of the page; where a file is asked for, all of them."""
    key: Callable[[T], Any] = str
    """What names a line in a form that ticks some of them."""
    about: str = ""
    """Of what the list is, in a sentence of the reader's language: its filter, its day."""

    def begins(self, begin: Callable[[Column[T], bool], str]) -> list[str]:
        """How the cells of each column begin, the first one's as the head of its line."""
        return [begin(column, number == 0) for number, column in enumerate(self.columns)]

    def cells(self, line: T, begins: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
        """Of each cell of a line: how it begins, what stands there, where it leads, how it looks.

        A page has a thousand cells: the template asks for a line of them, not for each.
        """
        for begun, column in zip(begins, self.columns, strict=True):
            yield begun, column.shown(line), column.address(line), column.look(line)


def amount(value: Decimal | None, currency: str) -> dict[str, Decimal] | None:
    """What stands in a column of money where there is one amount; None: nothing does."""
    return None if value is None else {currency: value}


def shown(value: Any, kind: Kind) -> str:
    """A value as people read it; nothing where there is none."""
    if value is None or value == "":
        return ""
    match kind:
        case "money":
            return amounts(value)
        case "percent":
            return percent(value)
        case "moment":
            return moment(value)
    return str(value)


def sent(listing: Listing[T], **facts: Any) -> Response:
    """The list as the file that was asked for; that it was taken out is noted with `facts`."""
    from servicing.reports import lists  # with the writer of workbooks: not for every page

    counted = figures.Counted()
    titles = [each.title for each in listing.columns]
    lines = counted.of(listing.lines)

    def write(path: Path) -> None:
        if path.suffix == ".csv":
            cells = ([each.shown(line) for each in listing.columns] for line in lines)
            lists.write_csv(path, titles, cells)
        else:
            kinds = [each.kind for each in listing.columns]
            values = ([each.value(line) for each in listing.columns] for line in lines)
            lists.write_workbook(path, titles, kinds, values, listing.about)

    answer = figures.sent(figures.file_name(listing.name, kind=paging.file_asked_for()), write)
    deeds.taken_out(counted.rows, **facts)  # of which list, its page says
    return answer
