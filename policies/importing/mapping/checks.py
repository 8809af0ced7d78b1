"""What of a mapping cannot be meant, or would refuse rows that are well: each with its key."""

import re
from collections.abc import Iterator

from policies import records
from policies.importing.cells import amounts, cells, days
from policies.importing.cells.cells import Parser, Style
from policies.importing.findings import BadCell
from policies.importing.kinds import CELLS
from policies.importing.mapping.mapping import AMOUNTS, Made, Mapping, Several
from policies.importing.mapping.patterns import NoPattern, Pattern
from policies.notices import Notice, notice


def mistakes(mapping: Mapping) -> Iterator[tuple[str, Notice]]:
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
