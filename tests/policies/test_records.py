"""Rows travel as records: what is written by one is read as the same, on either database."""

import datetime
from collections.abc import Iterator

import msgspec
import peewee
import pytest

from policies import database, dialect, records
from policies.models import Agent
from policies.records import Moment, Record
from servicing.core.models import Halt


class AgentRow(Record, frozen=True):
    agent_no: str
    name: str
    left_on: datetime.date | None


class Leaver(Record, frozen=True):
    left_on: datetime.date | None
    id: int


class HaltRow(Record, frozen=True):
    kind: str
    subject: str
    cause: str
    facts: str
    halted_at: Moment
    halted_by: str
    halted_why: str
    resumed_at: Moment | None
    resumed_by: str
    resumed_why: str


class Span(Record, frozen=True):
    since: Moment
    until: Moment | None


COLUMNS = ", ".join(records.columns(AgentRow))
LIN = AgentRow("A1", "林|Lin", None)
ZHAO = AgentRow("A2", "赵敏", datetime.date(2024, 2, 29))
SINCE = datetime.datetime(2026, 6, 11, 23, 30, 15, 250_000, tzinfo=datetime.UTC)
UNTIL = datetime.datetime(2026, 6, 12, 8, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))


@pytest.fixture
def agents(book: peewee.Database) -> Iterator[None]:
    with book.atomic():
        records.insert(Agent, [LIN, ZHAO])
        yield


def all_agents() -> list[AgentRow]:
    return records.listed(AgentRow, f"SELECT {COLUMNS} FROM agent ORDER BY agent_no")


@pytest.mark.usefixtures("agents")
def test_what_was_inserted_is_read() -> None:
    assert all_agents() == [LIN, ZHAO]
    assert (
        records.first(AgentRow, f"SELECT {COLUMNS} FROM agent WHERE agent_no = ?", ["A3"]) is None
    )


@pytest.mark.usefixtures("agents")
def test_an_update_writes_the_fields_of_the_record_and_no_others() -> None:
    (leaver,) = records.listed(Leaver, "SELECT left_on, id FROM agent WHERE agent_no = ?", ["A1"])
    records.update(Agent, [msgspec.structs.replace(leaver, left_on=datetime.date(2026, 6, 11))])
    assert all_agents() == [msgspec.structs.replace(LIN, left_on=datetime.date(2026, 6, 11)), ZHAO]


@pytest.mark.parametrize(
    "columns", [COLUMNS.rpartition(", ")[0], f"{COLUMNS}, id", f"{COLUMNS}, NULL"]
)
@pytest.mark.usefixtures("agents")
def test_a_statement_with_other_columns_than_the_record_is_refused(columns: str) -> None:
    sql = f"SELECT {columns} FROM agent"
    for read in (records.first, records.listed):
        with pytest.raises(msgspec.ValidationError):
            read(AgentRow, sql)
    with pytest.raises(msgspec.ValidationError):
        next(records.read(AgentRow, sql))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/St_Johns"])
def test_a_moment_is_read_in_utc_whatever_the_zone_of_the_session(
    book: peewee.Database, zone: str
) -> None:
    with book.atomic():
        if not database.is_sqlite():
            database.execute(f"SET LOCAL timezone = '{zone}'")
        halts = [
            HaltRow("channel", "sms", "person", "{}", SINCE, "a", "b", UNTIL, "c", "d"),
            HaltRow("channel", "email", "person", "{}", SINCE, "a", "b", None, "", ""),
        ]
        records.insert(Halt, halts)
        since, until = dialect.moment("halted_at"), dialect.moment("resumed_at")
        first, second = records.listed(Span, f"SELECT {since}, {until} FROM halt ORDER BY id")
    assert str(first.since) == "2026-06-11 23:30:15.250000+00:00"
    assert str(first.until) == "2026-06-12 00:00:00+00:00"
    assert second == Span(SINCE, None)


def test_a_record_and_its_values_by_name() -> None:
    assert records.named(LIN) == {"agent_no": "A1", "name": "林|Lin", "left_on": None}
