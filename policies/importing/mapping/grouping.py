"""Rows of a file that speak of one policy, or of one instalment, become one row.

They may stand far apart, so all rows are looked at before the first is told.
"""

import contextlib
import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from policies.importing.cells import cells, days, spoilt
from policies.importing.cells.cells import Parser, Style
from policies.importing.cells.days import Reading
from policies.importing.files.tables import FileRow
from policies.importing.findings import BadCell, Findings, Place, Wrong
from policies.importing.kinds import Kind
from policies.importing.mapping.codes import coder, folded
from policies.importing.mapping.laid_aside import Key, LaidAside, Together
from policies.importing.mapping.mapping import Mapping, Several
from policies.notices import Notice, notice

PLUS = " + "
"""Stands between the parts of a cell that is summed up."""

_KEYS: dict[Kind, Key] = {
    "book": ("policy_no",),
    "premiums": ("policy_no", "due_date"),
    "clients": ("client_no",),
    "agents": ("agent_no",),
}
"""The columns that rows have in common that speak of one thing."""

_SUMS: dict[Kind, tuple[str, ...]] = {
    "book": ("annual_premium", "sum_assured"),
    "premiums": ("amount",),
    "clients": (),
    "agents": (),
}

_ALIKE = ("client_no", "payment_mode", "currency", "paid_on")
"""What the parts of a sum have to agree on: it would be of two clients, or of two modes."""

_OF_ONE_PERSON = ("birthday", "marketing_consent", "channel")
"""What no two parts may say otherwise: of two people one would be lost, or a refusal."""

_TOLD = ("status", "ended_on", "agent_no", "client_name", "phone", "email")
"""What the main row decides; where another says otherwise, it is told."""


def summed(kind: Kind, mapping: Mapping) -> tuple[str, ...]:
    """The canonical columns of which several rows of such a file state parts."""
    several = mapping.rows_per_policy
    return tuple(each for each in several.sum if each in _SUMS[kind]) if several else ()


def asked(kind: Kind, mapping: Mapping) -> Several | None:
    """How several rows of such a file speak of one thing; None: they do not."""
    several = mapping.rows_per_policy
    is_meant = summed(kind, mapping) or (several and several.latest and kind == "book")
    return several if is_meant else None


_DIGITS = 18
"""Of the longest number of a row among others."""


class Unfit(Exception):
    """Rows that belong together cannot become one row."""

    def __init__(self, why: Notice) -> None:
        super().__init__(str(why))
        self.why = why


class Ranked(NamedTuple):
    """A row in our columns, and what it says of its place among others."""

    row: FileRow
    rank: str


