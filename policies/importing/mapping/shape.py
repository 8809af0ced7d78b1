"""The rows of a file in our columns, where a mapping asks for more than other headers.

A table of which nothing is asked keeps its rows as they stand there, so that they cost nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter
from pathlib import Path

import msgspec

from policies import errors, records
from policies.importing import inert
from policies.importing.cells.cells import Style
from policies.importing.files.tables import REJECT_COLUMNS, FileRow, Lookup, Table, only_once
from policies.importing.findings import ROW, BadCell, Place, Wrong
from policies.importing.kinds import CELLS, Kind
from policies.importing.mapping import grouping
from policies.importing.mapping.codes import folded, listed
from policies.importing.mapping.grouping import Grouping, Ranked
from policies.importing.mapping.making import Maker, Take, cell_at
from policies.importing.mapping.mapping import Made, Mapping, Several
from policies.notices import Notice, notice

ELSEWHERE = ("not_in_file", "twice_in_file")
"""Of a row that leads to no row of another file: what is wrong stands in no column of its own."""


def shaped(table: Table, kind: Kind, mapping: Mapping, style: Style) -> Table:
    """The table with its rows in our columns, and the places of these.

    Raises `MissingColumns` where the mapping names a header that is not there.
    """
    known = [each for each in records.columns(CELLS[kind]) if each not in mapping.constants]
    _refuse_twins(table, mapping, known)
    own, plain = _own(table, mapping, known), _plain(table, mapping, known)
    places = {column: {**own, **plain}[column] for column in known if column in {**own, **plain}}
    table.told.extend(_told(table, mapping, own, places))
    table = replace(_filtered(table, mapping), places=places)
    made = _makers(table, mapping, known)
    several = grouping.asked(kind, mapping)
    if not made and not several:
        return table
    columns = [column for column in known if column in places or column in made]
    shape = _Shape(
        table, {column: made.get(column) or itemgetter(places[column]) for column in columns}
    )
    rows = shape.grouped(kind, mapping, several, style) if several else map(shape.row, table.rows)
    shaped_places = {column: place for place, column in enumerate(columns)}
    return replace(table, header=columns, rows=rows, places=shaped_places, is_shaped=True)


# ----------------------------------------------------------------------------------- the columns


def _refuse_twins(table: Table, mapping: Mapping, known: Sequence[str]) -> None:
    """Raises `UnreadableFile` where a header that means something stands twice."""
    only_once(table.path, table.header, mapping.theirs.__contains__)
    ours = set(known).difference(mapping.columns) if mapping.own_headers else set[str]()
    only_once(table.path, [name.lower() for name in table.header], ours.__contains__)


def _own(table: Table, mapping: Mapping, known: Sequence[str]) -> dict[str, int]:
    """Where the columns stand that bear our names, and of which the mapping does not speak."""
    lowered = {name.lower(): place for place, name in enumerate(table.header)}
    meant = [each for each in known if each in lowered and each not in mapping.columns]
    return {column: lowered[column] for column in meant} if mapping.own_headers else {}


def _plain(table: Table, mapping: Mapping, known: Sequence[str]) -> dict[str, int]:
    """Where the columns stand of which the mapping only names the header."""
    made = {column: mapping.made(column) for column in known}
    return {
        column: _place(table, each.of)
        for column, each in made.items()
        if each and _is_plain(table, each)
    }


def _is_plain(table: Table, made: Made) -> bool:
    """Whether cells are those of a column of this file as they stand."""
    is_elsewhere = made.of not in table.header and made.of.partition(".")[0] in table.lookups
    return made.is_plain and not is_elsewhere


def _makers(table: Table, mapping: Mapping, known: Sequence[str]) -> dict[str, Take]:
    """How the cells are made of the other columns."""
    made = {column: mapping.made(column) for column in known}
    return {
        column: _maker(table, mapping, each)
        for column, each in made.items()
        if each and not _is_plain(table, each)
    }


def _maker(table: Table, mapping: Mapping, made: Made) -> Maker:
    """How the cells of a column are made."""
    return Maker(made, partial(_taking, table), _then(table, mapping, made) if made.then else None)


def _then(table: Table, mapping: Mapping, made: Made) -> Take:
    """What a cell says where a code stands: another of our columns, or one of that system's."""
    places, followed = table.places or {}, mapping.made(made.then)
    if made.then in places:
        return cell_at(places[made.then])
    return _maker(table, mapping, followed) if followed else _taking(table, made.then)


def _taking(table: Table, header: str) -> Take:
    """How a cell is taken out of a row, or out of the row of another file that it leads to."""
    name, _, theirs = header.partition(".")
    if header in table.header or name not in table.lookups:
        return cell_at(_place(table, header))
    lookup = table.lookups[name]
    if theirs not in lookup.header:
        raise errors.MissingColumns(Path(lookup.called), [theirs], lookup.header)
    take, key = cell_at(lookup.header.index(theirs)), cell_at(_place(table, lookup.on))
    return lambda cells: _looked_up(lookup, key(cells), take)


