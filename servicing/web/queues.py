"""Requests wait in queues by who sends them: a crowd in one of them keeps nobody waiting in another."""

from typing import Any

from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

from servicing.core import i18n
from servicing.web import rendering
from servicing.web.gate import QUEUES, Queue

FEW = 2
MOST_WAITING = 150
"""Requests that wait in a queue; the next one is told to come back later."""

RETRY_SECONDS = 5
"""Later is then."""


def threads(readers: int) -> dict[Queue, int]:
    """How many requests of each queue are served at a time, if so many people are shown a page.

    What writes may have to wait for the database's one writer; what reads has threads of its own.
    """
    return {
        "brief": 1,
        "people": readers,
        "forms": max(FEW, readers // 2),
        "files": FEW,
        "hooks": FEW,
        "logins": 1,  # one core at the most is busy with the passwords of strangers
        "devices": 1,  # and one with those of people at a browser that has logged in before
        "provider": FEW,  # they wait for it
        "strangers": FEW,
    }


class Busy(Error):  # type: ignore[misc]
    """Too many wait already: said in the reader's language, and nobody is asked for it."""

    code = 503
    reason = "Service Unavailable"

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """As waitress sends it; `body` is the language."""
        told = i18n.say("pages", "server_busy", self.body)
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Language", self.body.replace("_", "-")),
            ("Retry-After", str(RETRY_SECONDS)),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return f"{self.code} {self.reason}", headers, f"{told}\n".encode()


class Queues:
    """Hands waitress's tasks to the threads of their queue."""

    def __init__(self, readers: int, locale: str) -> None:
        """`locale`: the language of those who ask for none that is spoken here."""
        self._locale = locale
        self._of: dict[Queue, Any] = {name: _Quiet() for name in QUEUES}
        for name, count in threads(readers).items():
            self._of[name].set_thread_count(count)

    def add_task(self, channel: Any) -> None:
        """Queue the request that a connection has received; a refused one is answered at once."""
        request = channel.requests[0]
        chosen = self._of[request.passage.queue]
        if not request.error and len(chosen.queue) >= MOST_WAITING:
            asked = request.headers.get("ACCEPT_LANGUAGE", "")
            request.error = Busy(rendering.asked_for(asked) or self._locale)
        (self._of["brief"] if request.error else chosen).add_task(channel)

    def shutdown(self) -> None:
        """End all threads; what still waits is not served."""
        for each in self._of.values():
            each.shutdown()


class _Quiet(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Does not log each request that waits: whoever sends many would write our log."""

    def add_task(self, task: Any) -> None:
        """Hand it to a thread that is free, or to the first that will be."""
        with self.lock:
            self.queue.append(task)
            self.queue_cv.notify()
