"""Three years of a book on PostgreSQL, closed one after the other, beside a twin that is never parted.

Both do the same by the same commands and must stay the same. Then a year is detached, dumped by
`pg_dump`, restored elsewhere, dropped, restored, and attached again.
"""

import datetime
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from servicing.core import seals
from servicing.years import partitions
from servicing.years.queries import TABLES
from tests.acceptance import tables
from tests.acceptance.frontdoor import DAY
from tests.conftest import PostgresServer
from tests.drills import books, jobs
from tests.drills.jobs import end_well

POLICIES = 200
ENDS = {"1": books.days_before(120), "2": books.days_before(60), "": DAY}
"""Up to here a year is walked, and closed under this name, but for the last. They are short."""
JOINED = books.days_before(180)
FIRST, SECOND, _ = ENDS
CHANGES = {"provider_ref", "past_refs", "ref", "facts", *tables.RECORDED_MOMENTS}
"""What has a token of the book in it, or the moment."""


@dataclass(frozen=True)
class Twins:
    """Two workspaces with the same book: one is parted, one whole."""

    server: PostgresServer
    parted: Path
    whole: Path
    urls: dict[Path, str]

    def both(self, *words: object) -> None:
        for home in (self.parted, self.whole):
            end_well(words, home)

    def rows(self, home: Path) -> dict[str, list[dict[str, Any]]]:
        """All that grows, touchpoints and lines of the card numbered without leaps."""
        found = tables.held(self.urls[home])
        ranks = {
            name: {row["id"]: rank for rank, row in enumerate(found[name])}
            for name in ("touchpoint", "card_entry")
        }
        return {name: [_numbered(name, row, ranks) for row in found[name]] for name in TABLES}

    def run(self, sql: str, url: str | None = None) -> list[tuple[Any, ...]]:
        return tables.run(url or self.urls[self.parted], self.parted, sql)

    def program(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.server.programs / name, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def _numbered(table: str, row: dict[str, Any], ranks: dict[str, dict[int, int]]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in CHANGES}
    if table in ranks:
        kept["id"] = ranks[table][kept["id"]]
    if "touchpoint_id" in kept:
        kept["touchpoint_id"] = ranks["touchpoint"].get(kept["touchpoint_id"])
    return kept


@pytest.fixture
def twins(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Twins]:
    names = [postgres_server.new_database() for _ in range(2)]
    homes = [tmp_path / name for name in ("parted", "whole")]
    urls = dict(zip(homes, map(postgres_server.url, names), strict=True))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}")
        for home in homes:
            books.make_office(
                home, policies=POLICIES, joined=JOINED, database=urls[home], as_of=DAY
            )
        yield Twins(postgres_server, *homes, urls)
    for name in names:
        postgres_server.drop(name)


def dies(at: str) -> jobs.Hook:
    """A kill comes when the command gets there."""

    def before() -> None:
        setattr(partitions, at, lambda *_: os.kill(os.getpid(), signal.SIGKILL))

    return before


def the_lines_are_old() -> None:
    """All that was lived was written within the hour."""
    seals.SETTLED = -datetime.timedelta(days=2)


def a_killed_close_changes_nothing(twins: Twins, name: str) -> None:
    """However far it has come."""
    before = twins.rows(twins.parted)
    for at in ("_begin", "guard"):
        code, _ = jobs.finish(jobs.start(("years", "close", name), twins.parted, dies(at)))
        assert code == -signal.SIGKILL
        assert twins.rows(twins.parted) == before


def listed(home: Path) -> list[tuple[str, str]]:
    told = json.loads(end_well(("years", "list", "--format", "json"), home))
    return [(each["year"], each["state"]) for each in told]


def live(twins: Twins) -> None:
    """Three years; the first two are closed when they have ended."""
    for name, end in ENDS.items():
        twins.both("walk", "--on", end)
        twins.both("dispatch", "--now", f"{end}T10:00")
        assert twins.rows(twins.parted) == twins.rows(twins.whole)
        if name:
            a_killed_close_changes_nothing(twins, name)
            end_well(("years", "close", name), twins.parted)
            assert twins.rows(twins.parted) == twins.rows(twins.whole)


