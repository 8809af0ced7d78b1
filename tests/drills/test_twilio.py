"""Thousands of messages through Twilio's own library to a Twilio that fails, kills and crowds.

Whatever happens on the way, three numbers are zero at the end: nothing was sent twice, nothing is
lost, and nothing is without a reason.
"""

import datetime
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import tables
from tests.acceptance.serving import serving
from tests.drills import jobs, sending
from tests.drills.jobs import end_well
from tests.drills.sending import Books, Provider

SQLITE = "sqlite:///servicing.db"
SEED = 11

MANY, SOME, FEW = 20_000, 5_000, 2_000
KILLS = 100
PUBLIC = "https://service.example.com"
RATE, PACED = 50, 250


@pytest.fixture(scope="module", autouse=True)
def _real_seconds() -> Iterator[None]:
    """Senders keep their pace by the clock on the wall, from job to job: it must not jump back."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jobs, "MORNING", lambda: datetime.datetime.now(datetime.UTC))
        yield


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    _load_the_library()


@lru_cache(maxsize=1)
def _load_the_library() -> None:
    """So that the children of the drills find it loaded, and their moments fall into the sending."""
    from twilio.rest import Client

    assert Client("AC", "token").messages


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


def dispatch(now: datetime.datetime) -> tuple[str, ...]:
    return ("dispatch", "--now", now.isoformat(), "--format", "json")


def account(home: Path) -> dict[str, Any]:
    """The day's account, as an operator asks for it."""
    asked = ("messages", "account", "--on", sending.DAY, "--format", "json")
    found: dict[str, Any] = json.loads(end_well(asked, home))
    return found


def dispatch_until_nothing_waits(
    home: Path, provider: Provider, moments: Iterator[datetime.datetime], at_once: int = 1
) -> int:
    """Answers with how often it took."""
    for count, now in enumerate(moments, 1):
        provider.set_clock(now)
        for code, said in jobs.together([dispatch(now)] * at_once, home):
            assert code == 0, said
        if not account(home)["waiting"]:
            return count
    raise AssertionError(f"something waits for ever: {account(home)}")


def assert_all_is_well(home: Path, provider: Provider, url: str = SQLITE) -> Books:
    """The three zeros, an account that adds up, and a card that tells of each message once."""
    held = tables.held(url, home)
    books = sending.compared(held["message"], provider.messages())
    books.assert_whole()
    counted = account(home)
    parts = ("sent", "suppressed", "skipped", "failed", "waiting")
    assert counted["due"] == sum(counted[part] for part in parts) == len(held["message"])
    assert counted["sent"] == books.accepted
    told = tables.told(held, "message.accepted")
    assert len(told) == len(set(told)) == books.accepted
    return books


def test_twenty_thousand_messages_survive_every_fault_there_is(
    provider: Provider, tmp_path: Path
) -> None:
    home = sending.make_office(
        tmp_path / "office",
        provider.url,
        MANY,
        refused_of_100=3,
        concurrency=64,
        timeout_seconds=0.5,
    )
    provider.misbehave(rates=dict.fromkeys(sending.ALL_FAULTS, 0.05), retry_after=1, seed=SEED)
    provider.misread(0.04, steps=3 * MANY, seed=SEED)
    dispatch_until_nothing_waits(home, provider, sending.rounds())
    books = assert_all_is_well(home, provider)
    answered = provider.state()["answered"]
    assert all(answered[fault] > MANY / 50 for fault in sending.ALL_FAULTS), answered
    assert sum(books.ends.values()) == MANY
    assert {state for state, _ in books.ends} == {"accepted", "failed", "suppressed"}


def test_a_dispatch_killed_a_hundred_times_sends_every_message_once(
    provider: Provider, tmp_path: Path
) -> None:
    """Half of the kills fall into the sending, half into the settling of what the last one left."""
    home = sending.make_office(tmp_path / "office", provider.url, SOME)
    # slow enough that the messages last for all the kills, whatever the machine
    provider.misbehave(latency=[0.02, 0.08], seed=SEED)
    dice, moments = random.Random(SEED), sending.rounds()
    until_it_sends, left_behind = 0.5, []
    while len(left_behind) < KILLS:
        now = next(moments)
        provider.set_clock(now)
        if len(left_behind) % 2:
            pause = dice.uniform(0, until_it_sends)
            if not jobs.kill_after(pause, jobs.start(dispatch(now), home)):
                continue  # a busy machine slept longer than it settled: that was no kill
        else:
            until_it_sends = kill_while_it_sends(home, provider, now, dice.uniform(0, 0.4))
        left_behind.append(account(home)["by_state"])
    assert sum("sending" in states for states in left_behind) >= KILLS / 2 - 5, left_behind
    assert sum("unknown" in states for states in left_behind) >= KILLS / 4, left_behind
    provider.misbehave(latency=[0, 0])
    dispatch_until_nothing_waits(home, provider, moments)
    assert assert_all_is_well(home, provider).accepted == SOME


