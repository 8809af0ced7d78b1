"""A sender's pace, as the provider sees it: never more in any second than allowed, and little less."""

import shutil
from pathlib import Path

from benchmarks import office
from benchmarks.measure import Claim, Result, Run
from tests.drills import sending
from tests.drills.sending import Provider

RUNS = 3
RATE, LEAST = 50, 45
MESSAGES = 500


def measured(room: Path, policies: int) -> list[Result]:
    """The time that so many messages need at the full rate, and the time they took."""
    pairs, peaks = [], []
    with Provider() as provider:
        ready = room / "ready"
        sending.make_office(ready, provider.url, MESSAGES, messages_per_second=RATE, concurrency=8)
        now = next(sending.rounds())
        provider.set_clock(now)
        for _ in range(RUNS):
            provider.forget()
            office.copied(ready, room / "ours")
            run = office.servicing(room / "ours", "dispatch", "--now", now.isoformat())
            shutil.rmtree(room / "ours")
            arrived = [each["received"] for each in provider.messages()]
            peaks.append(provider.state()["peak_per_second"])
            took = Run(max(arrived) - min(arrived), run.cpu, run.peak, "")
            pairs.append((Run((MESSAGES - 1) / RATE, run.cpu, 0, ""), took))
    name = f"{MESSAGES} messages at {RATE} a second, at most {max(peaks)} in any second"
    bound = RATE / LEAST if max(peaks) <= RATE else 0
    return [Result(Claim(name, round(bound, 2)), pairs)]
