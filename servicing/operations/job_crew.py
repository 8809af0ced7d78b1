"""Work that is handed to the workers: it becomes procrastinate's jobs in our own transaction."""

import datetime
from collections.abc import Collection

import procrastinate
from procrastinate.jobs import JobDeferrer

from policies import database
from servicing.operations import job_queue
from servicing.operations.job_queue import MAKE, SEND, SEND_QUEUE, WORK_QUEUE
from servicing.schedule.handoff import Batch, Part


class Crew:
    """The workers, as those who have work for them see them."""

    def __init__(self) -> None:
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    def make(self, part: Part) -> None:
        """A job; those of a branch are done one after the other, in the order of the days."""
        self._put(MAKE, WORK_QUEUE, f"{MAKE} {part.branch}", None).defer(
            day=str(part.day),
            found_on=str(part.found_on),
            plan=part.plan,
            branch=part.branch,
            touchpoints=list(part.touchpoints),
        )

    def send(self, batches: Collection[Batch]) -> None:
        """A job each, from its moment on."""
        for each in batches:
            self._put(SEND, SEND_QUEUE, None, each.send_from).defer(
                provider=each.provider, messages=list(each.messages)
            )

    def in_hand(self) -> str:
        """The messages of batches that nobody has sent yet."""
        return job_queue.IN_HAND

    def _put(
        self, name: str, queue: str, lock: str | None, at: datetime.datetime | None
    ) -> JobDeferrer:
        connection = database.database.connection()
        return self._app.configure_task(
            name, queue=queue, lock=lock, schedule_at=at, connection=connection
        )
