"""A workspace that lives through simulated days: the embedded engine, its time injected.

The days are lived in a child process, which a real `kill -9` ends; where it had come to stands in a
file beside the workspace, and the next child goes on from there, or from some days later.
"""

import contextlib
import datetime
import os
import time
from pathlib import Path
from typing import Any, NoReturn

import time_machine
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler

from policies import database
from servicing.channels import Answer, Outgoing
from servicing.channels.outbox import Outbox
from servicing.operations import embedded, timetable, workspace
from servicing.operations.timetable import Job
from tests.drills import casework

TIMETABLE = (
    Job("escalation", "5 4 * * *", timetable.escalate),
    Job("callbacks", "30 5 * * *", timetable.call_back),
    Job("people", "30 10 * * *", casework.work),
    Job("walk", "0 6 * * *", timetable.walk_today),
    Job("dispatch", "15 9-19/2 * * *", timetable.send),
)
"""As the real one, but that the dispatch of every minute is one of every other hour.

What people do with cases is a job here. Of what is due at one moment it comes after what goes up by
itself: jobs of a moment run in the order of their names.
"""

LOOK_EVERY = datetime.timedelta(hours=6)


class Stepped(BaseScheduler):
    """A scheduler that waits for nobody: it is told when to look for what is due."""

    def wakeup(self) -> None:
        """It is awake."""

    def shutdown(self, wait: bool = True) -> None:
        """Nothing runs in the background."""
        super().shutdown(wait)

    def step(self) -> float | None:
        """Run what is due; answers with the seconds until something will be, None: nothing will."""
        waits: float | None = self._process_jobs()
        return waits


def come_to(home: Path) -> datetime.datetime:
    """The moment that the workspace has come to."""
    return datetime.datetime.fromisoformat((home / "moment.txt").read_text("utf-8"))


def put_on(home: Path, moment: datetime.datetime) -> None:
    """It goes on from that moment."""
    draft = home / "moment.txt.part"
    draft.write_text(moment.isoformat(), "utf-8")
    draft.replace(home / "moment.txt")


def begin(home: Path, until: datetime.datetime) -> int:
    """Live on in a child process; answers with its number."""
    if database.database.obj is not None and not database.database.is_closed():
        database.database.close()
    pid = os.fork()
    if pid == 0:
        _live(home, until)
    return pid


def sent(home: Path) -> list[str]:
    """The messages that were handed over, each time one was."""
    return (home / "sent.txt").read_text("utf-8").split()


def _live(home: Path, until: datetime.datetime) -> NoReturn:
    code = 1
    output = os.open(home / "child.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        with contextlib.redirect_stderr(os.fdopen(output, "w", buffering=1)) as told:
            try:
                _days(home, until)
                code = 0
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=told)
    finally:
        os._exit(code)


def _days(home: Path, until: datetime.datetime) -> None:
    _remember_every_hand_over(home)
    embedded.TIMETABLE = TIMETABLE
    space = workspace.at(home, {})
    space.open()
    database.database.close()
    scheduler = Stepped()
    with time_machine.travel(come_to(home), tick=False) as traveller:

        def now() -> datetime.datetime:
            return datetime.datetime.now(datetime.UTC)

        clockwork = embedded.Clockwork(space, now, time.time, time.time, scheduler, DebugExecutor())
        scheduler.start()
        look_at = now()
        while now() < until:
            if now() >= look_at:
                clockwork.look()
                look_at = now() + LOOK_EVERY
            put_on(home, now())
            waits = scheduler.step()
            if waits is None:  # the dead one still seems to keep the clock
                waits, look_at = embedded.LOOK_SECONDS, now()
            traveller.shift(max(1.0, min(waits, LOOK_EVERY.total_seconds())))
        put_on(home, now())


def _remember_every_hand_over(home: Path) -> None:
    """The outbox overwrites a file of the same name; here a second time leaves a second line."""
    log = os.open(home / "sent.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    send = Outbox.send

    def remembered(self: Outbox, message: Outgoing) -> Answer:
        answer: Any = send(self, message)
        os.write(log, f"{message.id}\n".encode())
        return answer

    Outbox.send = remembered  # type: ignore[method-assign]
