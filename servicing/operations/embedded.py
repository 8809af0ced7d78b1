"""The timetable in this process: APScheduler and a few threads, nothing to install.

One process a database keeps the clock (`lease`); another one waits until the first is
gone. A look at the clock every few seconds sees to that, and to a wall clock that jumps.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime

from apscheduler.executors.base import BaseExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger

from policies import database
from servicing.core import errors
from servicing.dispatch.provider_pool import Clock
from servicing.operations import lease
from servicing.operations.timetable import TIMETABLE, Job, missing, tell
from servicing.operations.workspace import Workspace

LOOK_SECONDS = 10.0
"""How often the lease of the clock is renewed: a few times before it would end."""

AGAIN_SECONDS = 60.0
"""How often is asked which of today's jobs are still to be done: as often as workers ask it."""

JUMP_SECONDS = 30.0
"""The machine has slept, or its wall clock was set, where the two clocks differ by more at a look."""

log = logging.getLogger("servicing.engine")


class Clockwork:
    """The timetable, run for as long as this process keeps the clock of its database."""

    def __init__(
        self,
        space: Workspace,
        clock: Clock,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        scheduler: BaseScheduler | None = None,
        executor: BaseExecutor | None = None,
    ) -> None:
        """`clock` tells the moment to the jobs; `wall` and `monotonic` tell the machine's seconds.

        `scheduler` and `executor` say how APScheduler waits and works; by default in threads.
        """
        self._space, self._clock = space, clock
        self._wall, self._monotonic = wall, monotonic
        self._offset = wall() - monotonic()
        self._is_over = threading.Event()
        self._is_keeper: bool | None = None
        self._running: set[str] = set()
        self._asked = wall()
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        """How the others know us."""
        self._scheduler = scheduler or BackgroundScheduler()
        self._scheduler.configure(
            timezone=space.zone,
            executors={"default": executor or ThreadPoolExecutor(len(TIMETABLE))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._looking = threading.Thread(target=self._look_now_and_then, name="clock", daemon=True)

    def start(self) -> None:
        """Keep the clock, or wait for it; what was missed is done at once."""
        self._scheduler.start()
        self._looking.start()

    def shutdown(self) -> None:
        """End: jobs hand back what they have claimed, and the next process has the clock at once."""
        self._is_over.set()
        self._looking.join()
        self._scheduler.shutdown()
        if self._is_keeper:
            with database.database.connection_context():
                lease.give_back(self.holder)

    def _look_now_and_then(self) -> None:
        while True:
            try:
                self.look()
            except Exception as error:  # a database that is away comes back
                log.error("the clock cannot be kept: %s", type(error).__name__)
            if self._is_over.wait(LOOK_SECONDS):
                return

    def look(self) -> None:
        """Renew the lease; begin or end to run the timetable; notice that the clock has jumped."""
        with database.explained(), database.database.connection_context():
            is_keeper = lease.keep(self.holder, self._wall())
            other = "" if is_keeper else lease.held_by()
        offset = self._wall() - self._monotonic()
        has_jumped = abs(offset - self._offset) > JUMP_SECONDS
        self._offset = offset
        if is_keeper and (has_jumped or not self._is_keeper):
            log.info("the clock has jumped" if self._is_keeper else "this process keeps the clock")
            self._run_all_now()
        elif not is_keeper and self._is_keeper is not False:
            log.warning("another process keeps the clock: %s; waiting", other)
            self._scheduler.remove_all_jobs()
        elif is_keeper and abs(self._wall() - self._asked) >= AGAIN_SECONDS:
            self._run_missing()
        self._is_keeper = is_keeper

    def _run_all_now(self) -> None:
        """Run every job at once, to catch up, and then each by its time on the wall clock."""
        self._asked = self._wall()
        for job in TIMETABLE:
            self._scheduler.add_job(
                self._carried_out(job),
                CronTrigger.from_crontab(job.cron, self._space.zone),
                id=job.name,
                replace_existing=True,
                next_run_time=datetime.now(self._space.zone),
            )

    def _run_missing(self) -> None:
        """Run at once what has failed today, and is not running."""
        self._asked = self._wall()
        with database.explained(), database.database.connection_context():
            undone = missing(TIMETABLE, self._space, self._clock())
        for name in undone - self._running:
            log.info("%s is still to be done today: it is tried again", name)
            self._scheduler.modify_job(name, next_run_time=datetime.now(self._space.zone))

    def _carried_out(self, job: Job) -> Callable[[], None]:
        def work() -> None:
            begun = self._monotonic()
            self._running.add(job.name)
            try:
                with database.explained(), database.database.connection_context():
                    space = self._space.current()
                    counted = job.work(space, self._clock, self._is_over.is_set)
                tell(job.name, counted, self._monotonic() - begun)
            except errors.ServicingError as error:
                log.error("%s: %s", job.name, error)
            except Exception as error:  # the next time must come whatever this was
                log.error("%s failed: %s", job.name, type(error).__name__)
            finally:
                self._running.discard(job.name)

        return work


def start(space: Workspace, clock: Clock) -> Clockwork:
    """Run every job at once, for what was missed, and then by its time; ends with `shutdown()`.

    A job that is still running when its time comes again is not run twice: it has its turn the next
    time. One that fails says so in the log, without data, and is tried again: soon where it was to be
    done today, else at its next time.
    """
    clockwork = Clockwork(space, clock)
    clockwork.start()
    return clockwork
