"""Four workers share the sending of a day; they are killed, and PostgreSQL goes away.

Whatever happens on the way, three numbers are zero at the end: nothing was sent twice, nothing is
lost, and nothing is without a reason.
"""

import datetime
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import tables
from tests.drills import jobs, sending
from tests.drills.cluster import Cluster
from tests.drills.jobs import Job, end_well
from tests.drills.sending import Provider

WORKERS, KILLS = 4, 50
MANY = 50_000
RATE, PACED = 50, 1_500
SEED = 7

AWAY_AT = {15: "stop", 35: "crash"}
"""After so many kills PostgreSQL goes away, in order or not."""

AWAY_SECONDS = 3.0
BETWEEN_KILLS = (0.5, 3.0)

LEASE = datetime.timedelta(minutes=6)
"""Longer than that of a claim: what the killed have left behind may be asked for."""


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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(jobs, "MORNING", clock)
    return clock


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


class Crew:
    """Workers on one workspace, each a process."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._workers: list[Job] = []

    def __enter__(self) -> "Crew":
        self.start(WORKERS)
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


def account(home: Path) -> dict[str, Any]:
    """The day's account, as an operator asks for it."""
    asked = ("messages", "account", "--on", sending.DAY, "--format", "json")
    found: dict[str, Any] = json.loads(end_well(asked, home))
    return found


def wait_until_sent(provider: Provider, clock: Clock, count: int, seconds: float) -> None:
    """Until the provider has taken so many, or has been asked for nothing for a while."""
    deadline, taken, since = time.monotonic() + seconds, -1, time.monotonic()
    while (now := provider.state()["posts"]) < count:
        assert time.monotonic() < deadline, f"only {now} of {count}"
        provider.set_clock(clock())
        if now != taken:
            taken, since = now, time.monotonic()
        elif time.monotonic() - since > 40:
            return
        time.sleep(0.5)


def test_fifty_thousand_messages_survive_fifty_kills_and_an_absent_database(
    provider: Provider, cluster: Cluster, clock: Clock, tmp_path: Path
) -> None:
    home = sending.make_office(
        tmp_path / "office", provider.url, MANY, url=cluster.url, timeout_seconds=5
    )
    provider.misbehave(latency=[0.02, 0.08], seed=SEED)
    dice = random.Random(SEED)
    with Crew(home) as crew:
        for kill in range(1, KILLS + 1):
            provider.set_clock(clock())
            time.sleep(dice.uniform(*BETWEEN_KILLS))
            crew.look_after()
            crew.kill_one(dice)
            if how := AWAY_AT.get(kill):
                getattr(cluster, how)()
                time.sleep(AWAY_SECONDS)
                cluster.start()
        sent_before = provider.state()["posts"]
        assert sent_before < MANY, "the last kills found nothing to do"
        wait_until_sent(provider, clock, MANY, 900)
        crew.stop()
    while account(home)["waiting"]:
        clock.put_forward(LEASE)
        provider.set_clock(clock())
        with Crew(home) as crew:
            time.sleep(20)
            crew.stop()
    held = tables.held(cluster.url)
    books = sending.compared(held["message"], provider.messages())
    books.assert_whole()
    assert books.accepted == MANY
    told = [row["touchpoint_id"] for row in held["card_entry"] if row["kind"] == "message.accepted"]
    assert len(told) == len(set(told)) == MANY


def test_all_workers_together_are_never_faster_than_one_sender_may_be(
    provider: Provider, cluster: Cluster, clock: Clock, tmp_path: Path
) -> None:
    home = sending.make_office(
        tmp_path / "office",
        provider.url,
        PACED,
        url=cluster.url,
        messages_per_second=RATE,
        concurrency=8,
    )
    provider.set_clock(clock())
    with Crew(home) as crew:
        wait_until_sent(provider, clock, PACED, 300)
        crew.stop()
    arrived = [each["received"] for each in provider.messages()]
    assert len(arrived) == PACED
    assert (PACED - 1) / (max(arrived) - min(arrived)) <= RATE
    assert provider.state()["peak_per_second"] <= RATE
