"""`python -m benchmarks.scale [--policies N] [--days N | --lived YEARS]`: what a policy-year costs.

A book of N policies is written set-wise into PostgreSQL, and `servicing walk` walks some days of it; or
years of its past are written, as the plan would have left them, and weighed table by table and index by
index.
Not a claim: it compares with nothing, and ten million need a quarter of an hour and 20 GB of disk.
What it prints is explained in docs/scale.md.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks import ageing, book, office, postgres, setwise
from benchmarks.__main__ import FEW, MANY
from benchmarks.measure import Run
from benchmarks.postgres import Server

DAYS = 3
YEAR = 365.25
"""Days."""
BOOK = ("client", "policy", "premium")
SERVICE = ("touchpoint", "message", "task", "card_entry")


@dataclass(frozen=True)
class Size:
    """How much of a table there is."""

    rows: int
    table: int
    """Bytes of the rows, with what is stored beside them."""
    indexes: int
    """Bytes."""


@dataclass(frozen=True)
class Day:
    """The walk of one day, as a command and as the walk itself remembers it."""

    run: Run
    transaction: float
    """Seconds."""
    touchpoints: int


def main() -> None:
    """Make the book, and print what was asked for."""
    wanted = _arguments()
    with (
        tempfile.TemporaryDirectory(prefix="servicing-bench-") as room,
        postgres.server(Path(room)) as server,
    ):
        if wanted.lived:
            _print_table(_lived(Path(room), server, wanted.policies, wanted.lived))
        else:
            _walks(Path(room), server, wanted.policies, wanted.days)


def _walks(room: Path, server: Server, policies: int, count: int) -> None:
    """Walk the days, and print three tables."""
    begun = time.monotonic()
    home = office.empty(room / "office", server.create("ours"))
    setwise.book_of(server, "ours", policies)
    server.settle("ours")
    print(f"{policies:,} policies written in {time.monotonic() - begun:.0f} s\n")
    _print_table(_book(server, policies))
    days = [_walked(server, home, number) for number in range(count)]
    _print_table(_days(days))
    _print_table(_service(server, policies, days))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("--policies", type=int, default=MANY, help="default: %(default)s")
    parser.add_argument("--days", type=int, default=DAYS, help="default: %(default)s")
    parser.add_argument("--lived", type=int, default=0, help="years of the past, instead of days")
    wanted = parser.parse_args()
    if wanted.policies < FEW or wanted.days < 1:
        parser.error(f"--policies: at least {FEW}; --days: at least 1")
    return wanted


def _walked(server: Server, home: Path, number: int) -> Day:
    day = book.DAY + timedelta(number)
    run = office.walk(home, day)
    (seconds,) = server.rows(f"SELECT seconds FROM walked_day WHERE day = '{day}'", "ours")[0]
    return Day(run, float(seconds), int(run.answer()["touchpoints"]))


def size(server: Server, name: str, table: str) -> Size:
    """Counted and measured now."""
    sql = f"SELECT COUNT(*), pg_table_size('{table}'), pg_indexes_size('{table}') FROM {table}"
    return Size(*map(int, server.rows(sql, name)[0]))


def _book(server: Server, policies: int) -> Iterator[tuple[str, ...]]:
    """What the book itself weighs; its ledger holds the premiums of four months."""
    yield "book", "rows", "rows a policy", "bytes a row: table", "indexes", "GB in all"
    for table in BOOK:
        found = size(server, "ours", table)
        yield (
            *(table, f"{found.rows:,}", f"{found.rows / policies:.2f}", *_bytes_a_row(found)),
            f"{(found.table + found.indexes) / 1e9:.2f}",
        )


def _days(days: list[Day]) -> Iterator[tuple[str, ...]]:
    """How long each day took, and each of its touchpoints."""
    yield (
        *("day", "touchpoints", "the command", "its transaction", "its processor time"),
        *("ms a touchpoint", "peak memory"),
    )
    for number, day in enumerate(days):
        yield (
            *(str(book.DAY + timedelta(number)), f"{day.touchpoints:,}", f"{day.run.wall:.1f} s"),
            *(f"{day.transaction:.1f} s", f"{day.run.cpu:.1f} s"),
            *(f"{1000 * day.transaction / day.touchpoints:.2f}", f"{day.run.peak:.0f} MB"),
        )


def _service(server: Server, policies: int, days: list[Day]) -> Iterator[tuple[str, ...]]:
    """What the walks wrote, scaled to a year: the days' mean times 365.25."""
    per_year = YEAR / len(days) / policies
    yield (
        *("walked", "rows", "rows a policy-year", "bytes a row: table", "indexes"),
        *("bytes a policy-year: table", "indexes"),
    )
    total_rows, total_table, total_indexes = 0.0, 0.0, 0.0
    for table in SERVICE:
        found = size(server, "ours", table)
        rows, in_table, in_indexes = (
            count * per_year for count in (found.rows, found.table, found.indexes)
        )
        total_rows, total_table, total_indexes = (
            total_rows + rows,
            total_table + in_table,
            total_indexes + in_indexes,
        )
        yield (
            *(table, f"{found.rows:,}", f"{rows:.1f}", *_bytes_a_row(found)),
            *(f"{in_table:,.0f}", f"{in_indexes:,.0f}"),
        )
    seconds = sum(day.transaction for day in days) * per_year
    yield "all", "", f"{total_rows:.1f}", "", "", f"{total_table:,.0f}", f"{total_indexes:,.0f}"
    yield "walk", "", f"{1000 * seconds:.2f} ms", "", "", "", ""