def kill_while_it_sends(
    home: Path, provider: Provider, now: datetime.datetime, pause: float
) -> float:
    """Kill a dispatch so long after its first message; answers with the seconds before that."""
    posts, begun = provider.state()["posts"], time.monotonic()
    job = jobs.start(dispatch(now), home)
    while provider.state()["posts"] == posts:
        assert not jobs.has_ended(job), "it has sent nothing"
        time.sleep(0.02)
    waited = time.monotonic() - begun
    assert jobs.kill_after(pause, job), "it had ended before"
    return waited


@pytest.mark.parametrize("dispatchers", [2, 4])
def test_several_dispatchers_at_once_send_every_message_once(
    dispatchers: int, provider: Provider, database_url: str, tmp_path: Path
) -> None:
    home = sending.make_office(
        tmp_path / "office",
        provider.url,
        FEW,
        url=database_url,
        refused_of_100=2,
        timeout_seconds=1,
    )
    provider.misbehave(rates=dict.fromkeys(sending.ALL_FAULTS, 0.02), retry_after=1, seed=SEED)
    dispatch_until_nothing_waits(home, provider, sending.rounds(), dispatchers)
    books = assert_all_is_well(home, provider, database_url)
    assert sum(books.ends.values()) == FEW


def test_receipts_that_come_twice_and_in_any_order_while_it_sends_settle_what_they_can(
    provider: Provider, tmp_path: Path
) -> None:
    """`servicing web` takes the callbacks of every message while dispatches go on beside it."""
    home = sending.make_office(tmp_path / "office", provider.url, FEW, timeout_seconds=1)
    with (home / "servicing.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[web]\npublic_url = "{PUBLIC}"\n')
    provider.misbehave(rates=dict.fromkeys(sending.ALL_FAULTS, 0.05), retry_after=1, seed=SEED)
    with serving(home, {}) as web, sending.Callbacks(provider, web.url, seed=SEED) as callbacks:
        for now in itertools.islice(sending.rounds(), 20):
            provider.set_clock(now)
            for code, said in jobs.together([dispatch(now)] * 2, home):
                assert code == 0, said
        callbacks.come_to_an_end()
        assert callbacks.refused == 0
    held = tables.held(SQLITE, home)
    assert Counter(row["state"] for row in held["message"]) == {"delivered": FEW}
    sending.compared(
        [accepted_before(row) for row in held["message"]], provider.messages()
    ).assert_whole()
    told = tables.told(held, "message.delivered")
    assert len(told) == len(set(told)) == FEW
    counts = {row["outcome"]: row["count"] for row in held["hook_count"]}
    assert counts["repeated"] > FEW / 2 and counts.keys() == {"applied", "repeated"}
    assert account(home)["sent"] == FEW


def accepted_before(row: dict[str, Any]) -> dict[str, Any]:
    """A delivered message as it was when it had been accepted."""
    return (
        {**row, "state": "accepted", "reason": "accepted"} if row["state"] == "delivered" else row
    )


@pytest.mark.parametrize("dispatchers", [1, 2])
def test_a_sender_is_never_faster_than_it_may_be(
    dispatchers: int, provider: Provider, tmp_path: Path
) -> None:
    """All of it takes as long as it has to, however many send. What arrives within any one second
    depends on what else the machine does: `make bench ARGS=pace` measures it."""
    home = sending.make_office(
        tmp_path / "office", provider.url, PACED, messages_per_second=RATE, concurrency=8
    )
    now = next(sending.rounds())
    provider.set_clock(now)
    for code, said in jobs.together([dispatch(now)] * dispatchers, home):
        assert code == 0, said
    assert assert_all_is_well(home, provider).accepted == PACED
    arrived = [each["received"] for each in provider.messages()]
    assert (PACED - 1) / (max(arrived) - min(arrived)) <= RATE
