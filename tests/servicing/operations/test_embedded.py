"""The embedded engine: every job at once and by its time, and none that ends the others."""

import logging
import threading
import time
from typing import Any

import pytest

from policies import database
from policies.notices import notice
from servicing.core import errors
from servicing.core.models import Message, Touchpoint, WalkedDay
from servicing.core.runtime import never
from servicing.operations import embedded, lease, timetable
from servicing.operations.timetable import Counted, Job
from servicing.operations.workspace import Workspace
from tests import cast

NOW = cast.at("2026-06-01", "09:30")
NEVER = "0 0 1 1 *"
"""A job that runs when the engine wants it to run at once, and else on New Year's Day."""


def run(space: Workspace, monkeypatch: pytest.MonkeyPatch, *jobs: Job) -> None:
    """The engine with these jobs, until each of them has run once."""
    done = threading.Semaphore(0)

    def told(job: Job) -> Job:
        def work(*given: Any) -> Counted:
            try:
                return job.work(*given)
            finally:
                done.release()

        return Job(job.name, NEVER, work)

    monkeypatch.setattr(embedded, "TIMETABLE", tuple(map(told, jobs)))
    clockwork = embedded.start(space, lambda: NOW)
    assert all(done.acquire(timeout=120) for _ in jobs)
    clockwork.shutdown()


def test_the_jobs_do_what_the_commands_do(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.everybody(issued="2026-05-01")
    run(workspace, monkeypatch, *timetable.TIMETABLE)
    assert WalkedDay.select().where(WalkedDay.day == NOW.date()).exists()
    assert {each.key for each in Touchpoint.select()} >= {"month_1"}


def test_the_jobs_count_what_they_did(workspace: Workspace) -> None:
    cast.everybody(issued="2026-05-01", served_from="2026-05-31")
    walked = timetable.walk_today(workspace, lambda: NOW, never)
    assert walked["on"] == NOW.date() and walked["caught_up"] == 1
    assert walked["touchpoints"] == Touchpoint.select().count() > 0
    assert {"messages", "tasks", "skipped"} < walked.keys()
    queued = Message.select().where(Message.state == "queued").count()
    assert timetable.send(workspace, lambda: NOW, never) == {"accepted": queued}
    assert timetable.send(workspace, lambda: NOW, never) == {}


def test_a_job_that_fails_is_told_and_does_not_end_the_rest(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown(*_: object) -> None:
        raise errors.BadSetting("channels.sms", notice("not_utf8"))

    def broken(*_: object) -> None:
        raise RuntimeError("林伟 +12025550111")

    with caplog.at_level(logging.ERROR):
        run(workspace, monkeypatch, Job("a", "* * * * *", unknown), Job("b", "* * * * *", broken))
    assert "a: bad_setting (where=channels.sms, why=not_utf8)" in caplog.text
    assert "b failed: RuntimeError" in caplog.text and "林伟" not in caplog.text


def test_the_times_are_those_of_the_book(workspace: Workspace) -> None:
    assert [(job.name, job.cron) for job in timetable.TIMETABLE] == [
        ("walk", "0 6 * * *"),
        ("dispatch", "* * * * *"),
        ("callbacks", "15 * * * *"),
        ("signals", "35 * * * *"),
        ("leads", "50 0-5 * * *"),
        ("tiers", "20 2-5 * * *"),
        ("escalation", "5 0-5 * * *"),
        ("morning_mail", "*/5 * * * *"),
        ("weekly_mail", "*/5 * * * *"),
        ("seal", "40 * * * *"),
        ("tidy", "20 * * * *"),
        ("words", "*/10 * * * *"),
        ("retention", "10 3 * * *"),
    ]


class Runs:
    """How often a job has run; somebody may wait for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._done = threading.Semaphore(0)
        job = Job("counted", NEVER, self._counted)
        monkeypatch.setattr(embedded, "TIMETABLE", (job,))

    def _counted(self, *_: object) -> Counted:
        self._done.release()
        return {}

    def once_more(self) -> bool:
        return self._done.acquire(timeout=120)

    def no_more(self) -> bool:
        return not self._done.acquire(timeout=0.2)


def test_a_second_engine_waits_until_the_first_is_gone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs(monkeypatch)
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 0.05)
    first = embedded.start(workspace, lambda: NOW)
    assert runs.once_more()
    with caplog.at_level(logging.WARNING):
        second = embedded.start(workspace, lambda: NOW)
        assert runs.no_more()
    assert caplog.text.count(f"another process keeps the clock: {first.holder}; waiting") == 1
    first.shutdown()
    assert runs.once_more()
    second.shutdown()
    assert lease.held_by() == ""


def test_who_has_lost_the_clock_stops_until_it_is_free(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(monkeypatch)
    clockwork = embedded.start(workspace, lambda: NOW)
    assert runs.once_more()
    with database.writing():
        database.execute("UPDATE clock_keeper SET holder = 'somebody else'")
    clockwork.look()
    assert runs.no_more()
    lease.give_back("somebody else")
    clockwork.look()
    assert runs.once_more()
    clockwork.shutdown()


@pytest.mark.parametrize("hours", [-1, 1, 72])
def test_a_clock_that_jumps_loses_no_job(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Set back, nothing would be due for an hour; asleep, it would be due late."""
    runs, wall = Runs(monkeypatch), [1_780_000_000.0]
    clockwork = embedded.Clockwork(workspace, lambda: NOW, lambda: wall[0], lambda: 0.0)
    clockwork.start()
    assert runs.once_more()
    clockwork.look()
    assert runs.no_more()
    wall[0] += hours * 3_600
    clockwork.look()
    assert runs.once_more()
    clockwork.shutdown()


def test_a_database_that_is_away_is_told_and_comes_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runs, keep = Runs(monkeypatch), lease.keep

    def away(*_: object) -> bool:
        monkeypatch.setattr(lease, "keep", keep)
        raise errors.UnusableDatabase("the server is away")

    monkeypatch.setattr(lease, "keep", away)
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 0.05)
    with caplog.at_level(logging.ERROR):
        clockwork = embedded.start(workspace, lambda: NOW)
        assert runs.once_more()
    clockwork.shutdown()
    assert "the clock cannot be kept: UnusableDatabase" in caplog.text


class Failing:
    """A job of the day that fails some times, and is missing until it is done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails: int) -> None:
        self.tries, self._fails = 0, fails
        self._tried = threading.Semaphore(0)
        job = Job("walk", NEVER, self._work, lambda space, now: self.tries <= fails)
        monkeypatch.setattr(embedded, "TIMETABLE", (job,))

    def _work(self, *_: object) -> Counted:
        self.tries += 1
        self._tried.release()
        if self.tries <= self._fails:
            raise errors.UnusableDatabase("database_locked")
        return {}

    def is_tried(self, seconds: float = 120) -> bool:
        return self._tried.acquire(timeout=seconds)


def test_a_walk_that_failed_is_tried_again_every_minute_until_it_is_done(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the rule that workers have; before a minute is over nothing is tried, and after it is done."""
    walk, seconds = Failing(monkeypatch, fails=2), [1_780_000_000.0]
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 3600)
    clockwork = embedded.Clockwork(workspace, lambda: NOW, lambda: seconds[0], lambda: seconds[0])
    clockwork.start()
    assert walk.is_tried()
    for after, is_tried in [(30, False), (31, True), (30, False), (31, True), (61, False)]:
        while clockwork._running:
            time.sleep(0.01)
        seconds[0] += after
        clockwork.look()
        assert walk.is_tried(120 if is_tried else 0.2) is is_tried
    clockwork.shutdown()
    assert walk.tries == 3


