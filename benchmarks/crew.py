"""Several workers on one PostgreSQL against one alone, where a provider takes its time."""

import resource
import time
from pathlib import Path

from benchmarks import measure
from benchmarks.measure import Claim, Result, Run
from tests.drills import jobs, sending
from tests.drills.cluster import Cluster
from tests.drills.crew import Clock, Crew
from tests.drills.sending import Provider

RUNS = 3
WORKERS, TIMES = 4, 2.5
MESSAGES, THREADS, LATENCY = 2_000, 2, 0.05
"""Few threads, so that it is the provider that is waited for: two cores bear some 150 a second."""

LONGEST_SECONDS = 300


def measured(room: Path, policies: int) -> list[Result]:
    """From the first message that arrives to the last one."""
    count = min(MESSAGES, policies)
    name = f"{count:,} messages by {WORKERS} workers, against one"
    claim = Claim(name, 1 / TIMES)
    jobs.MORNING = clock = Clock()  # type: ignore[assignment]
    with Provider() as provider, Cluster() as cluster:
        provider.misbehave(latency=[LATENCY, LATENCY])

        def sent_by(workers: int) -> Run:
            provider.forget()
            before = _used()
            provider.set_clock(clock())
            url = cluster.new_database()
            home = room / url.split("/")[3].partition("?")[0]
            sending.make_office(home, provider.url, count, url=url, concurrency=THREADS)
            with Crew(home, workers) as crew:
                _wait(provider, count)
                crew.stop()
            arrived = [each["received"] for each in provider.messages()]
            measure.same("messages", count, len({each["sid"] for each in provider.messages()}))
            used = _used()
            peak = used.ru_maxrss * measure.KERNEL_UNIT / 1e6
            return Run(max(arrived) - min(arrived), _cpu(used) - _cpu(before), peak, "")

        return [measure.paired(claim, lambda: sent_by(1), lambda: sent_by(WORKERS), RUNS)]


def _used() -> resource.struct_rusage:
    """What our children have used, those that have ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN)


def _cpu(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def _wait(provider: Provider, count: int) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while len(provider.messages()) < count:
        if time.monotonic() > deadline:
            raise SystemExit(f"{provider.state()} after {LONGEST_SECONDS} seconds")
        time.sleep(0.5)
