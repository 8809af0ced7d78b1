"""How another system's file is to be read: its headers, dates and codes (domain.md §9.3)."""

import codecs
import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from policies import errors, records, toml
from policies.importing import amounts, cells, days, phones, typed
from policies.importing.cells import Parser, Style
from policies.importing.findings import BadCell
from policies.importing.kinds import CELLS, Said
from policies.importing.patterns import NoPattern, Pattern
from policies.notices import Notice, notice

AMOUNTS = ("annual_premium", "sum_assured", "amount")
"""Canonical columns that may be summed up."""


class Made(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"between": "with"},
):
    """How the cells of a canonical column are made of that system's.

    They are taken out of one or several columns; then they lose what stands around them, are split,
    are searched, and are asked for a code, as far as the mapping says so.
    """

    of: str = ""
    """That system's header."""
    join: tuple[str, ...] = ()
    """Headers: their cells that are not empty, one behind the other."""
    between: str = " "
    """What stands between cells that are joined."""
    first: tuple[str, ...] = ()
    """Headers: the first of their cells that is not empty."""
    instalment: str = ""
    """The header of the number of an instalment, of which the policy knows the day."""
    strip: str = ""
    """Characters that stand around what is meant."""
    split: str = ""
    """What stands between the parts of a cell."""
    part: int = 1
    """Which part is meant; the last is -1."""
    match: str = ""
    """A pattern for what is meant of a cell."""
    when: tuple[str, ...] = ()
    """Codes of which `then` is the cell; of others it is empty."""
    then: str = ""
    """A canonical column, or a header."""
    date_formats: tuple[str, ...] = ()
    """Of this column alone, as the two below."""
    pivot: int = 0
    numbers: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of which its cells are made."""
        return tuple(filter(None, (self.of, *self.join, *self.first, self.instalment)))

    @property
    def is_plain(self) -> bool:
        """Whether its cells are those of a column as they stand."""
        words = (self.strip, self.split, self.match, self.when)
        return self.headers == (self.of,) and not any(words)


class Several(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How several rows speak of one policy, or of one instalment."""

    sum: tuple[str, ...] = ()
    """Canonical columns of which the rows state parts."""
    of: str = ""
    """The header that says which of the rows is the main one; empty: it is the first."""
    first: str = ""
    """What stands there."""
    latest: str = ""
    """The header of the days, or numbers, of which the latest row has the highest."""


