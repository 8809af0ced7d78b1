"""The timetable on many machines: any number of workers share it, by procrastinate's jobs in PostgreSQL.

Every minute one of them looks which of the timetable's jobs are due. A walk's parts
and the batches of a dispatch are jobs, too, written in the transaction of the rows they are about. A
worker that dies leaves its jobs to the others; one that is stopped hands back what it has in hand.
"""

import asyncio
import contextlib
import datetime
import logging
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import procrastinate
import psycopg
import psycopg_pool
from apscheduler.triggers.cron import CronTrigger
from procrastinate import exceptions
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as Stored
from procrastinate.jobs import Status

from policies import database
from policies.notices import notice
from servicing.core import errors
from servicing.dispatch import dispatcher, rate_limit
from servicing.dispatch.provider_pool import Clock
from servicing.operations import job_queue, ownership
from servicing.operations.job_crew import Crew
from servicing.operations.job_queue import MAKE, SEND, SEND_QUEUE, WORK_QUEUE
from servicing.operations.timetable import TIMETABLE, Counted, Job, missing, tell, walk_counts
from servicing.operations.workspace import Workspace
from servicing.schedule import parts
from servicing.schedule.handoff import Batch, Part

HEARTBEAT_SECONDS = 10.0
"""How often a worker says that it lives: a few times before it would be taken for dead."""

MISSED_SECONDS = 90.0
"""A minute that was missed for longer is not made up for: a worker does every job when it starts."""

ENDS_WITHIN_SECONDS = 0.5
"""A job that is not done so soon after the worker was stopped has to hand back what it has."""

PAUSE_SECONDS = 5.0
"""After which a database that was away is tried again."""

LONGEST_PAUSE_SECONDS = 300
"""Between two tries of a job that fails again and again."""

CONNECTIONS = 6
"""To see after the jobs: two that listen stand beside them, and each job has one of its own."""

STOPPED_SECONDS = 60.0
"""A provider that said it cannot send at all is left alone for so long."""

ANOTHER_PLAN = 10
"""So often a part is left to a worker of the same plan; then it is made by the plan there is."""

AWAY = (exceptions.ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, OSError)
"""The errors of a database that cannot be reached."""

log = logging.getLogger("servicing.engine")


class Undone(Exception):
    """A job has failed; the log says why, without data."""


class Patiently(procrastinate.BaseRetryStrategy):
    """Again and again, after longer and longer pauses: what was written into a job is never lost.

    The timetable's own jobs need none: they come again by themselves.
    """

    def get_retry_decision(
        self, *, exception: BaseException, job: Stored
    ) -> procrastinate.RetryDecision:
        """A job that was only handed back is taken up again at once."""
        if isinstance(exception, exceptions.JobAborted):
            return procrastinate.RetryDecision(retry_in={"seconds": 0})
        pause = min(LONGEST_PAUSE_SECONDS, PAUSE_SECONDS * 2 ** min(job.attempts, 10))
        return procrastinate.RetryDecision(retry_in={"seconds": int(pause)})


