"""Rows as people and programs read them: a table that fits 80 columns, one JSON document, or CSV."""

import csv
import dataclasses
import datetime
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from policies import controls, records
from policies.importing.inert import inert
from policies.records import Record
from servicing.core import i18n

Format = Literal["table", "json", "csv"]

NUMBERS = frozenset(
    ["id", "count", "issued", "counted", "persisting", "premium_counted", "premium_persisting"]
    + ["ratio", "annual_premium", "premium", "outstanding", "days_left", "to_collect", "to_keep"]
    + ["ratio_if_nothing", "people", "policies", "lost", "lost_no_contact", "lost_no_record"]
    + ["lost_served", "lost_unserved", "share_served", "share_unserved", "persistency"]
    + ["of_premium", "referrals", "add_on", "coverage", "in_time_share", "overdue"]
    + ["opened", "open", "saved", "lost_cases", "unreachable", "of_decided", "of_all"]
    + ["paid_of", "due_premium", "received", "collected", "not_received", "amount"]
    + ["touchpoints", "messages", "sms", "email", "parts", "cost", "tasks", "agents_over"]
    + [
        "check",
        "draw",
        "share",
        "frame",
        "drawn",
        "checked",
        "open_checks",
        "passed_ratio",
        "red_lines",
        "weight",
    ]
    + ["lead", "lead_days", "asked", "gave", "names", "consented", "contacted", "met", "won"]
    + ["gave_ratio_shown", "per_name_shown", "per_ask_shown"]
    + ["faulty", "out_of", "expected", "limit", "complaints", "per_wan"]
    + ["filled", "capacity", "over", "change", "waiting", "clients", "days", "rows", "bytes"]
)
"""Columns of a table that are read from the right."""


def emit(
    rows: Iterable[Any],
    shape: type | Sequence[str],
    columns: Sequence[str],
    form: Format,
    locale: str,
) -> None:
    """Print rows (dataclasses or mappings) in the form asked for.

    `shape` says what a row has, also where there is none; `columns` choose for the table.
    """
    if form == "json":
        emit_json_rows(rows)
    elif form == "csv":
        emit_csv(rows, shape)
    else:
        emit_table(rows, columns, locale)


def money(value: Decimal, currency: str) -> str:
    """An amount as people read it, `389,307 CNY`: hundredths only where there are any."""
    told = f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
    return f"{told} {currency}".strip()


def amounts(by_currency: Mapping[str, Decimal]) -> str:
    """Amounts of several currencies beside each other: nobody can add them up; empty: there are none."""
    return " + ".join(money(value, name) for name, value in sorted(by_currency.items()))


def emit_counts(counts: Mapping[str, Any], form: Format, locale: str) -> None:
    """Print what a command did: one object, or a line a count."""
    if form == "json":
        emit_json(counts)
    elif form == "csv":
        emit_csv([counts], list(counts))
    else:
        rows = [
            {"what": i18n.say("state", name, locale), "count": count}
            for name, count in counts.items()
            if not isinstance(count, bool)
        ]
        emit_table(rows, ["what", "count"], locale)


def emit_json(document: Any) -> None:
    """Print one JSON document."""
    print(controls.escaped(json.dumps(plain(document), ensure_ascii=False, indent=2)))


def emit_json_rows(rows: Iterable[Any]) -> None:
    """The same of a list of any length, row by row: no more than one of them is held."""
    between = "[\n"
    for row in rows:
        one = json.dumps(plain(row), ensure_ascii=False, indent=2).replace("\n", "\n  ")
        print(f"{between}  {controls.escaped(one)}", end="")
        between = ",\n"
    print("\n]" if between.startswith(",") else "[]")


def emit_figures_with(head: Mapping[str, Any], name: str, rows: Iterable[Any]) -> None:
    """The same as `emit_figures`, with a list of any length under `name`, row by row."""
    opening = _exactly(head).removesuffix("\n}")
    print(f"{opening},\n  {json.dumps(name)}: [", end="")
    for number, row in enumerate(rows):
        print("," if number else "", end="\n    ")
        print(controls.escaped(NUMBERED.encode(row).decode()), end="")
    print("\n  ]\n}")


def emit_figures(document: Any) -> None:
    """Print one JSON document whose amounts are numbers, to the hundredth as they are."""
    print(_exactly(document))


NUMBERED = msgspec.json.Encoder(decimal_format="number")


def _exactly(document: Any) -> str:
    return controls.escaped(msgspec.json.format(NUMBERED.encode(document), indent=2).decode())


def emit_csv(rows: Iterable[Any], shape: type | Sequence[str]) -> None:
    """Print CSV with a header, every cell inert; a file gets the cells as they are."""
    shown = controls.inert if sys.stdout.isatty() else str
    for line in csv_lines(rows, shape):
        print(shown(line))


def csv_lines(rows: Iterable[Any], shape: type | Sequence[str]) -> Iterator[str]:
    """The lines of a CSV with a header, every cell inert."""
    header = names_of(shape)
    yield csv_line(header)
    for row in rows:
        values = plain(row)
        yield csv_line([_cell(values[name]) for name in header])


def csv_line(cells: Sequence[str]) -> str:
    """A line of CSV; the writer quotes what holds a line break only if that may end its lines."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n")


def emit_table(rows: Iterable[Any], columns: Sequence[str], locale: str) -> None:
    """Print a table; Chinese characters take two columns each and stay aligned."""
    headings = [(i18n.say("heading", name, locale), name in NUMBERS) for name in columns]
    named = (row if isinstance(row, Mapping) else records.named(row) for row in rows)
    emit_cells(headings, ([_shown(values[name]) for name in columns] for values in named))


def emit_cells(headings: Iterable[tuple[str, bool]], rows: Iterable[Sequence[str]]) -> None:
    """Print a table of cells under headings, each with whether its column is read from the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from servicing.core.consoles import console

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for heading, is_number in headings:
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)


def names_of(shape: type[Any] | Sequence[str]) -> list[str]:
    """The fields of a dataclass or a record, or the names as they are."""
    if not isinstance(shape, type):
        return list(shape)
    if issubclass(shape, Record):
        return list(records.columns(shape))
    return [field.name for field in dataclasses.fields(shape)]


def plain(value: Any) -> Any:
    """A value as JSON has it: dates and moments ISO 8601, money as text, rows as objects."""
    if isinstance(value, Record) or (
        dataclasses.is_dataclass(value) and not isinstance(value, type)
    ):
        return {name: plain(each) for name, each in records.named(value).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def number(value: Decimal) -> int | float:
    """An amount as a JSON number: whole where it is; the text is exact below ten trillion."""
    return int(value) if value == value.to_integral_value() else float(value)


def percent(share: float | None) -> str:
    """A share as people read it: 66.7 %."""
    return "—" if share is None else f"{100 * share:.1f} %"


def _cell(value: Any) -> str:
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    return inert("" if value is None else str(value))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return str(value)
