"""The pages over a large book, beside the login page: my day, a card, the month of a manager.

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
from dataclasses import dataclass
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
PAGES = ("login", "day", "card", "month")


def measured(room: Path, policies: int) -> list[Result]:
    """The 95th percentile of each page against that of the login page, in the same seconds."""
    home = judging.with_service(room, policies)
    people = _people(home)
    with _server(home) as (port, server):
        visitors = [_Visitor(port, each) for each in people]
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


@dataclass(frozen=True)
class _Person:
    """An agent, some clients of theirs, and the manager of their branch."""

    agent: str
    clients: list[str]
    manager: str


def _people(home: Path) -> list[_Person]:
    """Agents with accounts, some clients of each, and a manager of each one's branch."""
    query = (
        "SELECT a.agent_no || ' ' || b.name FROM agent a JOIN team t ON t.id = a.team_id"
        " JOIN branch b ON b.id = t.branch_id ORDER BY a.id LIMIT 1000"
    )
    agents = random.Random(1).sample([str(each) for (each,) in office.look(home, [query])], USERS)
    found = []
    for number, (agent_no, _, branch) in enumerate(each.partition(" ") for each in agents):
        _add(home, f"user{number}", "agent", "--agent", agent_no)
        _add(home, f"manager{number}", "manager", "--branch", branch)
        clients = (
            "SELECT DISTINCT c.client_no FROM policy p JOIN client c ON c.id = p.client_id"
            f" JOIN agent a ON a.id = p.agent_id WHERE a.agent_no = '{agent_no}'"
            " AND p.status = 'in_force' LIMIT 100"  # others are not shown to their agent
        )
        hers = [str(each) for (each,) in office.look(home, [clients])]
        found.append(_Person(f"user{number}", hers, f"manager{number}"))
    return found


def _add(home: Path, login: str, role: str, *unit: str) -> None:
    """An account."""
    program = Path(sys.executable).with_name("servicing")
    words = ("user", "add", login, "--role", role, *unit, "--password-stdin")
    subprocess.run(
        [str(program), "--home", str(home), *words],
        input=SET,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


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
    """Somebody who looks at pages, over one connection: at a month as the manager, else as the agent."""

    def __init__(self, port: int, person: _Person) -> None:
        self._connection = http.client.HTTPConnection("localhost", port)
        self._pages = {"login": ["/login"], "day": ["/day"], "month": ["/month"]}
        self._pages["card"] = [f"/clients/{each}" for each in person.clients]
        agent, manager = self._come_in(person.agent), self._come_in(person.manager)
        self._cookies = {"day": agent, "card": agent, "month": manager}
        self._random = random.Random(person.agent)

    def _come_in(self, login: str) -> dict[str, str]:
        """The cookies of somebody who has chosen a password of their own."""
        cookies: dict[str, str] = {}
        token = re.findall(TOKEN, self._ask("GET", "/login", cookies))[0]
        form = {"csrf_token": token, "login": login, "password": SET}
        self._ask("POST", "/login", cookies, urllib.parse.urlencode(form))
        token = re.findall(TOKEN, self._ask("GET", "/account/password", cookies))[0]
        form = {"csrf_token": token, "old": SET, "new": PASSWORD}
        self._ask("POST", "/account/password", cookies, urllib.parse.urlencode(form))
        return cookies

    def look(self, times: int, told: dict[str, list[float]]) -> None:
        """Look at each page so often, in turn, and note how long each took."""
        for _ in range(times):
            for page, addresses in self._pages.items():
                address = self._random.choice(addresses)
                begun = time.perf_counter()
                cookies = {} if page == "login" else self._cookies[page]
                self._ask("GET", address, cookies)
                told[page].append(time.perf_counter() - begun)

    def _ask(self, method: str, path: str, cookies: dict[str, str], body: str = "") -> str:
        """The page; what the answer sets is added to the cookies."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._connection.request(method, path, body or None, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.status not in (200, 303):
            raise SystemExit(f"{method} {path} was answered with {answer.status}")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            cookies[name] = value
        return text


def _all_at_once(visitors: list[_Visitor], times: int) -> dict[str, list[float]]:
    """Everybody looks; how long each page took, in seconds."""
    told: dict[str, list[float]] = {page: [] for page in PAGES}
    with ThreadPoolExecutor(len(visitors)) as pool:
        for looking in [pool.submit(each.look, times, told) for each in visitors]:
            looking.result()
    return told
