"""The engine of many machines: what becomes a job, when, and what the dead leave behind.

Whole workers, killed and stopped, are in tests/drills/test_workers.py.
"""

import asyncio
import datetime
import json
import zoneinfo
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import peewee
import procrastinate
import pytest

from policies import database
from servicing.breaker import breaker, halts
from servicing.core import errors, models
from servicing.core.models import Message, Touchpoint, WalkedDay
from servicing.core.settings import Breaker
from servicing.dispatch import dispatcher
from servicing.operations import health, job_queue, ownership, postgres_workers
from servicing.operations import workspace as workspaces
from servicing.operations.job_crew import Crew
from servicing.operations.postgres_workers import Worker
from servicing.operations.timetable import TIMETABLE, Job
from servicing.operations.workspace import Workspace
from servicing.schedule import walk
from tests import cast, two_roles
from tests.conftest import PostgresServer
from tests.refusals import refuses

DAY = datetime.date(2025, 9, 30)
SIX, TEN = cast.at(DAY, "06:00"), cast.at(DAY, "10:00")


@pytest.fixture
def space(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with procrastinate's tables, whose database is thrown away; we own none of them."""
    name = postgres_server.new_database()
    home = tmp_path / "home"
    worker = two_roles.given(postgres_server, name).worker
    workspaces.create(home, worker, owner_url=postgres_server.url(name))
    space = workspaces.at(home, {})
    space.open()
    ownership.prepare_jobs(space.settings.servicing, home)
    space.others = Crew()
    yield space
    database.database.close()
    postgres_server.drop(name)


def jobs(name: str = "") -> list[dict[str, Any]]:
    """What waits, or is in somebody's hands."""
    sql = "SELECT * FROM procrastinate_jobs WHERE task_name = ? OR ? = '' ORDER BY id"
    cursor = database.execute(sql, [name, name])
    columns = [each.name for each in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def work_off(space: Workspace, now: datetime.datetime, queue: str = job_queue.WORK_QUEUE) -> None:
    """Do what waits in a queue, by a worker who then goes."""
    app = app_of(space, now)
    app.periodic_registry.periodic_tasks.clear()  # the minute's look is not among it

    async def run() -> None:
        async with app.open_async():
            await app.run_worker_async(
                queues=[queue], wait=False, delete_jobs="always", install_signal_handlers=False
            )

    in_a_loop(run())


def in_a_loop(work: Coroutine[Any, Any, None]) -> None:
    """A loop of its own, in a thread: a browser that is open in this process keeps one in ours."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def app_of(space: Workspace, now: datetime.datetime) -> procrastinate.App:
    return Worker(space, lambda: now, space.settings.servicing.database)._app


def send_off(space: Workspace, now: datetime.datetime) -> None:
    work_off(space, now, job_queue.SEND_QUEUE)


# ------------------------------------------------------------------------------------------- jobs


def test_a_walk_and_its_parts_are_written_together_or_not_at_all(space: Workspace) -> None:
    cast.everybody()
    with database.database.atomic() as transaction:
        cast.walk_day(space.walker(), DAY, DAY, SIX)
        assert len(jobs("make")) == 2
        transaction.rollback()
    assert (jobs(), Touchpoint.select().count()) == ([], 0)
    cast.walk_day(space.walker(), DAY, DAY, SIX)
    handed = [number for job in jobs("make") for number in job["args"]["touchpoints"]]
    assert sorted(handed) == [each.id for each in Touchpoint.select().order_by(Touchpoint.id)]


def test_the_parts_of_a_branch_are_made_one_after_the_other(space: Workspace) -> None:
    cast.everybody()
    for day in (DAY - datetime.timedelta(days=30), DAY):
        cast.walk_day(space.walker(), day, DAY, SIX)
    locks = [job["lock"] for job in jobs("make")]
    assert set(locks) == {f"make {job['args']['branch']}" for job in jobs("make")}


def test_what_a_part_has_made_is_sent_from_its_moment_on(space: Workspace) -> None:
    cast.everybody()
    cast.walk_day(space.walker(), DAY, DAY, SIX)
    work_off(space, SIX)
    assert jobs("make") == []
    assert {each.state for each in Message.select()} == {"queued"}
    opening = {each.send_from for each in Message.select()}
    assert {job["scheduled_at"] for job in jobs("send")} == opening
    assert {number for job in jobs("send") for number in job["args"]["messages"]} == {
        each.id for each in Message.select()
    }


def test_a_batch_that_is_taken_up_leaves_the_house(space: Workspace) -> None:
    cast.everybody()
    cast.walk_day(space.walker(), DAY, DAY, SIX)
    work_off(space, SIX)
    send_off(space, TEN)  # their moment is long past by the clock of the server
    assert {(each.state, each.provider) for each in Message.select()} == {("accepted", "outbox")}
    assert jobs() == []


def test_what_is_in_a_batch_is_not_handed_out_again(space: Workspace) -> None:
    cast.everybody()
    cast.walk_day(space.walker(), DAY, DAY, SIX)
    work_off(space, SIX)
    assert dispatcher.hand_out(Crew(), TEN) == 0
    database.execute("DELETE FROM procrastinate_jobs")
    assert dispatcher.hand_out(Crew(), TEN) == 4


def test_a_job_that_fails_is_tried_again_and_the_status_tells_of_it(
    space: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cast.everybody()
    cast.walk_day(space.walker(), DAY, DAY, SIX)

    def broken(*_: object) -> None:
        raise RuntimeError("林伟 +12025550111")

    monkeypatch.setattr(postgres_workers.parts, "make", broken)
    for attempt in range(1, 4):
        assert health.status(["outbox"], DAY, SIX).needs == []
        work_off(space, SIX)
        assert {job["attempts"] for job in jobs("make")} == {attempt}
        assert {job["status"] for job in jobs("make")} == {"todo"}
        database.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    assert "make failed: RuntimeError" in caplog.text and "林伟" not in caplog.text
    (need,) = health.status(["outbox"], DAY, SIX).needs
    assert (need.code, need.what) == ("failing", "2")
    monkeypatch.undo()
    work_off(space, SIX)
    assert Message.select().count() == 4


def test_a_part_found_by_another_plan_waits_for_a_worker_who_has_it(
    space: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    cast.everybody()
    cast.walk_day(space.walker(), DAY, DAY, SIX)
    changed = "UPDATE procrastinate_jobs SET args = jsonb_set(args, '{plan}', '\"newer@1\"')"
    database.execute(changed)
    work_off(space, SIX)
    assert Message.select().count() == 0 and len(jobs("make")) == 2
    assert "another_plan (plan=newer@1)" in caplog.text
    database.execute(
        "UPDATE procrastinate_jobs SET scheduled_at = NULL, attempts = ?",
        [postgres_workers.ANOTHER_PLAN],
    )
    work_off(space, SIX)
    assert Message.select().count() == 4, "nobody has that plan any more"


def test_what_is_halted_stays_where_it_is_and_leaves_when_it_is_resumed(space: Workspace) -> None:
    """An import that nobody expected: the parts are made, their batches send nothing and are gone."""
    strict = Breaker(factor=1.0, at_least=2)
    space.settings = msgspec.structs.replace(space.settings, breaker=strict)
    before = DAY - datetime.timedelta(days=1)
    people = cast.everybody(served_from=before)
    walk.walk(space.walker(), before, SIX - datetime.timedelta(days=1))
    for number in range(5):
        cast.give_policy(people.lin_wei, f"P5{number}", served_from=DAY)
    walk.walk(space.walker(), DAY, SIX)
    work_off(space, SIX)
    send_off(space, TEN)
    assert {each.state for each in Message.select()} == {"queued"} and jobs() == []
    assert dispatcher.hand_out(Crew(), TEN) == 0
    assert [each.name for each in halts.listed()] == ["touchpoint:month_1"]
    breaker.resume("month_1", "they have joined", "ops", TEN)
    assert dispatcher.hand_out(Crew(), TEN) == 9
    send_off(space, TEN)
    assert {each.state for each in Message.select()} == {"accepted"}


def test_a_provider_that_cannot_send_is_left_alone_for_a_while(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.everybody()
    cast.walk_day(space.walker(), DAY, DAY, SIX)
    work_off(space, SIX)
    asked = []

    def stopped(*given: Any, **named: Any) -> None:
        asked.append(named["batch"])
        raise errors.ChannelStopped("outbox", "20003")

    monkeypatch.setattr(postgres_workers.dispatcher, "dispatch", stopped)
    send_off(space, TEN)
    monkeypatch.undo()
    assert asked and jobs() == []
    dispatcher.hand_out(Crew(), TEN)
    send_off(space, TEN)
    assert {each.state for each in Message.select()} == {"queued"}
    models.Sender.update(free_at=0).execute()
    dispatcher.hand_out(Crew(), TEN)
    send_off(space, TEN)
    assert {each.state for each in Message.select()} == {"accepted"}


# -------------------------------------------------------------------------------------- the clock


BOOKS = [
    ("Asia/Shanghai", "2026-05-11T06:00+08:00", True),
    ("Asia/Shanghai", "2026-05-11T06:01+08:00", False),
    ("Asia/Shanghai", "2026-05-10T22:00+00:00", True),
    ("America/New_York", "2026-03-08T06:00-04:00", True),
    ("America/New_York", "2026-03-08T06:00-05:00", False),
    ("America/New_York", "2026-11-01T06:00-05:00", True),
    ("America/New_York", "2026-11-01T06:00-04:00", False),
]


@pytest.mark.parametrize(("zone", "moment", "is_due"), BOOKS)
def test_the_walk_is_due_at_six_by_the_clocks_of_the_book(
    zone: str, moment: str, is_due: bool
) -> None:
    minute = datetime.datetime.fromisoformat(moment).astimezone(zoneinfo.ZoneInfo(zone))
    assert postgres_workers.is_due(TIMETABLE[0], minute) is is_due
    assert postgres_workers.is_due(Job("dispatch", "* * * * *", lambda *_: {}), minute)


def tick(space: Workspace, now: datetime.datetime) -> None:
    """The minute's look at the timetable."""
    worker = Worker(space, lambda: now, space.settings.servicing.database)

    async def run() -> None:
        async with worker._app.open_async():
            await worker._tick(int(now.timestamp()))

    in_a_loop(run())


def test_every_minute_what_is_due_is_begun_once(space: Workspace) -> None:
    tick(space, cast.at(DAY, "05:59"))
    tick(space, cast.at(DAY, "05:59"))
    assert [job["task_name"] for job in jobs()] == ["dispatch"]
    tick(space, SIX)
    assert sorted(job["task_name"] for job in jobs()) == [
        "dispatch",
        "morning_mail",
        "walk",
        "weekly_mail",
        "words",
    ]


def test_a_walk_that_has_failed_is_begun_again_every_minute_until_it_is_done(
    space: Workspace,
) -> None:
    cast.everybody()
    tick(space, cast.at(DAY, "06:07"))
    assert len(jobs("walk")) == 1
    work_off(space, cast.at(DAY, "06:07"))
    assert WalkedDay.select().where(WalkedDay.day == DAY).exists()
    tick(space, cast.at(DAY, "06:08"))
    assert jobs("walk") == []


def test_what_a_dead_worker_had_in_hand_is_taken_over(space: Workspace) -> None:
    """The walk's own job as well, although the next one waits already."""
    cast.everybody()
    cast.walk_day(space.walker(), DAY, DAY, SIX)
    tick(space, SIX)
    database.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    tick(space, SIX)
    names = ["dispatch", "make", "make", "morning_mail", "walk", "weekly_mail", "words"]
    assert sorted(job["task_name"] for job in jobs() if job["status"] == "todo") == names
    assert not [job for job in jobs() if job["status"] == "doing"]


def test_who_was_heard_of_lately_is_counted(space: Workspace) -> None:
    assert job_queue.workers() == 0
    for age in (0, 0, 5, 5, 31):
        stamp = "now() - make_interval(secs => ?)"
        database.execute(
            f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({stamp})", [age]
        )
    assert job_queue.workers() == 2, "each takes from two queues"
    assert health.status(["outbox"], DAY, SIX).workers == 2


# ------------------------------------------------------------------------------------- the tables


def be_the_owner(space: Workspace) -> None:
    """Go on as who has made the tables."""
    url = space.settings.servicing.database.replace(f"{two_roles.WORKER}@", "postgres@")
    database.connect(url, space.home)


def test_the_tables_are_made_once(space: Workspace) -> None:
    be_the_owner(space)
    assert job_queue.prepare() == []
    assert job_queue.is_there()


def test_a_book_without_workers_has_no_jobs(book: peewee.Database) -> None:
    assert (job_queue.is_there(), job_queue.workers(), job_queue.failing()) == (False, 0, 0)


def test_what_takes_something_away_waits_until_nobody_works(space: Workspace) -> None:
    """As after an upgrade: one step adds, the other one takes away what old workers use."""
    be_the_owner(space)
    steps = {name for (name,) in database.execute("SELECT name FROM procrastinate_migration")}
    after = max(each for each in steps if "_post_" in each)
    database.execute("DELETE FROM procrastinate_migration WHERE name = ?", [after])
    database.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert job_queue.prepare() == []
    database.execute("DELETE FROM procrastinate_workers")
    assert job_queue.prepare() == [after]


@pytest.mark.parametrize(("takes_away", "is_refused"), [(True, False), (False, True)])
def test_a_worker_that_owns_no_table_waits_for_the_owner_where_something_lacks(
    takes_away: bool, is_refused: bool, space: Workspace
) -> None:
    be_the_owner(space)
    steps = {name for (name,) in database.execute("SELECT name FROM procrastinate_migration")}
    gone = max(each for each in steps if ("_post_" in each) is takes_away)
    database.execute("DELETE FROM procrastinate_migration WHERE name = ?", [gone])
    space.open()
    if is_refused:
        with refuses(errors.UnusableDatabase, "let the owner say `servicing database migrate`"):
            postgres_workers.run(space, lambda: SIX)
    else:
        ownership.prepare_jobs(space.settings.servicing, space.home)


@cast.on_sqlite
def test_workers_need_a_postgresql(workspace: Workspace) -> None:
    with refuses(errors.BadSetting, match="with SQLite use: servicing run"):
        postgres_workers.run(workspace, lambda: SIX)


def test_what_a_job_is_given_is_numbers_and_names_of_ours_only(space: Workspace) -> None:
    cast.everybody()
    cast.walk_day(space.walker(), DAY, DAY, SIX)
    work_off(space, SIX)
    told = json.dumps([job["args"] for job in jobs()], ensure_ascii=False)
    assert "林伟" not in told and "+1202" not in told
