"""The walk of a day after ten years of service: what was done before must not weigh on what is due.

The past years are closed, as docs/operations.md advises: what a day writes goes to the partitions of
this year, whose indexes are small.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from benchmarks import book, measure, office, postgres, setwise
from benchmarks.measure import Claim, Result, Run
from benchmarks.postgres import Server

DAYS = [book.DAY + timedelta(days) for days in range(10)]
"""Walked one after the other, each by both; a weekend and a holiday are among them."""
TIMES = 20
"""A book of 50,000 where the others have a million: its ten years are some five million touchpoints."""
SINCE = date(book.DAY.year - 10, book.DAY.month, book.DAY.day)

MADE = (
    "SELECT key, scope, COUNT(*) FROM touchpoint WHERE found_on = '{on}' GROUP BY key, scope"
    " ORDER BY key, scope",
    "SELECT 'messages', m.state, m.template, COUNT(*) FROM message m"
    " JOIN touchpoint t ON t.id = m.touchpoint_id WHERE t.found_on = '{on}'"
    " GROUP BY m.state, m.template ORDER BY m.state, m.template",
    "SELECT 'tasks', COUNT(*) FROM task x JOIN touchpoint t ON t.id = x.touchpoint_id"
    " WHERE t.found_on = '{on}'",
)


def measured(room: Path, policies: int) -> list[Result]:
    """Ten days after ten years against the same days after none: the command, and its transaction."""
    with postgres.server(room) as server:
        young, aged = _office(room, server, "young"), _office(room, server, "aged")
        setwise.book_of(server, "young", policies // TIMES)
        setwise.book_of(server, "aged", policies // TIMES, SINCE, ledger_years=10)
        words, plan = said(room, server)
        setwise.past_of(
            server, "aged", SINCE, words, plan, partial(office.servicing, aged, "years", "close")
        )
        for name in ("young", "aged"):
            server.settle(name)
        past = server.rows("SELECT COUNT(*) FROM touchpoint", "aged")[0][0]
        days = iter(DAYS)
        shown: list[date] = []

        def none() -> Run:
            shown.append(next(days))
            return office.walk(young, shown[-1])

        def ten_years() -> Run:
            run = office.walk(aged, shown[-1])
            queries = [each.format(on=shown[-1]) for each in MADE]
            measure.same(
                f"walk of {shown[-1]}", server.look("young", queries), server.look("aged", queries)
            )
            return run

        name = (
            f"walk of a day over {policies // TIMES:,} after ten closed years"
            f" and {past:,} touchpoints, against none"
        )
        whole = measure.paired(Claim(name, 1.1), none, ten_years, len(DAYS))
        return [whole, _within(whole, _seconds_of(server, shown))]


def _office(room: Path, server: Server, name: str) -> Path:
    return office.empty(room / name, server.create(name))


def said(room: Path, server: Server) -> tuple[list[tuple[str, ...]], str]:
    """What leaves on the day before, and by which plan: tried on a copy of the book "young"."""
    server.copy("young", "tried")
    home, day = office.empty(room / "tried", server.url("tried")), book.DAY - timedelta(1)
    office.walk(home, day)
    (plan,) = server.rows("SELECT plan FROM walked_day", "tried")[0]
    for on in (day, book.DAY):  # an invitation that meets news leaves a day later
        office.servicing(home, "dispatch", "--now", f"{on}T12:00")
    words = setwise.texts_of(server, "tried")
    server.drop("tried")
    return words, str(plan)


def _seconds_of(server: Server, days: list[date]) -> Callable[[str], list[float]]:
    def seconds(name: str) -> list[float]:
        sql = f"SELECT seconds FROM walked_day WHERE day >= '{days[0]}' ORDER BY day"
        return [float(each) for (each,) in server.rows(sql, name)]

    return seconds


def _within(whole: Result, seconds: Callable[[str], list[float]]) -> Result:
    """The same pairs by the seconds that each walk itself remembers: without its process's start."""
    claim = Claim(f"{whole.claim.name}: its transaction alone", whole.claim.bound)
    pairs = zip(whole.pairs, seconds("young"), seconds("aged"), strict=True)
    return Result(
        claim,
        [
            (replace(none, wall=before), replace(ten_years, wall=after))
            for (none, ten_years), before, after in pairs
        ],
    )