def _looked_up(lookup: Lookup, key: str, take: Take) -> str:
    """A cell of the row of another file that a key leads to; an empty one leads to none."""
    if not key:
        return ""
    if key in lookup.twice:
        raise BadCell("twice_in_file", file=lookup.called, header=lookup.on)
    if (found := lookup.rows.get(key)) is None:
        raise BadCell("not_in_file", file=lookup.called, header=lookup.on)
    return take(found)


def _place(table: Table, header: str) -> int:
    """Where a column of that system stands; raises `MissingColumns`."""
    if header not in table.header:
        raise errors.MissingColumns(table.path, [header], table.header, table.header_seems)
    return table.header.index(header)


def _told(
    table: Table, mapping: Mapping, own: dict[str, int], places: dict[str, int]
) -> Iterator[Notice]:
    """Columns that mean nothing to us, or were taken by their own name beside those of a mapping."""
    if not mapping.columns:
        used = {table.header[place] for place in places.values()} | {*REJECT_COLUMNS, ""}
        unused = [name for name in dict.fromkeys(table.header) if name not in used]
        yield from (notice("column_left_out", column=name) for name in unused)
    elif own:
        names = [table.header[place] for place in own.values()]
        yield notice("columns_by_own_name", columns=names, count=len(names))


# -------------------------------------------------------------------------------------- the rows


class _Shape:
    """Puts rows of a file into our columns."""

    def __init__(self, table: Table, takes: dict[str, Take]) -> None:
        self._table, self._takes = table, takes
        self._width = len(table.header)

    def row(self, row: FileRow) -> FileRow:
        """The row in our columns; one of another width has none."""
        if (found := len(row.cells)) != self._width:
            why = notice("wrong_width", expected=self._width, found=found)
            return _made(row, [], [Wrong(ROW, "", why)])
        wrong: list[Wrong] = []
        cells = [_cell(column, take, row, wrong) for column, take in self._takes.items()]
        return _made(row, cells, wrong)

    def grouped(
        self, kind: Kind, mapping: Mapping, several: Several, style: Style
    ) -> Iterator[FileRow]:
        """The rows in our columns, those together that speak of one thing."""
        header = several.latest or several.of
        rank = _taking(self._table, header) if header else None

        def ranked(row: FileRow) -> Ranked:
            shaped = self.row(row)
            return Ranked(shaped, rank(row.cells) if rank and shaped.cells else "")

        columns, findings = list(self._takes), self._table.findings
        how = Grouping(kind, mapping, several, style, columns, ranked, findings)
        return how.rows(self._table.rows)


def _made(row: FileRow, cells: list[str], wrong: list[Wrong]) -> FileRow:
    """What is made of a row of the file."""
    return msgspec.structs.replace(row, cells=cells, raw=(row.cells,), wrong=tuple(wrong))


def _cell(column: str, take: Take, row: FileRow, wrong: list[Wrong]) -> str:
    """A cell of ours; where none can be made, as that system has it, and why."""
    try:
        return take(row.cells)
    except BadCell as error:
        is_elsewhere = error.notice.code in ELSEWHERE
        said = take.taken(row.cells) if isinstance(take, Maker) and not is_elsewhere else ""
        wrong.append(Wrong(column, said, error.notice))
        return said


def _filtered(table: Table, mapping: Mapping) -> Table:
    """The table without the rows that the mapping passes over, which are counted."""
    totals = tuple(folded(each) for each in listed(mapping.totals) if each)
    choices = [
        *_choices(table, mapping.skip, is_kept=False),
        *_choices(table, mapping.only, is_kept=True),
    ]
    if not totals and not choices:
        return table

    def rows() -> Iterator[FileRow]:
        for row in table.rows:
            if totals and folded(_first(row.cells)).startswith(totals):
                table.findings.add("totals_passed", [Place(row.line)])
            elif any(not is_meant(row.cells) for is_meant in choices):
                table.findings.add("rows_skipped", [Place(row.line)])
            else:
                yield row

    return replace(table, rows=rows())


def _choices(
    table: Table, said: dict[str, str | tuple[str, ...]], *, is_kept: bool
) -> Iterator[Callable[[list[str]], bool]]:
    """Of each header whether a row is meant."""
    for header, codes in said.items():
        meant = {folded(each) for each in listed(codes)}
        yield partial(_is_meant, len(table.header), _place(table, header), meant, is_kept)


def _is_meant(width: int, place: int, codes: set[str], is_kept: bool, cells: list[str]) -> bool:
    """Whether a row is meant; one of another width always is, and is refused."""
    return len(cells) != width or (folded(inert.said(cells[place])) in codes) is is_kept


def _first(cells: list[str]) -> str:
    """The first cell that is not empty."""
    return next((each for each in cells if each.strip()), "")
