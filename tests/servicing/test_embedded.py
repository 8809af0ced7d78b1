"""The embedded engine: every job at once and by its time, and none that ends the others."""

import logging
import threading

import pytest

from policies import errors
from servicing import timetable
from servicing.engines import embedded
from servicing.models import Touchpoint, WalkedDay
from servicing.timetable import Job
from servicing.workspace import Workspace
from tests import cast

NOW = cast.at("2026-06-01", "09:30")


def run(space: Workspace, monkeypatch: pytest.MonkeyPatch, *jobs: Job) -> None:
    """The engine with these jobs, until the last of them has run."""
    last = threading.Event()
    jobs += (Job("last", "0 0 1 1 *", lambda *_: last.set()),)
    monkeypatch.setattr(embedded, "TIMETABLE", jobs)
    scheduler = embedded.start(space, lambda: NOW)
    assert last.wait(120)
    scheduler.shutdown()


def test_the_jobs_do_what_the_commands_do(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.everybody(issued="2026-05-01")
    run(workspace, monkeypatch, *timetable.TIMETABLE)
    assert WalkedDay.select().where(WalkedDay.day == NOW.date()).exists()
    assert {each.key for each in Touchpoint.select()} >= {"month_1"}


def test_a_job_that_fails_is_told_and_does_not_end_the_rest(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown(*_: object) -> None:
        raise errors.BadSetting("channels.sms", "'pigeon' is not known")

    def broken(*_: object) -> None:
        raise RuntimeError("林伟 +12025550111")

    with caplog.at_level(logging.ERROR):
        run(workspace, monkeypatch, Job("a", "* * * * *", unknown), Job("b", "* * * * *", broken))
    assert "a: channels.sms: 'pigeon' is not known" in caplog.text
    assert "b failed: RuntimeError" in caplog.text and "林伟" not in caplog.text


def test_the_times_are_those_of_the_book(workspace: Workspace) -> None:
    assert [(job.name, job.cron) for job in timetable.TIMETABLE] == [
        ("walk", "0 6 * * *"),
        ("dispatch", "* * * * *"),
    ]
