"""Mappings as their files state them, looked at before anything is read by them."""

import codecs
import datetime
from pathlib import Path
from typing import Any

import msgspec

from policies import errors, records, toml
from policies.importing.cells import phones
from policies.importing.files import typed
from policies.importing.kinds import CELLS
from policies.importing.mapping import checks
from policies.importing.mapping.mapping import Made, Mapping
from policies.notices import notice

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
    for key, why in checks.mistakes(mapping):
        raise errors.BadSetting(str(path), notice("at_key", key=key, why=why))
    return msgspec.structs.replace(mapping, encoding=encoding_named(mapping.encoding, path))


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
