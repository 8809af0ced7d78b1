"""Each new contract that owes a call-back has one, and only one; it follows what the book says of it."""

import datetime
import threading
from typing import Any

import peewee
import pytest

from policies import database
from servicing.callbacks import opening, queries
from servicing.callbacks.opening import Followed
from servicing.core import errors
from servicing.core.case_models import Case, CaseClock, CaseEntry
from servicing.core.models import CardEntry, Task
from servicing.desk import deliveries
from servicing.operations import timetable
from servicing.operations import workspace as workspaces
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import refuses
from tests.servicing import looked_up
from tests.servicing.callbacks.called import CHINA, RULES, case, due, follow, ground
from tests.servicing.cases import opened


def issued(*days: str, **facts: Any) -> cast.Cast:
    """Lin Wei's three contracts; Zhou Ming's is as the first."""
    return cast.everybody(issued=days or ["2026-02-05"] * 3, **facts)


def test_a_new_contract_waits_for_its_receipt(book: peewee.Database) -> None:
    issued()
    assert follow("2026-02-06") == Followed(opened=4)
    found = case()
    assert (found.state, found.received_on) == ("waiting_receipt", datetime.date(2026, 2, 5))
    assert (found.due_on, found.about) == (None, cast.agent("A001"))
    assert CaseClock.select().count() == 0
    line = CardEntry.get(CardEntry.kind == "case.opened")
    assert line.client == cast.lin_wei()


def test_the_free_look_runs_from_the_signed_receipt(book: peewee.Database) -> None:
    issued()
    follow("2026-02-06")
    cast.change(cast.policy(), delivered_on=cast.day("2026-02-10"))
    assert follow("2026-02-11") == Followed(receipts=1)
    assert (case().state, due()) == ("open", datetime.date(2026, 2, 25))
    assert case("P002").state == "waiting_receipt"
    assert follow("2026-02-11") == Followed()


def test_a_delivery_that_is_recorded_with_its_task_begins_it(book: peewee.Database) -> None:
    issued()
    cast.walk_only("2026-02-08")
    follow("2026-02-08")
    task = next(each for each in Task.select() if each.touchpoint.key == deliveries.KEY)
    on = cast.day("2026-02-10")
    deliveries.record(task.id, on, on, "chen", cast.at(on))
    follow("2026-02-10")
    assert case(task.policy.policy_no).due_on == datetime.date(2026, 2, 25)


def test_a_book_that_knows_better_begins_it_anew(book: peewee.Database) -> None:
    issued(delivered_on="2026-02-10")
    follow("2026-02-11")
    cast.change(cast.policy(), delivered_on=cast.day("2026-02-08"))
    assert follow("2026-02-12") == Followed(receipts=1)
    assert (case().state, due()) == ("open", datetime.date(2026, 2, 23))
    steps = [each.step for each in CaseEntry.select().where(CaseEntry.case == case())]
    assert steps == ["opened", "receipt", "receipt_corrected"]


def test_a_product_has_a_free_look_of_its_own(book: peewee.Database) -> None:
    issued(delivered_on="2026-02-10")
    cast.change(cast.policy("P002"), product="银发年金")
    follow("2026-02-11", on_ground=ground(银发年金=20))
    assert due() == datetime.date(2026, 2, 25)
    assert due("P002") == datetime.date(2026, 3, 2)


def test_what_was_missed_is_caught_up_and_nothing_comes_twice(book: peewee.Database) -> None:
    issued("2026-01-05", "2026-02-05", "2026-02-20")
    assert follow("2026-02-06").opened == 3
    assert follow("2026-03-20").opened == 1
    assert follow("2026-03-20").opened == 0
    assert Case.select().count() == 4


