"""The past by years, on PostgreSQL: a year is closed, taken out of the book, and brought back.

A closed year is one partition of each table that grows. Taken out, its tables stand by themselves:
they are copied to an archive, and dropped. Each step is one transaction.
"""

import datetime
import re
from dataclasses import dataclass

import peewee

from policies import database, records, roles
from policies.notices import notice
from servicing.core import errors
from servicing.core.models import CardEntry, ClosedYear, Message, Task, Touchpoint
from servicing.years import partitions, queries
from servicing.years.partitions import NOW, STRIDE
from servicing.years.queries import TABLES, Year

NAME = re.compile(r"[0-9][0-9a-z_]{0,19}")


@dataclass(frozen=True)
class YearLine:
    """A year with how much there is of it."""

    year: str
    """Its name; "now": what is written to."""
    state: str
    """open, closed, detached, or gone: its tables are not in this database."""
    first_day: datetime.date | None
    """The first day of which something fell due in it."""
    last_day: datetime.date | None
    rows: int
    """About: as PostgreSQL has counted last."""
    bytes: int


def listed() -> list[YearLine]:
    """The closed years, and what is written to; none on SQLite, which closes no year."""
    if database.is_sqlite():
        return []
    with database.explained(), database.snapshot():
        found = queries.closed()
        return [*(_line(each) for each in found), _open_line(found)]


def _line(year: Year) -> YearLine:
    tables = [f"{table}_{year.name}" for table in TABLES]
    state = "closed"
    if year.detached_at:
        state = "detached" if all(map(queries.is_there, tables)) else "gone"
    size = queries.size(tables)
    return YearLine(year.name, state, year.first_day, year.last_day, size.rows, size.bytes)


def _open_line(found: list[Year]) -> YearLine:
    tables = [f"{table}_{NOW}" for table in TABLES] if found else list(TABLES)
    days, size = queries.days_since(_begun(found)), queries.size(tables)
    return YearLine(NOW, "open", days.first, days.last, size.rows, size.bytes)


def _begun(found: list[Year]) -> int:
    """The number with which begins what is written to."""
    return found[-1].next_touchpoint if found else 0


def close(name: str, now: datetime.datetime) -> Year:
    """All that was recorded since the last closed year is a year of that name."""
    _want_postgresql()
    if not NAME.fullmatch(name):
        raise errors.BadArgument("bad_year_name", name=name)
    with database.explained(), database.exclusive("book"):
        found = queries.closed()
        if name in {each.name for each in found}:
            raise errors.BadArgument("year_is_closed", name=name)
        partitions.wait_for_all()
        year = _closing(name, found, now)
        (partitions.next_year if found else partitions.make)(year)
        partitions.leap(year)
        records.insert(ClosedYear, [year])
        partitions.guard([*found, year])
    _look_anew()
    return year


def _closing(name: str, found: list[Year], now: datetime.datetime) -> Year:
    days = queries.days_since(_begun(found))
    if days.first is None or days.last is None:
        raise errors.BadArgument("nothing_to_close", name=name)
    last = found[-1] if found else None
    return Year(
        name=name,
        first_touchpoint=_begun(found),
        next_touchpoint=_behind(Touchpoint, last.next_touchpoint if last else None),
        first_entry=last.next_entry if last else 0,
        next_entry=_behind(CardEntry, last.next_entry if last else None),
        first_day=days.first,
        last_day=days.last,
        closed_at=now,
        detached_at=None,
    )


def _behind(model: type[peewee.Model], begun: int | None) -> int:
    """The number with which the next year begins; `begun`: with which this one did, if not the first."""
    return (database.last_id(model) // STRIDE + 1) * STRIDE if begun is None else begun + STRIDE


def detach(name: str, now: datetime.datetime) -> Year:
    """Take a closed year out of the book; its tables stay in the database until somebody drops them.

    Of its touchpoints the book remembers those that a later day could name again.
    """
    _want_postgresql()
    with database.explained(), database.exclusive("book"):
        year = _year(name)
        if year.detached_at:
            raise errors.BadArgument("year_is_detached", name=name)
        partitions.wait_for_all()
        if still_open := queries.open_in(name):
            raise errors.BadArgument("year_is_at_work", name=name, count=still_open)
        queries.keep_what_happens_once(name)
        partitions.detach(year)
        _stands(name, now)
    _look_anew()
    return year


def attach(name: str) -> Year:
    """Bring a year back, whose tables are in the database (again)."""
    _want_postgresql()
    with database.explained(), database.exclusive("book"):
        year = _year(name)
        if not year.detached_at:
            raise errors.BadArgument("year_is_there", name=name)
        tables = [f"{table}_{name}" for table in TABLES]
        missing = [each for each in tables if not queries.is_there(each)]
        if missing:
            raise errors.BadArgument("year_is_gone", name=name, tables=missing)
        partitions.wait_for_all()
        partitions.attach(year)
        queries.forget_what_happens_once(name)
        _stands(name, None)
    _look_anew()
    return year


def guard_again() -> None:
    """Make anew what guards the closed years of a book, in a book that somebody else may have made."""
    if not database.is_sqlite() and (found := queries.closed()):
        partitions.guard(found)


def _stands(name: str, detached_at: datetime.datetime | None) -> None:
    """Since when a year is out of the book; None: it is in it, and asked for what it has had."""
    queries.set_detached(name, detached_at)
    partitions.guard(queries.closed())


def _year(name: str) -> Year:
    """The closed year of that name."""
    known = {each.name: each for each in queries.closed()}
    if name not in known:
        raise errors.BadArgument("no_such_year", name=name, known=list(known))
    return known[name]


def _look_anew() -> None:
    """PostgreSQL counts partitions by itself, and not what they are partitions of."""
    roles.refresh_statistics((Touchpoint, Message, Task, CardEntry))


def _want_postgresql() -> None:
    if database.is_sqlite():
        raise errors.BadSetting("servicing.database", notice("years_need_postgresql"))
