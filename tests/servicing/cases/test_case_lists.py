"""Lists of cases begin at once, however many are open: no statement reads or sorts all of them."""

import datetime
from collections.abc import Iterator
from typing import Any

import peewee
import pytest

from policies import database
from servicing.cases import desks, mine, queries, recusal, shelf
from servicing.cases.queries import CaseLine, Wanted
from servicing.cases.shelf import Asked
from servicing.core.account_models import User
from servicing.core.case_models import Case
from tests import cast
from tests.servicing import looked_up
from tests.servicing.cases.opened import NOW, complaint, done
from tests.servicing.web.visits import give_account

ON = datetime.date(2026, 6, 1)
MANY, PAGE = 20_000, 100

LISTS = {
    "all that are open": Wanted(),
    "of a kind": Wanted(kind="complaint"),
    "mine": Wanted(owner="lihua"),
    "my overdue ones": Wanted(owner="lihua", overdue_on=ON),
    "of a desk": Wanted(owner="complaint"),
    "of a desk and a kind": Wanted(owner="complaint", kind="complaint"),
    "overdue": Wanted(overdue_on=ON),
    "overdue of a kind": Wanted(kind="complaint", overdue_on=ON),
    "closed": Wanted(state="closed"),
}

# Half of them are overdue, some have no clock, and half of what somebody has taken is one person's.
OPEN = """
INSERT INTO case_file (kind, received_on, recorded_at, source, channel, categories, about_login,
    persons, spokesmen, desk, owner, state, is_open, is_quiet, moved_on, ended_on, due_on, moves)
SELECT 'complaint', date '2026-01-01' + mod(n, 150), '2026-06-01', '', '', '', '', 1, 1, 'complaint',
    CASE WHEN mod(n, 2) = 0 THEN '' WHEN mod(n, 4) = 1 THEN 'lihua' ELSE 'other' || mod(n, 200) END,
    CASE WHEN mod(n, 5) = 0 THEN 'closed' ELSE 'received' END, mod(n, 5) > 0, true, '2026-06-01',
    CASE WHEN mod(n, 5) = 0 THEN date '2026-06-01' END,
    CASE WHEN mod(n, 7) > 0 THEN date '2026-01-16' + mod(n, 290) END, 1
FROM generate_series(1, {many}) n
"""


def listed(wanted: Wanted, most: int | None = None, after: int = 0) -> list[CaseLine]:
    with database.snapshot():
        return list(queries.cases(wanted, most, after))


# ------------------------------------------------------------------------------------------ by SQLite


@pytest.fixture
def heard(book: peewee.Database) -> Iterator[looked_up.Heard]:
    with looked_up.listening(book) as heard:
        yield heard


@cast.on_sqlite
@pytest.mark.parametrize("name", LISTS)
def test_a_list_comes_in_its_order_by_an_index(name: str, heard: looked_up.Heard) -> None:
    listed(LISTS[name], PAGE)
    assert heard.faults() == []
    assert sorts(heard) == []


def sorts(heard: looked_up.Heard) -> list[str]:
    """The steps that put all rows in order before the first is there."""
    return [step.text for one in heard.told.values() for step in one.steps if "B-TREE" in step.text]


READERS = {
    "of the desk": ("lihua", "operations", {}),
    "manager": ("he", "manager", {"branch": "上海"}),
    "administrator": ("admin", "administrator", {}),
}


@cast.on_sqlite
@pytest.mark.parametrize("reader", READERS)
def test_what_somebody_may_see_is_read_from_the_first_on(
    reader: str, heard: looked_up.Heard
) -> None:
    cast.everybody()
    login, role, unit = READERS[reader]
    give_account(login, role, **unit)
    user = User.get(User.login == login)
    desks.put(user, ["complaint"], NOW)
    query = Case.select().where(Case.is_open & recusal.seen(user))
    heard.told.clear()
    list(query.order_by(Case.due_on.asc(nulls="LAST"), Case.id).limit(PAGE))
    assert heard.faults() == []
    assert sorts(heard) == []


