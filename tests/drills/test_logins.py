"""A hundred people guess passwords at the same moment; an agent looks at a card as if nobody did."""

import http.client
import re
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import homes
from tests.acceptance.frontdoor import DAY, call
from tests.acceptance.serving import serving
from tests.drills import crowd
from tests.homes import Homes

GUESSES, VOLLEYS = 100, 3
SLOWEST = 1.0
"""Seconds until a card has answered, on a machine that does nothing else."""

SET, OWN = "correct horse battery", "another long secret"
TOKEN = re.compile('name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """Keeps a connection and cookies, as behind a proxy that has undone TLS."""

    url: str
    source: str = "192.0.2.1"
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(
            urlsplit(self.url).netloc, timeout=crowd.PATIENCE
        )
        self.connection.connect()

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The status and the page."""
        headers = {"X-Forwarded-For": self.source}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        sent = urllib.parse.urlencode(form) if form else None
        self.connection.request("POST" if form else "GET", path, sent, headers)
        answer = self.connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, answer.read().decode()

    def token(self, path: str) -> str:
        found = TOKEN.search(self.ask(path)[1])
        assert found
        return found[1]

    def come_in(self, password: str) -> int:
        form = {"csrf_token": self.token("/login"), "login": "chenyan", "password": password}
        return self.ask("/login", form)[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Path:
    """A small book with an agent who has an account."""
    home = tmp_path_factory.mktemp("logins")
    call("init", cwd=home).done()
    call("book", "sample", "--policies", 500, "--as-of", DAY, "--out", "book.csv", cwd=home).done()
    call("book", "import", "book.csv", "--joined", DAY, cwd=home).done()
    adding = ("user", "add", "chenyan", "--role", "agent", "--agent", theirs(home, "agent_no"))
    call(*adding, "--password-stdin", cwd=home, typed=f"{SET}\n").done()
    return home


def theirs(home: Path, column: str) -> str:
    """Of the agent of the first policy."""
    joined = "policy p JOIN agent ON agent.id = agent_id JOIN client ON client.id = client_id"
    ((told,),) = homes.rows(home, f"SELECT {column} FROM {joined} ORDER BY p.id LIMIT 1")
    return str(told)


@pytest.fixture(scope="module")
def agent(home: Path) -> Iterator[Browser]:
    """The agent has come in; the pages are served to people from anywhere."""
    with serving(home, {"SERVICING_WEB_TRUSTED_PROXY": "127.0.0.1"}) as served:
        agent = Browser(served.url)
        assert agent.come_in(SET) == 303
        form = {"csrf_token": agent.token("/account/password"), "old": SET, "new": OWN}
        assert agent.ask("/account/password", form)[0] == 303
        yield agent


KINDS = {
    "one source, one account": ("198.51.100.1", "chenyan"),
    "one source, many accounts": ("198.51.100.2", "v{}-{}"),
    "many sources, one account": ("2001:db8:{}:{}::1", "chenyan"),
    "many sources, many accounts": ("2001:db9:{}:{}::1", "w{}-{}"),
}
MOST = dict(zip(KINDS, (10, 100, 30, GUESSES * VOLLEYS), strict=True))
"""Guesses that are checked at all."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_answers_within_a_second_while_a_hundred_guess(
    kind: str, agent: Browser, home: Path
) -> None:
    card = f"/clients/{theirs(home, 'client_no')}"
    stranger = Browser(agent.url)
    token = stranger.token("/login")
    ready, together = threading.Barrier(GUESSES + 1), threading.Barrier(GUESSES + 1)
    slowest, answers, came_in = 0.0, Counter[int](), Counter[int]()

    def guess(volley: int, number: int) -> int:
        source, login = (each.format(volley, number) for each in KINDS[kind])
        own = Browser(agent.url, source, dict(stranger.cookies))
        form = {"csrf_token": token, "login": login, "password": f"guess {number}"}
        ready.wait(crowd.PATIENCE)
        together.wait(crowd.PATIENCE)
        return own.ask("/login", form)[0]

    for volley in range(VOLLEYS):
        with ThreadPoolExecutor(GUESSES) as people:
            guesses = [people.submit(guess, volley, number) for number in range(GUESSES)]
            ready.wait(crowd.PATIENCE)
            allowed = SLOWEST * crowd.busyness()
            together.wait(crowd.PATIENCE)
            looked = 0
            while looked < 5 or not all(each.done() for each in guesses):
                begun = time.monotonic()
                assert agent.ask(card)[0] == 200
                slowest = max(slowest, (time.monotonic() - begun) / allowed)
                looked += 1
            answers.update(each.result() for each in guesses)
        came_in[Browser(agent.url, "203.0.113.9", device_of(agent)).come_in(OWN)] += 1
    print(f"{kind}: {dict(answers)}; the slowest card {slowest * SLOWEST:.2f} s")
    assert answers.keys() <= {401, 429, 503}
    assert came_in == {303: VOLLEYS}, "the right password from a known device, elsewhere"
    assert answers[401] <= MOST[kind]
    assert slowest < 1


def device_of(browser: Browser) -> dict[str, str]:
    """The cookie by which a browser is known, and no session."""
    return {name: value for name, value in browser.cookies.items() if "-device-" in name}
