"""How another system's file is to be read: its headers, dates and codes (domain.md §9.3)."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from policies import errors, records, toml
from policies.importing import amounts, cells, days, phones
from policies.importing.cells import Parser, Style
from policies.importing.findings import BadCell
from policies.importing.kinds import CELLS, Said
from policies.notices import Notice, notice


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the cells of a canonical column are made of that system's."""

    of: str
    """That system's header."""
    date_formats: tuple[str, ...] = ()
    """Of this column alone, as the two below."""
    pivot: int = 0
    numbers: str = ""


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
    delimiter: str = ","
    codes: dict[str, dict[str, str]] = {}
    """Per canonical column: that system's code = ours."""
    constants: dict[str, str] = {}
    """Per canonical column: one value for every row."""
    complete: Said = False
    """Of what the file is complete."""

    def made(self, column: str) -> Made | None:
        """How the cells of a canonical column are made; None: not by the mapping."""
        said = self.columns.get(column)
        return Made(of=said) if isinstance(said, str) else said

    def style(self, column: str, otherwise: Style) -> Style:
        """How the cells of a canonical column are read; `otherwise`: what it says nothing of."""
        made = self.made(column) or Made(of="")
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
        return amounts.as_written(said)
    return str(said) if isinstance(said, int | datetime.date) else said


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises `UnreadableFile` or `BadSetting` naming the key."""
    tables = toml.read(path)
    said = {name: tables[name] for name in _OF_COLUMNS if isinstance(tables.get(name), dict)}
    shaped = {name: _of_columns(name, table, path) for name, table in said.items()}
    mapping = toml.convert({**tables, **shaped}, Mapping, str(path))
    if mapping.country and not phones.is_country(mapping.country):
        raise errors.BadSetting(str(path), notice("not_a_country", country=mapping.country))
    if len(mapping.delimiter) != 1 or mapping.delimiter in '"\r\n':
        raise errors.BadSetting(str(path), notice("bad_delimiter"))
    for key, why in _mistakes(mapping):
        raise errors.BadSetting(str(path), notice("at_key", key=key, why=why))
    return mapping


def _mistakes(mapping: Mapping) -> Iterator[tuple[str, Notice]]:
    """What would refuse rows that are well, and the key at which it stands."""
    yield from _styles(mapping, "")
    for column, made in mapping.columns.items():
        if isinstance(made, Made):
            yield from _styles(made, f"columns.{column}.")
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
