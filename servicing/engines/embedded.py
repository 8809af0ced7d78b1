"""The timetable in this process: APScheduler and a few threads, nothing to install."""

import logging
from collections.abc import Callable
from datetime import datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from policies import database, errors
from servicing.handover import Clock
from servicing.timetable import TIMETABLE, Job
from servicing.workspace import Workspace

log = logging.getLogger("servicing.engine")


def start(space: Workspace, clock: Clock) -> BackgroundScheduler:
    """Run every job at once, for what was missed, and then by its time; ends with `shutdown()`.

    A job that is still running when its time comes again is not run twice: it has its turn the next
    time. One that fails says so in the log, without data, and is tried again.
    """
    scheduler = BackgroundScheduler(
        timezone=space.zone,
        executors={"default": ThreadPoolExecutor(len(TIMETABLE))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in TIMETABLE:
        trigger = CronTrigger.from_crontab(job.cron, space.zone)
        work = _carried_out(job, space, clock)
        scheduler.add_job(work, trigger, id=job.name, next_run_time=datetime.now(space.zone))
    scheduler.start()
    return scheduler


def _carried_out(job: Job, space: Workspace, clock: Clock) -> Callable[[], None]:
    def work() -> None:
        try:
            with database.explained(), database.database.connection_context():
                job.work(space, clock)
        except errors.ServicingError as error:
            log.error("%s: %s", job.name, error)
        except Exception as error:  # the next time must come whatever this was
            log.error("%s failed: %s", job.name, type(error).__name__)

    return work