@dataclass(frozen=True)
class Grouping:
    """How the rows of one file are put together."""

    kind: Kind
    mapping: Mapping
    several: Several
    style: Style
    columns: Sequence[str]
    """The canonical columns of the shaped rows."""
    ranked: Callable[[FileRow], Ranked]
    """Shapes a row of the file."""
    findings: Findings = field(default_factory=Findings)

    def rows(self, rows: Iterable[FileRow]) -> Iterator[FileRow]:
        """The rows put together; the first is told when all have been looked at."""
        aside, strays = LaidAside(), []
        for row in rows:
            key = self._key(self.ranked(row).row)
            aside.add(row, key or ())
            if key is None:
                strays.append(len(aside) - 1)
        for number in strays:
            aside.adopt(number, len(_KEYS[self.kind]))
        return self._told(aside)

    def _key(self, row: FileRow) -> Key | None:
        """What rows have in common that belong together; None: it is not to be known."""
        if not row.cells:
            return None
        key = tuple(row.cells[self.columns.index(each)].strip() for each in _KEYS[self.kind])
        return key if all(key) else ()

    def _told(self, aside: LaidAside) -> Iterator[FileRow]:
        """The rows, each joined one in the place of its main row."""
        for number in range(len(aside)):
            together = aside.together(number)
            if together is None:
                yield self._one([self.ranked(aside[number])])
                continue
            if number == together.rows[0]:
                together.told_at = together.rows[self._place(self._some(aside, together))]
            if number == together.told_at:
                yield self._one(self._some(aside, together))

    def _some(self, aside: LaidAside, together: Together) -> list[Ranked]:
        """The rows that belong together, in our columns."""
        return [self.ranked(aside[each]) for each in together.rows]

    def _place(self, some: Sequence[Ranked]) -> int:
        """Where the row stands in whose place they are told."""
        try:
            return self._main(some)
        except Unfit:
            return 0

    def _one(self, some: Sequence[Ranked]) -> FileRow:
        """The row that they are together; it is refused where they cannot be one."""
        rows = [each.row for each in some]
        raw = tuple(cells for row in rows for cells in row.raw)
        strays = [row for row in rows if not row.cells]
        if strays:
            return FileRow(rows[0].line, [], raw, strays[0].wrong, sheet=rows[0].sheet)
        try:
            main = rows[self._main(some)]
            others = [row for row in rows if row is not main]
            return self._latest(main, others) if self.several.latest else self._sum(main, others)
        except Unfit as unfit:
            number = rows[0].cells[self.columns.index("policy_no")]
            wrong = Wrong("policy_no", number, unfit.why)
            return FileRow(rows[0].line, rows[0].cells, raw, (wrong,), sheet=rows[0].sheet)

    # ------------------------------------------------------------------------------ the main row

    def _main(self, some: Sequence[Ranked]) -> int:
        """Where the row stands that decides."""
        if any(not each.row.cells for each in some):
            return 0
        if self.several.latest:
            return self._last(some)
        if not self.several.of:
            return 0
        meant = folded(self.several.first)
        found = [place for place, each in enumerate(some) if folded(each.rank) == meant]
        if len(found) == 1:
            return found[0]
        facts = {"header": self.several.of, "said": self.several.first}
        raise Unfit(Notice("main_row_twice" if found else "no_main_row", facts))

    def _last(self, some: Sequence[Ranked]) -> int:
        """Where the latest row stands; of several alike the first."""
        if len(some) == 1:
            return 0
        style = self.mapping.style("", self.style)
        self._refuse_two_days([each.rank for each in some], cells.reading("delivered_on", style))
        parse = cells.parser("delivered_on", style)
        ranks = [_rank(each.rank, parse) for each in some]
        place = ranks.index(max(ranks))
        if len({kind for kind, _ in ranks}) > 1 or "" in dict(ranks):
            raise Unfit(notice("not_in_order", header=self.several.latest))
        same = [some[each].row.cells for each, rank in enumerate(ranks) if rank == ranks[place]]
        if any(each != same[0] for each in same):
            raise Unfit(notice("latest_twice", header=self.several.latest))
        return place

    def _refuse_two_days(self, ranks: Sequence[str], reading: Reading) -> None:
        """Raises `Unfit` where the formats read a rank as two days: no row is known to be the latest."""
        for said in ranks if len(reading.formats) > 1 else ():
            with contextlib.suppress(BadCell):  # it is no day
                if len(set(days.meanings(spoilt.folded(said), reading).values())) > 1:
                    facts = {"header": self.several.latest, "said": said}
                    raise Unfit(Notice("latest_unclear", facts))

    # ------------------------------------------------------------------------------ put together

    def _latest(self, main: FileRow, others: Sequence[FileRow]) -> FileRow:
        """The latest row; how many it outdates is told."""
        places = [Place(each.line, self._number(each)) for each in others]
        self.findings.add("older_rows", places)
        return main

    def _sum(self, main: FileRow, others: Sequence[FileRow]) -> FileRow:
        """The main row with the amounts of all."""
        if not others:
            return main
        rows = [main, *others]
        wrong = {each.column: each for row in rows for each in row.wrong}
        joined = list(main.cells)
        for place, column in enumerate(self.columns):
            said = [row.cells[place].strip() for row in others]
            if column in summed(self.kind, self.mapping):
                joined[place] = PLUS.join([main.cells[place].strip(), *filter(None, said)])
            elif column in _ALIKE + _OF_ONE_PERSON + self._decided:
                self._compare(column, place, main, others, wrong)
        self._tell_alike(rows)
        raw = tuple(cells for row in sorted(rows, key=_line) for cells in row.raw)
        return FileRow(main.line, joined, raw, tuple(wrong.values()), sheet=main.sheet)

    @property
    def _decided(self) -> tuple[str, ...]:
        """What the main row decides; nobody has said that the first one's issue is the policy's."""
        return _TOLD if self.several.of else _TOLD + ("issue_date",)

    def _tell_alike(self, rows: Sequence[FileRow]) -> None:
        """Rows that are the same as one before: they may be added twice."""
        seen, alike = set[tuple[str, ...]](), list[Place]()
        for row in sorted(rows, key=_line):
            said = tuple(cell for cells in row.raw for cell in cells)
            if said in seen:
                alike.append(Place(row.line, self._number(row)))
            seen.add(said)
        self.findings.add("parts_alike", alike)

    def _compare(
        self,
        column: str,
        place: int,
        main: FileRow,
        others: Sequence[FileRow],
        wrong: dict[str, Wrong],
    ) -> None:
        """What the rows have to agree on, or what is told where they do not."""
        meant = coder(self.mapping.codes.get(column, {}))
        said = main.cells[place].strip()
        differing = [
            row
            for row in others
            if meant(row.cells[place].strip()) != meant(said)
            and (column in _ALIKE or row.cells[place].strip())
        ]
        if differing and column in _ALIKE + _OF_ONE_PERSON:
            value = differing[0].cells[place].strip()
            why = notice("parts_disagree", said=said)
            wrong.setdefault(column, Wrong(column, value, why))
        elif differing:
            places = [Place(row.line, self._number(row)) for row in differing]
            self.findings.add("parts_differ", places, column)

    def _number(self, row: FileRow) -> str:
        return row.cells[self.columns.index("policy_no")].strip()


def _line(row: FileRow) -> int:
    return row.line


def _rank(said: str, parse: Parser) -> tuple[str, Any]:
    """A moment, a day or a number, with its kind; of another text none."""
    try:
        return "day", datetime.datetime.fromisoformat(said).replace(tzinfo=None)
    except ValueError:
        pass
    try:
        day = parse(said)
        return ("day", datetime.datetime.combine(day, datetime.time())) if day else ("", 0)
    except BadCell:
        return ("number", int(said)) if said.isdecimal() and len(said) <= _DIGITS else ("", 0)
