"""A crowd of strangers before a server: half-open connections, large bodies, forgeries, guesses."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

T = TypeVar("T")

HALF_OPEN, FORGED, GUESSES, POURS, MEBIBYTES = 200, 1_000, 100, 5, 60
FORGERS = 4

PATIENCE = 600
"""Seconds in which a stranger waits for an answer."""


@dataclass
class Said:
    """What was answered."""

    status: int
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    cookies: list[str] = field(default_factory=list)
    """As a browser sends them back."""


def ask(url: str, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Said:
    """One request by a connection of its own."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
    seconds, set_to = time.monotonic() - began, answer.headers.get_all("Set-Cookie") or []
    cookies = [each.partition(";")[0] for each in set_to]
    return Said(answer.status, seconds, dict(answer.headers), text, cookies)


def form(url: str, path: str, cookie: str, **fields: str) -> Said:
    """Send a form as a browser does."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    return ask(url, path, "POST", urlencode(fields).encode(), **headers)


def door(url: str) -> tuple[str, str]:
    """The cookie and the token that anybody is given at the login page."""
    return forms_of(url, "/login")


def come_in(url: str, login: str, password: str) -> str:
    """The cookie of somebody who has logged in, and has chosen a password of their own."""
    cookie, token = door(url)
    answer = form(url, "/login", cookie, csrf_token=token, login=login, password=password)
    assert answer.status == 303, answer
    cookie, token = forms_of(url, "/account/password", _session(answer))
    changed = {"csrf_token": token, "old": password, "new": f"{password}, and more of it"}
    answer = form(url, "/account/password", cookie, **changed)
    assert answer.status == 303, answer
    return _session(answer)


def forms_of(url: str, path: str, cookie: str = "") -> tuple[str, str]:
    """The cookie and the token with which the forms of a page are sent."""
    page = ask(url, path, Cookie=cookie)
    found = re.search('name="csrf_token" value="([^"]+)"', page.text)
    assert found, page
    return _session(page) or cookie, found[1]


def _session(answer: Said) -> str:
    """The cookie of the session, if the answer sets another one."""
    return next((each for each in answer.cookies if each.startswith("__Host-servicing=")), "")


SPIN = 0.2
"""Seconds of work by which it is told how busy the machine is with something else."""


def busyness() -> float:
    """How many times longer work takes than on a machine that does nothing else.

    Other drills may begin at any moment where several run at a time: as many times are allowed.
    """
    begun, worked = time.monotonic(), time.thread_time()
    while time.thread_time() - worked < SPIN:
        pass
    beside = float(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    return max(beside, (time.monotonic() - begun) / SPIN)


BEGINNINGS = [
    b"",
    b"G",
    b"GET /login HTTP/1.1\r\nHost: x\r\n",
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nlogin=",
    b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
]
"""Of requests that never come to an end."""


@contextlib.contextmanager
def half_open(url: str, count: int) -> Iterator[None]:
    """So many connections that say something and no more."""
    parts = urlsplit(url)
    opened = []
    try:
        for number in range(count):
            each = socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE)
            opened.append(each)
            each.sendall(BEGINNINGS[number % len(BEGINNINGS)])
        yield
    finally:
        for each in opened:
            each.close()


def pour(url: str, path: str, megabytes: int) -> int:
    """Send a form of so many MiB as it is read; the status that comes back, 0 for a closed door."""
    parts = urlsplit(url)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {megabytes << 20}\r\n\r\n".encode()
    with socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE) as stranger:
        with contextlib.suppress(OSError):
            stranger.sendall(head)
            for _ in range(megabytes):
                stranger.sendall(b"x" * (1 << 20))
        with contextlib.suppress(OSError):
            found = re.match(rb"HTTP/1.1 (\d+)", stranger.recv(1000))
            return int(found[1]) if found else 0
    return 0


def each_at_once(count: int, do: Callable[[int], T]) -> list[T]:
    """What comes of doing it so often, all at the same time."""
    with ThreadPoolExecutor(count) as people:
        return list(people.map(do, range(count)))


def knock(url: str) -> dict[str, Counter[int]]:
    """All that strangers do, and what comes of it."""
    cookie, token = door(url)
    paths = ("/hooks/twilio/inbound", "/hooks/aliyun/a-guess/receipts", "/hooks/twilio/status/1")

    def guess(number: int) -> int:
        fields = {"csrf_token": token, "login": f"agent{number}", "password": "a guess"}
        return form(url, "/login", cookie, **fields).status

    def forge(which: int) -> Counter[int]:
        told = {"MessageSid": "SM1", "From": "+12025550111", "Body": "STOP"}
        return Counter(
            form(url, paths[number % len(paths)], "", **told).status
            for number in range(which, FORGED, FORGERS)
        )

    forged: Counter[int] = Counter()
    with half_open(url, HALF_OPEN):
        return {
            "guessed": Counter(each_at_once(GUESSES, guess)),
            "forged": sum(each_at_once(FORGERS, forge), forged),
            "poured": Counter(pour(url, "/login", MEBIBYTES) for _ in range(POURS)),
        }


def begin(url: str) -> "subprocess.Popen[str]":
    """A process in which strangers knock; at its end it says what came of it."""
    command = [sys.executable, "-m", "tests.drills.crowd", url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    print(json.dumps(knock(sys.argv[1])))
