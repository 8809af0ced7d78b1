"""`python -m benchmarks.scale [--policies N] [--days N]`: what a policy-year costs, measured.

A book of N policies is written set-wise into PostgreSQL, and `servicing walk` walks some days of it.
Not a claim: it compares with nothing, and ten million need a quarter of an hour and 20 GB of disk.
What it prints is explained in docs/scale.md.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks import book, office, postgres, setwise
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
    """Make the book, walk the days, and print three tables."""
    wanted = _arguments()
    with (
        tempfile.TemporaryDirectory(prefix="servicing-bench-") as room,
        postgres.server(Path(room)) as server,
    ):
        begun = time.monotonic()
        home = office.empty(Path(room) / "office", server.create("ours"))
        setwise.book_of(server, "ours", wanted.policies)
        server.settle("ours")
        print(f"{wanted.policies:,} policies written in {time.monotonic() - begun:.0f} s\n")
        _print_table(_book(server, wanted.policies))
        days = [_walked(server, home, number) for number in range(wanted.days)]
        _print_table(_days(days))
        _print_table(_service(server, wanted.policies, days))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("--policies", type=int, default=MANY, help="default: %(default)s")
    parser.add_argument("--days", type=int, default=DAYS, help="default: %(default)s")
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