SHELVES = {
    "all": Asked("all"),
    "mine": Asked("mine"),
    "of the desk": Asked("desk"),
    "overdue": Asked("overdue"),
    "of a kind": Asked("all", kind="complaint"),
    "in a state": Asked("all", state="received"),
    "ended": Asked("all", state="closed", is_ended=True),
}


@cast.on_sqlite
@pytest.mark.parametrize("name", SHELVES)
@pytest.mark.parametrize("reader", READERS)
def test_a_page_of_a_list_is_read_in_its_order(
    reader: str, name: str, heard: looked_up.Heard
) -> None:
    login, role, unit = READERS[reader]
    cast.everybody()
    user = give_account(login, role, **unit)
    desks.put(user, ["complaint"], NOW)
    heard.told.clear()
    list(shelf.lines(user, ["complaint"], SHELVES[name], ON, PAGE))
    assert heard.faults() == []
    is_of_few = reader == "of the desk" or name == "mine"
    put_in_order = [each for each in sorts(heard) if "ORDER BY" in each]
    assert len(put_in_order) <= is_of_few, "of few, the first of each part are put in one order"


# -------------------------------------------------------------------------------------- by PostgreSQL


@pytest.fixture
def many_cases(book: peewee.Database) -> None:
    """Twenty thousand cases, counted by PostgreSQL."""
    database.execute(OPEN.format(many=MANY))
    database.execute("ANALYZE case_file")


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A step of a plan and all below it."""
    yield plan
    for each in plan.get("Plans", []):
        yield from steps(each)


def found_by(sql: str, values: list[Any]) -> list[str]:
    """The steps that find cases, or put all of them in order."""
    ((plans,),) = database.execute(f"EXPLAIN (FORMAT JSON) {sql}", values).fetchall()
    return [
        each["Node Type"]
        for each in steps(plans[0]["Plan"])
        if each["Node Type"] == "Sort" or each.get("Relation Name") == "case_file"
    ]


@cast.on_postgresql
@pytest.mark.parametrize("name", LISTS)
def test_a_page_of_a_list_is_found_by_an_index(name: str, many_cases: None) -> None:
    assert found_by(*queries.statement(LISTS[name], PAGE)) == ["Index Scan"]


@cast.on_postgresql
def test_what_is_pressing_and_what_is_mine_is_found_by_indexes(many_cases: None) -> None:
    """Of what is due within a few days, and of a person's cases, nobody reads the others."""
    span = [ON.isoformat(), (ON + datetime.timedelta(days=2)).isoformat()]
    sql = queries.PRESSING.format(reached="'over'")
    assert set(found_by(sql, span)) <= {"Bitmap Heap Scan", "Index Scan", "Sort"}
    theirs = mine.query(User(login="other7", role="operations", id=1), Case.owner == "other7").sql()
    sql, values = theirs
    assert set(found_by(sql.replace("%s", "?"), values)) <= {"Bitmap Heap Scan", "Index Scan"}


@cast.on_sqlite
def test_what_is_mine_reads_no_other_case(heard: looked_up.Heard) -> None:
    cast.everybody()
    give_account("lihua", "operations")
    complaint("2026-05-04")
    Case.update(owner="lihua").execute()
    heard.told.clear()
    assert len(mine.due(User.get(User.login == "lihua"))) == 1
    assert heard.faults() == []
    plans = [step.text for one in heard.told.values() for step in one.steps]
    assert any("case_file_owner (owner=?" in each for each in plans)
    assert any("(escalated_to=?" in each for each in plans)


# --------------------------------------------------------------------------------- the order, the pages


def test_pages_are_the_whole_list_in_its_order(book: peewee.Database) -> None:
    cast.everybody()
    for received in ("2026-05-04", "2026-03-02", "2026-05-04", "2026-04-02"):
        complaint(received)
    without = complaint("2026-01-05")
    done(without, "accept", "investigate", "offer", "decide", on="2026-01-09")
    whole = listed(Wanted())
    assert [each.case for each in whole] == [2, 4, 1, 3, 5]
    assert whole[-1].due_on is None, "its clock has stopped"
    pages = [listed(Wanted(), 2, after) for after in (0, 2, 4, 6)]
    assert [len(each) for each in pages] == [2, 2, 1, 0]
    assert [line for page in pages for line in page] == whole
