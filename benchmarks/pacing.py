"""A sender's pace, as the provider sees it: never more in any second than allowed, and little less."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import office
from benchmarks.measure import Claim, Result, Run
from tests.drills import sending
from tests.drills.sending import Provider

RUNS = 3
RATE, LEAST = 50, 45
MESSAGES = 500


def measured(room: Path, policies: int) -> list[Result]:
    """One dispatch, and two at once on the same database: together they are one sender."""
    with Provider() as provider:
        ready = room / "ready"
        sending.make_office(ready, provider.url, MESSAGES, messages_per_second=RATE, concurrency=8)
        return [_measured(room, provider, at_once) for at_once in (1, 2)]


def _measured(room: Path, provider: Provider, at_once: int) -> Result:
    """The time that so many messages need at the full rate, and the time they took."""
    pairs, peaks = [], []
    for _ in range(RUNS):
        runs = _dispatched(room, provider, at_once)
        arrived = [each["received"] for each in provider.messages()]
        peaks.append(provider.state()["peak_per_second"])
        cpu, peak = sum(run.cpu for run in runs), max(run.peak for run in runs)
        took = Run(max(arrived) - min(arrived), cpu, peak, "")
        pairs.append((Run((MESSAGES - 1) / RATE, cpu, 0, ""), took))
    by = "by two at once, " if at_once > 1 else ""
    name = f"{MESSAGES} messages at {RATE} a second, {by}at most {max(peaks)} in any second"
    return Result(Claim(name, round(RATE / LEAST, 2) if max(peaks) <= RATE else 0), pairs)


def _dispatched(room: Path, provider: Provider, at_once: int) -> list[Run]:
    home, now = room / "ours", next(sending.rounds())
    office.copied(room / "ready", home)
    provider.forget()
    provider.set_clock(now)
    with ThreadPoolExecutor(at_once) as pool:
        runs = [
            pool.submit(office.servicing, home, "dispatch", "--now", now.isoformat())
            for _ in range(at_once)
        ]
    shutil.rmtree(home)
    return [run.result() for run in runs]
