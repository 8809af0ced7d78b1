"""Queued messages to Twilio, through its own library, against a loop that remembers nothing."""

import datetime
import shutil
from pathlib import Path

from benchmarks import measure, office
from benchmarks.measure import Claim, Result, Run
from tests.drills import sending
from tests.drills.sending import Provider
from tests.standins.twilio import ACCOUNT, NUMBER, TOKEN

RUNS = 5
MESSAGES = 8_000
"""So many that starting a process weighs little; a smaller `--policies` makes them fewer."""

THREADS, LATENCY = 8, 0.02
BOUND = 1.11
"""A throughput of nine tenths of the floor's."""

ENDED = "SELECT state, COUNT(*) FROM message GROUP BY state"


def measured(room: Path, policies: int) -> list[Result]:
    """`servicing dispatch` and the loop, each with the same messages to the same stand-in."""
    count = min(MESSAGES, policies)
    claim = Claim(f"dispatch of {count:,} messages to Twilio", BOUND)
    with Provider() as provider:
        provider.misbehave(latency=[LATENCY, LATENCY])
        ready, ours = room / "ready", room / "ours"
        sending.make_office(ready, provider.url, count, concurrency=THREADS)
        rows = _as_they_leave(ready)
        queue = ready / office.DATABASE
        words = sending.WORDS.replace("{{ ", "{").replace(" }}", "}")
        words = words.replace("{company}", sending.COMPANY)
        now = sending.at(sending.DAY, datetime.time(12))

        def floor() -> Run:
            provider.forget()
            credentials, words_of = (ACCOUNT, TOKEN, NUMBER), (provider.url, queue, words)
            run = office.floor("send_loop.py", *words_of, THREADS, *credentials)
            measure.same("the loop's messages", sorted(rows), sent(provider))
            return run

        def dispatch() -> Run:
            provider.forget()
            provider.set_clock(now)
            office.copied(ready, ours)
            run = office.servicing(ours, "dispatch", "--now", now.isoformat())
            measure.same("dispatched messages", sorted(rows), sent(provider))
            measure.same("dispatch", [("accepted", count)], office.look(ours, [ENDED]))
            shutil.rmtree(ours)
            return run

        return [measure.paired(claim, floor, dispatch, RUNS)]


def _as_they_leave(home: Path) -> list[tuple[str, str]]:
    """Address and text of each: both compose them when they leave."""
    waiting = office.look(home, ["SELECT address, id FROM message ORDER BY id"])
    return [(str(address), sending.words(int(str(number)))) for address, number in waiting]


def sent(provider: Provider) -> list[tuple[object, ...]]:
    """What has arrived, in an order that does not depend on who was quicker."""
    return sorted((each["to"], each["body"]) for each in provider.messages())
