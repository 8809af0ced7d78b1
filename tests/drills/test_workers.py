"""Four workers share the sending of a day; they are killed, and PostgreSQL goes away.

Whatever happens on the way, three numbers are zero at the end: nothing was sent twice, nothing is
lost, and nothing is without a reason.
"""

import datetime
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import tables
from tests.drills import jobs, sending
from tests.drills.cluster import Cluster
from tests.drills.crew import Clock, Crew
from tests.drills.jobs import end_well
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
    with Crew(home, WORKERS) as crew:
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
        with Crew(home, WORKERS) as crew:
            time.sleep(20)
            crew.stop()
    held = tables.held(cluster.url)
    books = sending.compared(held["message"], provider.messages())
    books.assert_whole()
    assert books.accepted == MANY
    told = tables.told(held, "message.accepted")
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
    with Crew(home, WORKERS) as crew:
        wait_until_sent(provider, clock, PACED, 300)
        crew.stop()
    arrived = [each["received"] for each in provider.messages()]
    assert len(arrived) == PACED
    assert (PACED - 1) / (max(arrived) - min(arrived)) <= RATE
    assert provider.state()["peak_per_second"] <= RATE
