"""A file of another system as it was seen: its columns, and a draft of the mapping that reads it."""

from collections.abc import Iterator
from typing import Any

import click

from policies import controls, records
from policies.drafting.look import Look, LookedColumn
from policies.importing.findings import document
from servicing.core import i18n, output
from servicing.core.output import Format
from servicing.terminal.words import word

COLUMNS = ("theirs", "ours", "holds", "filled", "samples", "odd_cells")

MOST = 24
"""Characters of a sample that are shown."""


def emit(look: Look, mapping: str, form: Format, locale: str) -> None:
    """Print what was seen, and the draft, as scripts read it; as CSV the columns alone."""
    if form == "json":
        output.emit_json(as_json(look, mapping))
    else:
        output.emit(look.columns, LookedColumn, [], form, locale)


def as_json(look: Look, mapping: str) -> dict[str, Any]:
    """What was seen, and the draft, in one document."""
    seen = records.named(look)
    read_as = records.named(seen.pop("recognised"))
    warnings = [document(each) for each in look.told]
    return {**seen, "read_as": read_as, "told": warnings, "mapping": mapping}


def show(look: Look, locale: str) -> None:
    """Print what was seen of the file, a line a column."""
    found = look.recognised
    facts: dict[str, object] = {
        "encoding": found.encoding or "–",
        "delimiter": found.delimiter or "–",
    }
    key = "looked" if look.is_whole else "looked_at_first"
    if look.sheets:
        key, facts = f"{key}_in_sheets", {"sheets": i18n.listed(look.sheets, locale)}
    click.echo(controls.inert(word(key, locale, file=look.file, count=look.rows, **facts)))
    click.echo()
    is_odd = any(each.odd for each in look.columns)
    output.emit_table(_rows(look, locale), COLUMNS if is_odd else COLUMNS[:-1], locale)


def _rows(look: Look, locale: str) -> Iterator[dict[str, Any]]:
    for each in look.columns:
        yield {
            "theirs": each.header,
            "ours": each.ours or "–",
            "holds": _holds(each, locale),
            "filled": each.filled,
            "samples": " · ".join(map(_short, each.samples)),
            "odd_cells": " · ".join(_odd(each, locale)),
        }


def _holds(column: LookedColumn, locale: str) -> str:
    held = word(f"holds_{column.kind}", locale)
    return f"{held} ({', '.join(column.forms)})" if column.forms else held


def _odd(column: LookedColumn, locale: str) -> Iterator[str]:
    for each in column.odd:
        yield word("odd_cell", locale, line=each.line, value=_short(each.value))


def _short(text: str) -> str:
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"
