"""Questions to a server of others, which may be slow or gone: each has an end and a largest answer.

An answer that leads elsewhere is not followed. Who waits for such a server does so for some seconds; what
is asked may hang for longer, but only so much at a time, and none of our threads with it.
"""

import functools
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

import httpx

from servicing.core import errors

Found = TypeVar("Found")

SECONDS = 6.0
"""So long a person waits for all the questions of one step."""

STEP_SECONDS = 3.0
"""So long a server may take to connect, or to say another word."""

LARGEST = 512 * 1024
"""Bytes of an answer."""

AT_ONCE = 4
"""Of what hangs; the next one is told so at once."""

QUIET_SECONDS = 5.0
"""After one has waited in vain, so long nobody else does."""


class Slow(errors.BadSignIn):
    """A server has taken longer than anybody waits."""

    def __init__(self) -> None:
        super().__init__("openid_silent")


class Asking:
    """The questions of a server to one other server."""

    def __init__(self) -> None:
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._quiet_until = 0.0

    def within(self, work: Callable[[], Found]) -> Found:
        """What `work` finds; raises what it raises, or `BadSignIn` where that takes too long."""
        if time.monotonic() < self._quiet_until or not self._turns.acquire(blocking=False):
            raise errors.BadSignIn("openid_silent")  # at once: it is slow already
        done: Future[Found] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except Exception as error:  # of whatever kind: whoever waits hears it
                done.set_exception(error)
            finally:
                self._turns.release()

        threading.Thread(target=run, daemon=True).start()
        try:
            return done.result(SECONDS)
        except (TimeoutError, Slow):
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            raise Slow from None


def ask(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: str = ""
) -> httpx.Response:
    """The answer of a server, whatever its status; raises `BadSignIn` for none, or for more than one."""
    ends = time.monotonic() + SECONDS
    plain = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    told = bytearray()
    try:
        with (
            httpx.Client(verify=_trusted(), timeout=STEP_SECONDS, follow_redirects=False) as client,
            client.stream(method, url, headers=plain, content=body or None) as answer,
        ):
            if "Content-Encoding" in answer.headers:  # nobody asked for what may swell
                raise errors.BadSignIn("openid_nonsense")
            for part in answer.iter_raw():
                told += part
                if len(told) > LARGEST:
                    raise errors.BadSignIn("openid_nonsense")
                if time.monotonic() > ends:
                    raise Slow
    except httpx.TimeoutException:
        raise Slow from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        raise errors.BadSignIn("openid_silent") from None
    return httpx.Response(answer.status_code, content=bytes(told), request=answer.request)


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed; to read them takes longer than a question."""
    return httpx.create_ssl_context()


def told(answer: httpx.Response) -> Any:
    """The object of JSON that a server has answered; raises `BadSignIn` for anything else."""
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        found = None
    if not answer.is_success or not isinstance(found, dict):
        raise errors.BadSignIn("openid_nonsense")
    return found