def test_it_opens_more_than_one_look_at_the_book_finds(
    book: peewee.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued()
    monkeypatch.setattr(opening, "CHUNK", 2)
    assert follow("2026-02-06").opened == 4


def test_many_who_look_at_once_open_and_follow_each_once(book: peewee.Database) -> None:
    issued(delivered_on="2026-02-05")
    done: list[Followed] = []

    def act() -> None:
        with database.database.connection_context():
            done.append(follow("2026-02-06"))

    crew = [threading.Thread(target=act) for _ in range(4)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert sum(each.opened for each in done) == sum(each.receipts for each in done) == 4
    assert Case.select().count() == 4
    assert CaseEntry.select().where(CaseEntry.step == "receipt").count() == 4


def test_it_ends_where_it_is_asked_to(book: peewee.Database) -> None:
    issued(delivered_on="2026-02-05")
    on, now = cast.day("2026-02-06"), cast.at("2026-02-06")
    asked = iter([False, True, True])
    done = opening.bring_up_to_date(CHINA, RULES, on, now, lambda: next(asked))
    assert done == Followed(opened=1), "the rest is for the next time"
    assert follow("2026-02-06") == Followed(opened=3, receipts=4)


def test_the_database_itself_has_one_of_each_policy(book: peewee.Database) -> None:
    issued()
    follow("2026-02-06")
    columns = "kind, client_id, policy_id, received_on, recorded_at, source, channel, categories"
    columns += ", about_login, persons, spokesmen, desk, owner, state, is_open, is_quiet, moved_on"
    columns += ", moves"
    with pytest.raises(peewee.IntegrityError), database.writing():
        database.execute(f"INSERT INTO case_file ({columns}) SELECT {columns} FROM case_file")


def test_a_second_one_by_hand_is_refused(book: peewee.Database) -> None:
    issued()
    follow("2026-02-06")
    asked = opened.Request(
        *("callback", cast.day("2026-02-05"), "again", "root", "C001", "P001"),
        source="new_contract",
    )
    with refuses(errors.CaseRefused, f"case {case().id}"):
        opened.opening.open_case(CHINA, asked, opened.TODAY, opened.NOW)


OWES_NONE = [
    ("issued long ago", {"issued": ["2025-11-01"] * 3}),
    ("cancelled in the free look", {"status": "free_look_cancelled", "ended_on": "2026-02-06"}),
    ("applied for", {"status": "applied"}),
    ("of a year", {"product": "一年期意外险"}),
    (
        "its free look was over before it joined",
        {"delivered_on": "2026-02-05", "served_from": "2026-02-21"},
    ),
]


@pytest.mark.parametrize(("why", "facts"), OWES_NONE, ids=[each[0] for each in OWES_NONE])
def test_some_contracts_owe_none(book: peewee.Database, why: str, facts: dict[str, Any]) -> None:
    known = {"issued": ["2026-02-05"] * 3, **facts}
    cast.everybody(**known)
    assert follow("2026-02-21", short_term_products=("一年期意外险",)).opened == 0


def test_on_the_last_day_of_its_free_look_it_is_still_ours(book: peewee.Database) -> None:
    issued(delivered_on="2026-02-05", served_from="2026-02-20")
    assert follow("2026-02-21").opened == 4


def test_nobody_is_called_about_the_dead(book: peewee.Database) -> None:
    people = issued(delivered_on="2026-02-06")
    cast.change(people.zhou_ming, deceased_on=cast.day("2026-02-06"))
    assert follow("2026-02-07").opened == 3
    cast.change(cast.lin_wei(), deceased_on=cast.day("2026-02-08"))
    assert follow("2026-02-09") == Followed(not_owed=3)
    assert {each.state for each in Case.select()} == {"not_owed"}
    assert {e.reason for e in CaseEntry.select().where(CaseEntry.step == "not_owed")} == {"died"}


def test_what_is_cancelled_in_the_free_look_is_owed_no_more(book: peewee.Database) -> None:
    issued(delivered_on="2026-02-06")
    follow("2026-02-07")
    gone = {"status": "free_look_cancelled", "ended_on": cast.day("2026-02-08")}
    cast.change(cast.policy(), **gone)
    assert follow("2026-02-09") == Followed(not_owed=1)
    assert (case().state, case().is_open, due()) == ("not_owed", False, None)


def test_whoever_was_erased_is_not_called(book: peewee.Database) -> None:
    people = issued(delivered_on="2026-02-06")
    follow("2026-02-07")
    cast.change(people.zhou_ming, erased_on=cast.day("2026-02-08"))
    assert follow("2026-02-09") == Followed(not_owed=1)
    assert case("P900").state == "not_owed"


def test_a_company_may_do_without(book: peewee.Database) -> None:
    issued()
    assert follow("2026-02-06", enabled=False) == Followed()


def test_the_job_of_the_timetable_does_it(workspace: Workspace) -> None:
    issued(delivered_on="2026-02-06")
    job = next(each for each in timetable.TIMETABLE if each.name == "callbacks")
    now = cast.at("2026-02-07")
    assert job.work(workspace, lambda: now, lambda: False) == {
        "opened": 4,
        "receipts": 4,
        "not_owed": 0,
    }
    assert due() == datetime.date(2026, 2, 21)


def test_a_country_without_a_free_look_has_none(workspace: Workspace) -> None:
    issued(delivered_on="2026-02-06")
    toml = workspace.home / "servicing.toml"
    text = toml.read_text("utf-8").replace('country = "CN"', 'country = "DE"')
    toml.write_text(text, "utf-8")
    job = next(each for each in timetable.TIMETABLE if each.name == "callbacks")
    there = workspaces.at(workspace.home, {})
    assert there.country == "DE"
    assert job.work(there, lambda: cast.at("2026-02-07"), lambda: False) == {}


@cast.on_sqlite
def test_looking_for_them_reads_no_whole_table(book: peewee.Database) -> None:
    issued(delivered_on="2026-02-06")
    with looked_up.listening(book) as heard:
        follow("2026-02-07", short_term_products=("一年期意外险",))
        follow("2026-02-07")
        queries.due(cast.day("2026-02-07"), cast.day("2026-02-12"))
        assert heard.faults() == []