class Worker:
    """One process among those that share the work."""

    def __init__(self, space: Workspace, clock: Clock, url: str) -> None:
        """`clock` tells the moment to the jobs; `url` is the address of the workspace's database."""
        self._space, self._clock = space, clock
        self._is_over = threading.Event()
        self._running: asyncio.Future[Any] | None = None
        self._jobs = {job.name: job for job in TIMETABLE}
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=url, min_size=1, max_size=CONNECTIONS
            ),
            periodic_defaults={"max_delay": MISSED_SECONDS},
        )
        self._learn()

    def _learn(self) -> None:
        """Its tasks: the minute's look at the timetable, the timetable's jobs, parts and batches."""

        def task(name: str, queue: str, work: Callable[..., Counted], **options: Any) -> None:
            learned = self._app.task(name=name, queue=queue, pass_context=True, **options)
            learned(self._carried_out(name, work))

        tick = self._app.task(name="tick", queue=WORK_QUEUE, priority=2)(self._tick)
        self._app.periodic(cron="* * * * *")(tick)
        for job in TIMETABLE:
            task(job.name, WORK_QUEUE, self._by_the_timetable(job), priority=1)
        task(MAKE, WORK_QUEUE, self._make, retry=Patiently())
        task(SEND, SEND_QUEUE, self._send, retry=Patiently())

    # ------------------------------------------------------------------------------ its life

    def run(self) -> None:
        """Work until it is stopped by SIGTERM or SIGINT."""
        asyncio.run(self._work())

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.stop)
        while not self._is_over.is_set():
            self._running = asyncio.ensure_future(self._while_the_database_is_there())
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            if not self._is_over.is_set():
                await asyncio.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """Take no more jobs, and hand back what is in hand."""
        self._is_over.set()
        if self._running:
            self._running.cancel()

    async def _while_the_database_is_there(self) -> None:
        try:
            async with self._app.open_async():
                await self._begin_all()
                log.info("works")
                await self._take_from_both()
        except AWAY as error:
            log.error("the database is away: %s; trying again", type(error).__name__)

    async def _take_from_both(self) -> None:
        """Until one ends, which is when the database goes away, or all has to end."""
        hands = [asyncio.ensure_future(self._take_from(queue)) for queue in job_queue.QUEUES]
        try:
            await asyncio.wait(hands, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in hands:
                each.cancel()
            ends = await asyncio.gather(*hands, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _take_from(self, queue: str) -> None:
        await self._app.run_worker_async(
            queues=[queue],
            concurrency=1,
            delete_jobs="always",
            install_signal_handlers=False,
            shutdown_graceful_timeout=ENDS_WITHIN_SECONDS,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=job_queue.SILENT_SECONDS,
        )

    # ------------------------------------------------------------------------- the timetable

    async def _begin_all(self) -> None:
        """Catch up the jobs that were missed while no worker ran."""
        for name in self._jobs:
            await self._begin(name)

    async def _begin(self, name: str) -> None:
        """Once, however many ask for it while it waits; one at a time."""
        task = self._app.configure_task(name, queue=WORK_QUEUE, lock=name, queueing_lock=name)
        with contextlib.suppress(exceptions.AlreadyEnqueued):
            await task.defer_async()

    async def _tick(self, timestamp: int) -> None:
        """Once a minute, in one of the workers: begin what is due, and what the dead have left."""
        minute = datetime.datetime.fromtimestamp(timestamp, self._space.zone)
        undone = await asyncio.to_thread(self._missing)
        for job in TIMETABLE:
            if is_due(job, minute) or job.name in undone:
                await self._begin(job.name)
        await self._take_over_from_the_dead()

    def _missing(self) -> set[str]:
        """The jobs that should have been done today and were not."""
        with database.database.connection_context():
            return missing(TIMETABLE, self._space, self._clock())

    async def _take_over_from_the_dead(self) -> None:
        manager = self._app.job_manager
        silent = job_queue.SILENT_SECONDS
        for each in await manager.get_stalled_jobs(seconds_since_heartbeat=silent):
            log.warning("a worker has died in its work: %s", each.task_name)
            with contextlib.suppress(exceptions.ConnectorException):  # another one was quicker
                if each.queueing_lock:  # it could not be put beside the next one that waits
                    await manager.finish_job(each, Status.FAILED, delete_job=True)
                    await self._begin(each.task_name)
                else:
                    await manager.retry_job(each)

    # -------------------------------------------------------------------------------- its jobs

    def _by_the_timetable(self, job: Job) -> Callable[..., Counted]:
        def work(context: JobContext) -> Counted:
            return job.work(self._space.current(), self._clock, context.should_abort)

        return work

    def _make(
        self,
        context: JobContext,
        day: str,
        found_on: str,
        plan: str,
        branch: int,
        touchpoints: list[int],
    ) -> Counted:
        space = self._space.current()
        if plan != space.plan.edition and context.job.attempts < ANOTHER_PLAN:
            raise errors.BadSetting("plan", notice("another_plan", plan=plan))
        date = datetime.date.fromisoformat
        part = Part(date(day), date(found_on), plan, branch, touchpoints)
        made = parts.make(space.walker(), part, self._clock())
        return {"branch": branch, **walk_counts(made)}

    def _send(self, context: JobContext, provider: str, messages: list[int]) -> Counted:
        wall = rate_limit.shared(lambda: self._clock().timestamp())
        batch = Batch(provider, self._clock(), messages)
        try:
            sent = dispatcher.dispatch(
                self._space.current().dispatcher(wall),
                self._clock,
                is_over=context.should_abort,
                batch=batch,
            )
            return {"provider": provider, **sent} if sent else {}
        except errors.ChannelStopped as error:  # its messages wait; the others need not all try
            log.error("%s", error)
            rate_limit.hold(provider, wall() + STOPPED_SECONDS)
            return {}

    def _carried_out(self, name: str, work: Callable[..., Counted]) -> Callable[..., None]:
        """The work, on a connection of its own; the log says what goes wrong, without data."""

        def carried_out(context: JobContext, **given: Any) -> None:
            begun = time.monotonic()
            try:
                with database.explained(), database.database.connection_context():
                    counted = work(context, **given)
                tell(name, counted, time.monotonic() - begun)
            except errors.ServicingError as error:
                log.error("%s: %s", name, error)
            except Exception as error:
                log.error("%s failed: %s", name, type(error).__name__)
            else:
                if context.should_abort():
                    raise exceptions.JobAborted
                return
            raise Undone

        return carried_out


def is_due(job: Job, minute: datetime.datetime) -> bool:
    """Whether the timetable names this minute, in the zone of the book."""
    trigger = CronTrigger.from_crontab(job.cron, minute.tzinfo)
    return bool(trigger.get_next_fire_time(None, minute) == minute)


def run(space: Workspace, clock: Clock) -> None:
    """Share the work with the other workers until it is stopped; raises `BadSetting` for SQLite."""
    url = space.settings.servicing.database
    if database.is_sqlite():
        raise errors.BadSetting("servicing.database", notice("workers_need_postgresql"))
    ownership.prepare_jobs(space.settings.servicing, space.home)
    database.database.close()
    space.others = Crew()
    Worker(space, clock, url).run()
