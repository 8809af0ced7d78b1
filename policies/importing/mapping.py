"""How another system's file is to be read: its headers, dates and codes (domain.md §9.3)."""

import datetime
from pathlib import Path
from typing import Any

import msgspec

from policies import errors, records, toml
from policies.importing import phones
from policies.importing.cells import Style
from policies.importing.kinds import CELLS, Said
from policies.notices import notice


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the cells of a canonical column are made of that system's."""

    of: str
    """That system's header."""
    date_formats: tuple[str, ...] = ()
    """Of this column alone."""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How another system's file is to be read: its headers, dates, codes, and the columns it lacks."""

    columns: dict[str, str | Made] = {}
    """Canonical column = that system's header, or how its cells are made."""
    date_formats: tuple[str, ...] = ()
    """As Python's strptime has them; ISO is always understood."""
    country: str = ""
    """The country of phone numbers that name none; empty: the book's."""
    delimiter: str = ","
    sheet: str | list[str] = ""
    """Of a workbook, one or several; empty: the visible ones that have the header of the first."""
    codes: dict[str, dict[str, str]] = {}
    """Per canonical column: that system's code = ours."""
    constants: dict[str, str] = {}
    """Per canonical column: one value for every row."""
    complete: Said = False
    """Of what the file is complete."""

    @property
    def sheets(self) -> list[str]:
        """The sheets of a workbook that are read; none: it does not say."""
        return [self.sheet] if self.sheet and isinstance(self.sheet, str) else [*self.sheet]

    def made(self, column: str) -> Made | None:
        """How the cells of a canonical column are made; None: not by the mapping."""
        said = self.columns.get(column)
        return Made(of=said) if isinstance(said, str) else said

    def style(self, column: str, otherwise: Style) -> Style:
        """How the cells of a canonical column are read; `otherwise`: what it says nothing of."""
        made = self.made(column)
        return msgspec.structs.replace(
            otherwise,
            country=self.country or otherwise.country,
            dates=made.date_formats if made and made.date_formats else self.date_formats,
        )


_OF_COLUMNS: dict[str, Any] = {
    "columns": str | Made,
    "codes": dict[str, str],
    "constants": str,
}
"""The tables of a mapping by canonical column, and what they say of one."""


def _of_columns(section: str, table: dict[str, Any], path: Path) -> dict[str, Any]:
    """What a table says of each canonical column; raises `BadSetting` naming the column."""
    known = {column for cells in CELLS.values() for column in records.columns(cells)}
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
    return str(said) if isinstance(said, int | float | datetime.date) else said


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
    return mapping