class Joined(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another file of the same export: its rows tell more of the main one's, or are a ledger."""

    file: str
    """Its name beside the main file, or a pattern of it such as `clients*.csv`."""
    key: str = ""
    """Its header of the numbers by which its rows are known."""
    on: str = ""
    """The main file's header of these numbers."""
    kind: Literal["", "premiums"] = ""
    """Whether it is a ledger, which is taken in after the main file."""
    columns: dict[str, str | Made] = {}
    """Of a ledger, what its cells are made of; empty: of what the main file's are."""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How another system's file is to be read: its headers, dates, codes, and the columns it lacks."""

    columns: dict[str, str | Made] = {}
    """Canonical column = that system's header, or how its cells are made."""
    date_formats: tuple[str, ...] = ()
    """As Python's strptime has them; the year first is always understood."""
    pivot: int = 0
    """The last year that two digits mean; 0: the last in which the day can lie."""
    numbers: str = ""
    """An example of how amounts are spelled."""
    country: str = ""
    """The country of phone numbers that name none; empty: the book's."""
    encoding: str = ""
    """Of text files; empty: it is looked for."""
    delimiter: str | None = None
    """Likewise; None: it is looked for."""
    header_row: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    """The line of the header; 0: there is none, and the columns are A, B, C …"""
    sheet: str | list[str] = ""
    """Of a workbook, one or several; empty: the visible ones that have the header of the first."""
    codes: dict[str, dict[str, str]] = {}
    """Per canonical column: that system's code = ours."""
    constants: dict[str, str] = {}
    """Per canonical column: one value for every row."""
    complete: Said = False
    """Of what the file is complete."""
    own_headers: bool = True
    """Whether headers in our own words count that `columns` does not name."""
    totals: str | tuple[str, ...] = ()
    """Words with which the first cell of a row begins that adds others up."""
    skip: dict[str, str | tuple[str, ...]] = {}
    """Per header of that system: the cells of rows that are passed over."""
    only: dict[str, str | tuple[str, ...]] = {}
    """Likewise of rows that are read, and no others."""
    premium_per: Literal["year", "instalment"] = "year"
    """What a premium of a book is for."""
    end_only_when_ended: bool = False
    """Whether the end date of a policy that has not ended means nothing, such as its maturity."""
    rows_per_policy: Several | None = None
    """How several rows speak of one policy."""
    files: dict[str, Joined] = {}
    """By a name of its own: a file whose columns are joined to this one's, as `name.header`."""

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets of a workbook that are read; none: it does not say."""
        return (self.sheet,) if self.sheet and isinstance(self.sheet, str) else (*self.sheet,)

    def made(self, column: str) -> Made | None:
        """How the cells of a canonical column are made; None: not by the mapping."""
        said = self.columns.get(column)
        return Made(of=said) if isinstance(said, str) else said

    @property
    def theirs(self) -> frozenset[str]:
        """The headers of that system that are used, those of files that are joined included."""
        made = [each for column in self.columns if (each := self.made(column))]
        several = self.rows_per_policy or Several()
        on = [each.on for each in self.files.values() if each.on]
        columns = [header for each in made for header in (*each.headers, each.then)]
        others = [*self.skip, *self.only, several.of, several.latest, *on]
        return frozenset(filter(None, [*columns, *others]))

    def of_ledger(self, name: str) -> "Mapping":
        """How a ledger is read that comes with the main file."""
        columns = self.files[name].columns or self.columns
        return msgspec.structs.replace(self, columns=columns, files={}, skip={}, only={})

    def follows(self, column: str) -> str:
        """The canonical column whose cells a column takes over; itself if it takes over none."""
        made = self.made(column)
        return made.then if made and made.then in self.columns and not made.date_formats else column

    def style(self, column: str, otherwise: Style) -> Style:
        """How the cells of a canonical column are read; `otherwise`: what it says nothing of."""
        made = self.made(self.follows(column)) or Made(of="")
        return msgspec.structs.replace(
            otherwise,
            country=self.country or otherwise.country,
            dates=made.date_formats or self.date_formats,
            pivot=made.pivot or self.pivot,
            numbers=made.numbers or self.numbers,
        )


class Settled(Mapping, frozen=True, kw_only=True):
    """A mapping of which a file has shown which of several orders of day and month it means."""

    orders: dict[str, tuple[str, ...]] = {}
    """By canonical column: the formats that are left."""

    def style(self, column: str, otherwise: Style) -> Style:
        """How the cells of a canonical column are read."""
        found = Mapping.style(self, column, otherwise)
        return msgspec.structs.replace(found, dates=self.orders.get(column, found.dates))


_OF_COLUMNS: dict[str, Any] = {
    "columns": str | Made,
    "codes": dict[str, str],
    "constants": str,
}
"""The tables of a mapping by canonical column, and what they say of one."""


def _of_columns(section: str, table: dict[str, Any], path: Path) -> dict[str, Any]:
    """What a table says of each canonical column; raises `BadSetting` naming the column."""
    known = {column for each in CELLS.values() for column in records.columns(each)}
    for column, said in table.items():
        if column not in known:
            why = notice("not_a_column", section=section, column=column)
            raise errors.BadSetting(str(path), why)
        if section == "constants":
            table[column] = said = _as_text(said)
        toml.convert(said, _OF_COLUMNS[section], str(path), f"{section}.{column}")
    return table


def _as_text(said: Any) -> Any:
    """A number, a date or a yes as a file would have it; a text and a table as they are."""
    if isinstance(said, bool):
        return "yes" if said else "no"
    if isinstance(said, float):
        return typed.as_written(said)
    return str(said) if isinstance(said, int | datetime.date) else said


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises `UnreadableFile` or `BadSetting` naming the key."""
    tables = toml.read(path)
    said = {name: tables[name] for name in _OF_COLUMNS if isinstance(tables.get(name), dict)}
    shaped = {name: _of_columns(name, table, path) for name, table in said.items()}
    mapping = toml.convert({**tables, **shaped}, Mapping, str(path))
    if mapping.country and not phones.is_country(mapping.country):
        raise errors.BadSetting(str(path), notice("not_a_country", country=mapping.country))
    delimiter = mapping.delimiter
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise errors.BadSetting(str(path), notice("bad_delimiter"))
    for key, why in _mistakes(mapping):
        raise errors.BadSetting(str(path), notice("at_key", key=key, why=why))
    return msgspec.structs.replace(mapping, encoding=encoding_named(mapping.encoding, path))


def _mistakes(mapping: Mapping) -> Iterator[tuple[str, Notice]]:
    """What of a mapping cannot be meant, or would refuse rows that are well: its key, and why."""
    yield from _styles(mapping, "")
    yield from _codes_to_nothing(mapping)
    yield from _mistakes_of_columns(mapping.columns, "columns")
    for column in mapping.constants.keys() & mapping.columns.keys():
        yield f"constants.{column}", notice("one_of_keys", keys=["columns", "constants"])
    for name, joined in mapping.files.items():
        if not _PLAIN_NAME.fullmatch(joined.file):
            yield f"files.{name}.file", notice("not_beside")
        if joined.kind and (joined.key or joined.on):
            yield f"files.{name}", notice("one_of_keys", keys=["kind", "key"])
        if not joined.kind and not (joined.key and joined.on):
            yield f"files.{name}", notice("keys_together", one="key", other="on")
        yield from _mistakes_of_columns(joined.columns, f"files.{name}.columns")
    several = mapping.rows_per_policy
    if several and (why := _mistake_of_rows(several)):
        yield "rows_per_policy", why


_PLAIN_NAME = re.compile(r"[^/\\\0]*[^/\\\0.][^/\\\0]*")
"""Of a file that lies beside another: it leads to no other folder."""


def _mistakes_of_columns(
    columns: dict[str, str | Made], section: str
) -> Iterator[tuple[str, Notice]]:
    """Cells that cannot be made."""
    known = {column for cells in CELLS.values() for column in records.columns(cells)}
    for column, said in columns.items():
        if column not in known:
            yield section, notice("not_a_column", section=section, column=column)
        elif isinstance(said, Made):
            yield from _styles(said, f"{section}.{column}.")
            if why := _mistake(column, said):
                yield f"{section}.{column}", why


def _mistake(column: str, made: Made) -> Notice | None:
    """Why the cells of a column cannot be made so, if so."""
    if made.instalment and column != "due_date":
        return notice("instalment_of_due_date")
    sources = [made.of, made.join, made.first, made.instalment]
    if sum(map(bool, sources)) != 1:
        return notice("one_of_keys", keys=["of", "join", "first", "instalment"])
    if bool(made.when) != bool(made.then):
        return notice("keys_together", one="when", other="then")
    if not made.part:
        return notice("part_of_nothing")
    try:
        Pattern(made.match)
    except NoPattern:
        return notice("not_a_pattern", pattern=made.match)
    return None


def _mistake_of_rows(several: Several) -> Notice | None:
    """Why rows cannot be put together so, if so."""
    if bool(several.sum) == bool(several.latest):
        return notice("one_of_keys", keys=["sum", "latest"])
    if bool(several.of) != bool(several.first):
        return notice("keys_together", one="of", other="first")
    if strange := [each for each in several.sum if each not in AMOUNTS]:
        return notice("not_summed", column=strange[0], columns=list(AMOUNTS))
    return None


def _codes_to_nothing(mapping: Mapping) -> Iterator[tuple[str, Notice]]:
    for column, codes in mapping.codes.items():
        parse = cells.parser(column, mapping.style(column, _ANY_STYLE))
        for code, ours in codes.items():
            if ours and (why := _refusal(parse, ours)):
                yield f"codes.{column}", notice("code_to_nothing", code=code, value=ours, why=why)


def _styles(said: Mapping | Made, under: str) -> Iterator[tuple[str, Notice]]:
    """The mistakes in how a mapping says that days and amounts are read."""
    for form in said.date_formats:
        if why := days.mistake(form):
            yield f"{under}date_formats", why
    if said.pivot and not days.EARLIEST.year <= said.pivot <= days.LATEST.year:
        why = notice("not_a_pivot", first=days.EARLIEST.year, last=days.LATEST.year)
        yield f"{under}pivot", why
    if said.numbers and said.numbers not in amounts.SPELLINGS:
        yield f"{under}numbers", notice("no_such_spelling", spellings=list(amounts.SPELLINGS))


_ANY_STYLE = Style(country="", today=days.LATEST)
"""Of codes: what they mean depends on no day."""


def _refusal(parse: Parser, value: str) -> Notice | None:
    try:
        parse(value)
    except BadCell as error:
        return error.notice
    return None


_HOLD_MORE = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""By encoding the one that people mean by its name: it holds more characters."""


def encoding_named(said: str, path: Path) -> str:
    """The encoding that a mapping says, in Python's name; raises `BadSetting` where there is none."""
    try:
        said.encode(said or "utf-8")
    except (LookupError, UnicodeError, ValueError):
        raise errors.BadSetting(str(path), notice("not_an_encoding", encoding=said)) from None
    name = codecs.lookup(said).name if said else ""
    return _HOLD_MORE.get(name, name)