def asked(twins: Twins, home: Path) -> list[Any]:
    """What people are shown of some clients and their policies."""
    numbers = [no for (no,) in twins.run("SELECT client_no FROM client ORDER BY id LIMIT 5")]
    cards = [json.loads(end_well(("card", no, "--format", "json"), home)) for no in numbers]
    policies = twins.run("SELECT policy_no FROM policy ORDER BY id LIMIT 5")
    told = [
        json.loads(end_well(("why", no, "news", "--format", "json"), home)) for (no,) in policies
    ]
    others = (("losses",), ("scorecard",), ("simulate", "--to", books.days_before(-3)))
    figures = [json.loads(end_well((*words, "--format", "json"), home)) for words in others]
    return [_as_any_book([cards, told]), figures]


def test_years_are_closed_archived_and_brought_back(twins: Twins, tmp_path: Path) -> None:
    live(twins)
    assert listed(twins.parted) == [(FIRST, "closed"), (SECOND, "closed"), ("now", "open")]
    end_well(("audit", "seal"), twins.parted, the_lines_are_old)
    assert asked(twins, twins.parted) == asked(twins, twins.whole)
    a_backup_is_a_parted_book(twins, tmp_path)

    was = twins.rows(twins.parted)
    end_well(("years", "detach", FIRST), twins.parted)
    left = twins.rows(twins.parted)
    assert all(0 < len(left[name]) < len(was[name]) for name in TABLES)
    dump = archive(twins, tmp_path)
    audit = json.loads(end_well(("audit", "verify", "--format", "json"), twins.parted))
    assert audit["findings"] == [] and 0 < audit["archived"] < audit["lines"]

    a_day_on(twins)
    twins.program("pg_restore", "--exit-on-error", "--no-owner", "-d", _libpq(twins), str(dump))
    end_well(("years", "attach", FIRST), twins.parted)
    assert twins.rows(twins.parted) == twins.rows(twins.whole)
    audit = json.loads(end_well(("audit", "verify", "--format", "json"), twins.parted))
    assert (audit["findings"], audit["archived"]) == ([], 0)
    twins.both("dispatch", "--now", f"{DAY + datetime.timedelta(1)}T12:00")
    assert twins.rows(twins.parted) == twins.rows(twins.whole)


def a_backup_is_a_parted_book(twins: Twins, tmp_path: Path) -> None:
    """It is restored into a workspace fresh from `init`, whose tables are whole."""
    file, other = tmp_path / "book.backup", tmp_path / "other"
    end_well(("backup", file), twins.parted)
    name = twins.server.new_database()
    other.mkdir()
    try:
        end_well(("init", "--database", twins.server.url(name)), other)
        end_well(("restore", file, "--yes", "--lost-at", f"{DAY}T12:00"), other)
        assert listed(other) == listed(twins.parted)
        counted = "SELECT COUNT(*) FROM touchpoint"
        assert twins.run(counted, twins.server.url(name)) == twins.run(counted)
        end_well(("walk", "--on", DAY + datetime.timedelta(1)), other)
        end_well(("years", "close", "3"), other)
    finally:
        twins.server.drop(name)


def archive(twins: Twins, tmp_path: Path) -> Path:
    """The year in a file, tried in an empty database, and gone from the book's."""
    dump, own = tmp_path / "year.dump", [f"{table}_{FIRST}" for table in TABLES]
    chosen = [word for table in own for word in ("-t", table)]
    twins.program("pg_dump", "-Fc", *chosen, "-f", str(dump), _libpq(twins))
    name = twins.server.new_database(migrated=False)
    try:
        url = twins.server.url(name)
        twins.program("pg_restore", "--exit-on-error", "--no-owner", "-d", url, str(dump))
        for table in own:
            rows = f"SELECT * FROM {table} ORDER BY id"
            assert twins.run(rows, url) == twins.run(rows) != []
    finally:
        twins.server.drop(name)
    twins.run(f"DROP TABLE {', '.join(reversed(own))}")
    assert listed(twins.parted)[0] == (FIRST, "gone")
    return dump


def a_day_on(twins: Twins) -> None:
    """The book without its first year finds what the whole one finds."""
    day = DAY + datetime.timedelta(1)
    found = (
        "SELECT key, occurrence, policy_id FROM touchpoint WHERE found_on = '{}' ORDER BY 1, 2, 3"
    )
    twins.both("walk", "--on", day)
    rows = [twins.run(found.format(day), url) for url in twins.urls.values()]
    assert rows[0] == rows[1] != []


def _libpq(twins: Twins) -> str:
    return twins.urls[twins.parted]


def _as_any_book(told: Any) -> Any:
    """Without moments, and what messages are called at a provider: the book's token is in it."""
    if isinstance(told, dict):
        return {name: _as_any_book(each) for name, each in told.items() if name not in CHANGES}
    return [_as_any_book(each) for each in told] if isinstance(told, list) else told
