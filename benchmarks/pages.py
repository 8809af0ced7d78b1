"""The pages over a large book: my day and a card, beside the login page of the same server.

The login page is the floor: what any page of this server costs, with a book or without.
"""

import http.client
import random
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks import judging, office
from benchmarks.measure import Claim, Result, Run

USERS = 8
"""People who look at pages at the same time."""
ROUNDS, VISITS = 5, 30
"""So many pairs; in each of them everybody looks at every page so many times."""
TIMES = 5
SET, PASSWORD = "a password of the benchmark", "another password of the benchmark"
TOKEN = re.compile('name="csrf_token" value="([^"]+)"')
PAGES = ("login", "day", "card")


def measured(room: Path, policies: int) -> list[Result]:
    """The 95th percentile of each page against that of the login page, in the same seconds."""
    home = judging.with_service(room, policies)
    people = _people(home)
    with _server(home) as (port, server):
        visitors = [_Visitor(port, login, cards) for login, cards in people]
        _all_at_once(visitors, 3)  # warm
        rounds = [_all_at_once(visitors, VISITS) for _ in range(ROUNDS)]
        peak = _peak(server)
    results = []
    for page in PAGES[1:]:
        claim = Claim(f"page `{page}` of {policies:,}, {USERS} at once, p95 against login", TIMES)
        pairs = [(_run(told["login"], peak), _run(told[page], peak)) for told in rounds]
        results.append(Result(claim, pairs))
    return results


def _run(seconds: list[float], peak: float) -> Run:
    """The 95th percentile as if it were a process."""
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return Run(p95, p95, peak, "")


# ------------------------------------------------------------------------------- people and server


def _people(home: Path) -> list[tuple[str, list[str]]]:
    """Agents with accounts, and some clients of each."""
    query = "SELECT agent_no FROM agent ORDER BY id LIMIT 1000"
    agents = random.Random(1).sample([str(each) for (each,) in office.look(home, [query])], USERS)
    found = []
    for number, agent_no in enumerate(agents):
        program = Path(sys.executable).with_name("servicing")
        words = ("user", "add", f"user{number}", "--role", "agent", "--agent", agent_no)
        subprocess.run(
            [str(program), "--home", str(home), *words, "--password-stdin"],
            input=SET,
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        clients = (
            "SELECT DISTINCT c.client_no FROM policy p JOIN client c ON c.id = p.client_id"
            f" JOIN agent a ON a.id = p.agent_id WHERE a.agent_no = '{agent_no}'"
            " AND p.status = 'in_force' LIMIT 100"  # others are not shown to their agent
        )
        found.append((f"user{number}", [str(each) for (each,) in office.look(home, [clients])]))
    return found


@contextmanager
def _server(home: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`servicing web`, until it is no longer needed."""
    program = Path(sys.executable).with_name("servicing")
    command = [str(program), "--home", str(home), "web", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr
        port = int(server.stderr.readline().rsplit(":", 1)[1])
        yield port, server
    finally:
        server.terminate()
        server.wait()


def _peak(server: subprocess.Popen[str]) -> float:
    """The most memory that the server held, in MB; 0 where the kernel does not say."""
    status = Path(f"/proc/{server.pid}/status")
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(told[1]) / 1000 if told else 0


# ----------------------------------------------------------------------------------------- visitors


class _Visitor:
    """Somebody who looks at pages, over one connection."""

    def __init__(self, port: int, login: str, clients: list[str]) -> None:
        self._connection = http.client.HTTPConnection("localhost", port)
        self._cookies: dict[str, str] = {}
        self._pages = {"login": ["/login"], "day": ["/day"]}
        self._pages["card"] = [f"/clients/{each}" for each in clients]
        page = self._ask("GET", "/login")
        token = re.findall(TOKEN, page)[0]
        form = {"csrf_token": token, "login": login, "password": SET}
        self._ask("POST", "/login", urllib.parse.urlencode(form))
        token = re.findall(TOKEN, self._ask("GET", "/account/password"))[0]
        form = {"csrf_token": token, "old": SET, "new": PASSWORD}
        self._ask("POST", "/account/password", urllib.parse.urlencode(form))
        self._random = random.Random(login)

    def look(self, times: int, told: dict[str, list[float]]) -> None:
        """Look at each page so often, in turn, and note how long each took."""
        for _ in range(times):
            for page, addresses in self._pages.items():
                address = self._random.choice(addresses)
                begun = time.perf_counter()
                self._ask("GET", address, with_cookie=page != "login")
                told[page].append(time.perf_counter() - begun)

    def _ask(self, method: str, path: str, body: str = "", with_cookie: bool = True) -> str:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        if with_cookie and self._cookies:
            headers["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in self._cookies.items()
            )
        self._connection.request(method, path, body or None, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.status not in (200, 303):
            raise SystemExit(f"{method} {path} was answered with {answer.status}")
        if with_cookie:
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.split(";")[0].partition("=")
                self._cookies[name] = value
        return text


def _all_at_once(visitors: list[_Visitor], times: int) -> dict[str, list[float]]:
    """Everybody looks; how long each page took, in seconds."""
    told: dict[str, list[float]] = {page: [] for page in PAGES}
    with ThreadPoolExecutor(len(visitors)) as pool:
        for looking in [pool.submit(each.look, times, told) for each in visitors]:
            looking.result()
    return told
