"""The night that scores clients: whoever something has changed for, and whose day has come (§18.4).

It reads what has changed since the night before: lines of cards, policies that came. A scorecard that was
edited is a round through all clients, a batch in a transaction, which goes on where it was interrupted.
"""

import datetime
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from servicing.core import kept
from servicing.core.runtime import IsOver
from servicing.tiers import queries, scoring
from servicing.tiers.queries import AT_A_TIME, LINES
from servicing.tiers.scoring import Done, Rules

NAME = "tiers"
"""Under which it is kept how far the night has come."""


@dataclass
class Mark:
    """How far the nights have come."""

    digest: str = ""
    """Of the scorecard by which the round went."""
    client: int = 0
    """The last client of the round,"""
    until: int = 0
    """which ends with this one."""
    line: int = 0
    policy: int = 0


def mark() -> Mark:
    """How far the last night has come; what was lost begins anew."""
    found = kept.value(NAME, NAME)
    return Mark(**json.loads(found)) if found else Mark()


def run(rules: Rules, on: datetime.date, now: datetime.datetime, is_over: IsOver) -> Done:
    """Score whom it concerns; ends early once `is_over` says so, and goes on there the next time."""
    at, done = mark(), Done()
    if at.digest != rules.card.digest:
        last = queries.last
        at = Mark(rules.card.digest, 0, last("client"), last("card_entry"), last("policy"))
        _keep(at)
    for step in (_round, _told, _came, _waiting):
        while not is_over() and (ids := step(at, on)) is not None:
            for first in range(0, len(ids), AT_A_TIME):
                done += scoring.score(ids[first : first + AT_A_TIME], rules, on, now)
            _keep(at)
    return done


def _keep(at: Mark) -> None:
    kept.keep(NAME, NAME, json.dumps(asdict(at)))


Step = Callable[[Mark, datetime.date], list[int] | None]
"""The next clients to score, of whom the mark says that they are; None: there are no more."""


def _round(at: Mark, on: datetime.date) -> list[int] | None:
    ids = queries.clients_behind(at.client, at.until)
    at.client = ids[-1] if ids else at.client
    return ids or None


def _told(at: Mark, on: datetime.date) -> list[int] | None:
    last = queries.last("card_entry")
    if at.line >= last:
        return None
    until = min(at.line + LINES, last)
    ids = queries.told_behind(at.line, until)
    at.line = until
    return _with_referrers(ids)


def _came(at: Mark, on: datetime.date) -> list[int] | None:
    found = queries.policies_behind(at.policy)
    if not found:
        return None
    at.policy = found[-1].id
    return _with_referrers(sorted({each.client_id for each in found}))


def _with_referrers(ids: list[int]) -> list[int]:
    return sorted({*ids, *queries.referrers_of(ids)}) if ids else []


def _waiting(at: Mark, on: datetime.date) -> list[int] | None:
    """Each gets a later day when it is scored, so nobody comes twice."""
    return queries.waiting(on) or None
