"""The smaller indexes of PostgreSQL: in a book of an earlier version, and in its closed years."""

import runpy

import peewee
import pytest

from policies import database
from servicing.channels.memory import Memory
from servicing.core.models import MIGRATIONS, Message, Task, Touchpoint
from servicing.years import years
from servicing.years.queries import TABLES
from tests import cast
from tests.servicing import owed
from tests.servicing.dispatched import by, dispatch

WALKER = cast.walker(owed.THREE_YEARS)
DAY, CLOSED = "2025-09-30", cast.at("2025-10-02")

OF_BEFORE = [
    *("DROP INDEX touchpoint_due_on", "CREATE INDEX touchpoint_due_on ON touchpoint (due_on)"),
    "DROP INDEX message_handed_over",
    "CREATE INDEX message_handed_over ON message (provider, claimed_at) WHERE claimed_at IS NOT NULL",
    "DROP INDEX message_address",
    "CREATE INDEX message_address ON message (address, claimed_at) WHERE claimed_at IS NOT NULL",
    "DROP INDEX message_marketing",
    "CREATE INDEX message_marketing ON message (client_id, planned_on)"
    " WHERE message_class = 'marketing'",
]
SMALL = [
    ("touchpoint", "USING brin (due_on)"),
    ("message", "USING brin (claimed_at)"),
    ("message", "USING btree (address) WHERE (claimed_at IS NOT NULL)"),
    ("message", "'undelivered'::text"),
]


@pytest.fixture
def lived(book: peewee.Database) -> peewee.Database:
    """A day was walked, its messages have arrived and its tasks are done; the indexes are of before."""
    cast.everybody()
    cast.walk_only(DAY, WALKER)
    dispatch(by(Memory()), cast.at(DAY, "10:00"))
    end_all()
    for each in OF_BEFORE:
        database.execute(each)
    return book


def end_all() -> None:
    """Nothing is open any more."""
    gone = Message.state.in_(["accepted", "queued"])
    Message.update(state="delivered", body="x").where(gone).execute()
    Task.update(state="done").where(Task.state == "open").execute()


def carry_forward(book: peewee.Database) -> None:
    runpy.run_path(str(MIGRATIONS / "0044_lean_indexes.py"))["up"](None, book)


def tables_with(definition: str) -> set[str]:
    """The tables that have such an index, what is parted into years among them."""
    sql = "SELECT tablename FROM pg_indexes WHERE strpos(indexdef, ?) > 0"
    return {table for (table,) in database.execute(sql, [definition])}


@cast.on_postgresql
@pytest.mark.parametrize("when", ["never closed", "closed", "closed, one away"])
def test_a_book_of_an_earlier_version_gets_them_and_its_years_too(
    lived: peewee.Database, when: str
) -> None:
    parts = [""]
    if when != "never closed":
        years.close("2025", CLOSED)
        parts = ["", "_2025", "_now"]
    before = {each: list(database.execute(f"SELECT * FROM {each} ORDER BY id")) for each in TABLES}
    if when == "closed, one away":
        years.detach("2025", CLOSED)
    carry_forward(lived)
    if when == "closed, one away":
        years.attach("2025")
    for table, definition in SMALL:
        assert tables_with(definition) == {f"{table}{part}" for part in parts}, definition
    after = {each: list(database.execute(f"SELECT * FROM {each} ORDER BY id")) for each in TABLES}
    assert after == before
    assert Touchpoint.select().where(Touchpoint.due_on == cast.day(DAY)).count() == len(
        before["touchpoint"]
    )
    cast.walk_only("2025-12-31", WALKER)
    end_all()
    years.close("2026", CLOSED)
    for table, definition in SMALL:
        assert f"{table}_2026" in tables_with(definition), definition


@cast.on_sqlite
def test_a_book_in_one_file_keeps_its_own(lived: peewee.Database) -> None:
    before = list(database.execute("SELECT name, sql FROM sqlite_master ORDER BY name"))
    carry_forward(lived)
    assert list(database.execute("SELECT name, sql FROM sqlite_master ORDER BY name")) == before
