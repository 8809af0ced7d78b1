"""Several `servicing worker` on one workspace, and the clock by which they work."""

import datetime
import os
import random
import signal
from pathlib import Path

from tests.drills import jobs, sending
from tests.drills.jobs import Job


class Clock:
    """The drill's day goes on with the seconds of the real one, and can be put forward."""

    def __init__(self) -> None:
        self._ahead = sending.at(sending.DAY, sending.OPENS) - self._real()

    def __call__(self) -> datetime.datetime:
        return self._real() + self._ahead

    def put_forward(self, by: datetime.timedelta) -> None:
        self._ahead += by

    @staticmethod
    def _real() -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)


class Crew:
    """Workers on one workspace, each a process."""

    def __init__(self, home: Path, size: int) -> None:
        self._home, self._size = home, size
        self._workers: list[Job] = []

    def __enter__(self) -> "Crew":
        self.start(self._size)
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._workers:
            os.kill(each.pid, signal.SIGKILL)
            jobs.finish(each)

    def start(self, count: int) -> None:
        self._workers += [jobs.start(("worker",), self._home) for _ in range(count)]

    def kill_one(self, dice: random.Random) -> None:
        """kill -9; another one takes its place."""
        victim = self._workers.pop(dice.randrange(len(self._workers)))
        os.kill(victim.pid, signal.SIGKILL)
        code, said = jobs.finish(victim)
        assert code == -signal.SIGKILL, said
        self.start(1)

    def look_after(self) -> None:
        """Who came while the database was away has said so and ended; systemd starts it again."""
        for each in [each for each in self._workers if jobs.has_ended(each)]:
            code, said = jobs.finish(each)
            assert (code, said[:27]) == (1, "Error: the database refused"), said
            self._workers.remove(each)
            self.start(1)

    def stop(self) -> None:
        """In order: each ends by itself, and well."""
        for each in self._workers:
            os.kill(each.pid, signal.SIGTERM)
        ended = [jobs.finish(each) for each in self._workers]
        self._workers = []
        assert [code for code, _ in ended] == [0] * len(ended), ended