def test_a_walk_that_runs_is_not_begun_once_more(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, seconds = threading.Semaphore(0), threading.Event(), [1_780_000_000.0]

    def work(*_: object) -> Counted:
        begun.release()
        go_on.wait(120)
        return {}

    job = Job("walk", NEVER, work, lambda space, now: True)
    monkeypatch.setattr(embedded, "TIMETABLE", (job,))
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 3600)
    clockwork = embedded.Clockwork(workspace, lambda: NOW, lambda: seconds[0], lambda: seconds[0])
    clockwork.start()
    assert begun.acquire(timeout=120)
    seconds[0] += 61
    clockwork.look()
    go_on.set()
    clockwork.shutdown()
    assert not begun.acquire(timeout=0.2)


@pytest.mark.parametrize(
    ("moment", "walked", "missing"),
    [
        ("05:59", False, set()),
        ("06:00", False, {"walk"}),
        ("23:59", False, {"walk"}),
        ("06:00", True, set()),
    ],
)
def test_both_engines_ask_the_same_question(
    workspace: Workspace, moment: str, walked: bool, missing: set[str]
) -> None:
    cast.everybody()
    if walked:
        cast.walk_on(NOW.date(), workspace)
    now = cast.at("2026-06-01", moment)
    assert timetable.missing(timetable.TIMETABLE, workspace, now) == missing
