"""The pages over a large book, beside the login page: what agents, managers and operations open.

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
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import judging, office
from benchmarks.measure import Claim, Result, Run

USERS = 8
"""People who look at pages at the same time."""
ROUNDS, VISITS = 5, 10
"""So many pairs; in each of them everybody looks at every page so many times."""
TIMES = 5
SET, PASSWORD = "a password of the benchmark", "another password of the benchmark"
TOKEN = re.compile('name="csrf_token" value="([^"]+)"')
Pages = Mapping[str, Mapping[str, str]]
"""By who opens them: the address of each page, by what it is called."""

PAGES: Pages = {
    "agent": {
        "day": "/day",
        "waiting": "/day/view/waiting",
        "week": "/day/week",
        "clients": "/clients",
        "grace": "/clients?grace=1&sort=days",
        "silent": "/clients?silent=1",
        "search": "/clients?q={client:.4}",
        "card": "/clients/{client}",
        "why": "/clients/{client}/why?policy={policy}&touchpoint=month_1",
    },
    "manager": {
        "month": "/month",
        "month's grace": "/month/grace",
        "month's agents": "/month/agents",
        "month's changes": "/month/changed",
        "month's overdue": "/month/overdue",
        "month's calls": "/month/fresh",
        "month's orphans": "/month/orphans",
        "handed over": "/month/handed",
        "unit's clients": "/clients?grace=1&sort=days",
        "unit's week": "/day/week",
        "persistency": "/persistency",
        "collect": "/persistency/collect",
        "deciding": "/persistency/deciding",
        "scorecard": "/scorecard",
        "influence": "/influence",
    },
    "operations": {
        "dispatch": "/dispatch",
        "messages": "/dispatch/messages",
        "queue": "/dispatch/queue",
        "failed": "/dispatch/decide?state=failed",
        "barred": "/dispatch/barred",
        "orphans": "/orphans",
    },
}
"""The pages of lists and work, and the first page of each figure."""


@dataclass(frozen=True)
class Person:
    """An agent, clients of theirs with a policy of each, the manager of their branch, an operator."""

    clients: list[tuple[str, str]]
    logins: dict[str, str]
    """By what they do."""


def measured(room: Path, policies: int) -> list[Result]:
    """The 95th percentile of each page against that of the login page, in the same seconds."""
    home = judging.with_service(room, policies)
    return compared(home, people(home, PAGES), PAGES, f"{policies:,}")


def compared(home: Path, looking: list[Person], pages: Pages, of: str) -> list[Result]:
    """What some people wait for some pages of a workspace, against the login page."""
    with _server(home) as (port, server):
        visitors = [_Visitor(port, each, pages) for each in looking]
        _all_at_once(visitors, 3)  # warm
        rounds = [_all_at_once(visitors, VISITS) for _ in range(ROUNDS)]
        alone = [_all_at_once(visitors[:1], VISITS * 2) for _ in range(ROUNDS)]
        peak = _peak(server)
    return [
        Result(
            Claim(f"page `{page}` of {of}, {how}, p95 against login", TIMES),
            [(_run(told["login"], peak), _run(told[page], peak)) for told in looked],
        )
        for how, looked in ((f"{USERS} at once", rounds), ("one alone", alone))
        for theirs in pages.values()
        for page in theirs
    ]


def _run(seconds: list[float], peak: float) -> Run:
    """The 95th percentile as if it were a process."""
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return Run(p95, p95, peak, "")


# ------------------------------------------------------------------------------- people and server


def people(home: Path, pages: Pages) -> list[Person]:
    """Agents with accounts, some clients of each, and a manager of each one's branch."""
    query = (
        "SELECT a.agent_no || ' ' || b.name FROM agent a JOIN team t ON t.id = a.team_id"
        " JOIN branch b ON b.id = t.branch_id ORDER BY a.id LIMIT 1000"
    )
    agents = random.Random(1).sample([str(each) for (each,) in office.look(home, [query])], USERS)
    found = []
    for number, (agent_no, _, branch) in enumerate(each.partition(" ") for each in agents):
        logins = {role: f"{role}{number}" for role in pages}
        units = {"agent": ("--agent", agent_no), "manager": ("--branch", branch)}
        for role, login in logins.items():
            _add(home, login, role, *units.get(role, ()))
        clients = (
            "SELECT c.client_no, min(p.policy_no) FROM policy p JOIN client c ON c.id = p.client_id"
            f" JOIN agent a ON a.id = p.agent_id WHERE a.agent_no = '{agent_no}'"
            " AND p.status = 'in_force' GROUP BY c.client_no LIMIT 100"  # others are not shown to them
        )
        hers = [(str(client), str(policy)) for client, policy in office.look(home, [clients])]
        found.append(Person(hers, logins))
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
    """Somebody who looks at pages, over one connection, each as the one who opens it."""

    def __init__(self, port: int, person: Person, pages: Pages) -> None:
        self._connection = http.client.HTTPConnection("localhost", port)
        self._person, self._pages = person, pages
        self._cookies = {role: self._come_in(login) for role, login in person.logins.items()}
        self._random = random.Random(min(person.logins.values()))

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
            told["login"].append(self._look("/login", {}))
            for role, pages in self._pages.items():
                for page, address in pages.items():
                    client, policy = self._random.choice(self._person.clients)
                    path = address.format(client=client, policy=policy)
                    told[page].append(self._look(path, self._cookies[role]))

    def _look(self, path: str, cookies: dict[str, str]) -> float:
        """How long a page took, in seconds."""
        begun = time.perf_counter()
        self._ask("GET", path, cookies)
        return time.perf_counter() - begun

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
    told: defaultdict[str, list[float]] = defaultdict(list)
    with ThreadPoolExecutor(len(visitors)) as pool:
        for looking in [pool.submit(each.look, times, told) for each in visitors]:
            looking.result()
    return told