# ---------------------------------------------------------------------------------- a past, weighed

YEARS_LIVED = """
    SELECT SUM(LEAST(COALESCE(ended_on, '{day}'), '{day}') - GREATEST(issue_date, '{since}')) / 365.25
    FROM policy WHERE issue_date < '{day}' AND (ended_on IS NULL OR ended_on > '{since}')
"""
WEIGHED = """
    SELECT '  ' || i.relname, pg_relation_size(i.oid) FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    WHERE x.indrelid = '{table}'::regclass ORDER BY 2 DESC
"""


ENOUGH = 20_000
"""Policies: of so many every touchpoint falls due on any day, so that its text is known."""


def _lived(room: Path, server: Server, policies: int, years: int) -> Iterator[tuple[str, ...]]:
    """What a policy-year of the past weighs: each table with its indexes."""
    since = date(book.DAY.year - years, book.DAY.month, book.DAY.day)
    for name in ("young", "aged"):
        office.empty(room / name, server.create(name))
    setwise.book_of(server, "young", max(policies, ENOUGH))
    setwise.book_of(server, "aged", policies, since, ledger_years=years)
    setwise.past_of(server, "aged", since, *ageing.said(room, server))
    server.settle("aged")
    (lived,) = server.rows(YEARS_LIVED.format(day=book.DAY, since=since), "aged")[0]
    yield f"{float(lived):,.0f} policy-years", "rows", "bytes: table", "indexes"
    sizes = {table: size(server, "aged", table) for table in SERVICE}
    for table, found in sizes.items():
        yield table, *_a_year(float(lived), found.rows, found.table, found.indexes)
        for index, weight in server.rows(WEIGHED.format(table=table), "aged"):
            yield str(index), "", "", f"{int(weight) / float(lived):,.0f}"
    columns = zip(*((each.rows, each.table, each.indexes) for each in sizes.values()), strict=True)
    yield "all", *_a_year(float(lived), *map(sum, columns))


def _a_year(lived: float, rows: int, table: int, indexes: int) -> tuple[str, str, str]:
    return f"{rows / lived:.1f}", f"{table / lived:,.0f}", f"{indexes / lived:,.0f}"


def _bytes_a_row(found: Size) -> tuple[str, str]:
    return f"{found.table / found.rows:.0f}", f"{found.indexes / found.rows:.0f}"


def _print_table(rows: Iterator[tuple[str, ...]]) -> None:
    header = next(rows)
    print(f"| {' | '.join(header)} |\n|---|{'---:|' * (len(header) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print(flush=True)


if __name__ == "__main__":
    main()
