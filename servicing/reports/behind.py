"""What the figures of a scorecard rest on, line by line: as many lines as they count (domain.md §14.6).

Each list asks what the count asks, of some agents and for one period: neither can differ from the other.
Read them inside a `snapshot`; they are read as they are needed, however long they are.
"""

import datetime
import itertools
import zoneinfo
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

from policies import growth
from policies.persistency import policy_lines, units
from policies.persistency.periods import Period
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.selection import agents_of, first_judgeable
from servicing.core.settings import Targets
from servicing.reports import coverage, queries, scorecard
from servicing.reports.queries import Named, ServedTouchpoint, Service
from servicing.reports.questions import Question

Served = Literal["in_time", "late", "missed"]
SERVED: tuple[Served, ...] = get_args(Served)
"""How a touchpoint was served that has been decided."""

T = TypeVar("T")
BATCH = 500


@dataclass(frozen=True)
class Asked:
    """Of whom a list is, by which rules, and of which period."""

    question: Question
    period: Period

    @property
    def agents(self) -> list[int] | None:
        """By id; None: everybody."""
        chosen = self.question.selection
        asked = (chosen.branch, chosen.team, chosen.agent_no, chosen.part)
        return None if asked == (None,) * 4 else agents_of(chosen, units.force())

    @property
    def as_of(self) -> datetime.date:
        """What was known on that day."""
        return self.question.measure.as_of


@dataclass(frozen=True)
class ReferredClient:
    """A new client, and who referred them."""

    client_no: str
    client_name: str
    issued: datetime.date
    """The day of the first policy."""
    referrer_no: str
    referrer_name: str
    agents: str
    """The numbers of those agents of the referrer for whom it counts."""


@dataclass(frozen=True)
class AddOn:
    """A client with one policy who bought another one."""

    client_no: str
    client_name: str
    agent_no: str
    """Who serves the policy that the client had."""
    policy_no: str
    """The first of those that were bought."""
    product: str
    issued: datetime.date
    bought: int
    """How many were."""


@dataclass(frozen=True)
class ServedLine:
    """A touchpoint that was due in the period, and how it was served."""

    touchpoint: str
    """Its id in the plan."""
    policy_no: str
    client_no: str
    client_name: str
    agent_no: str
    due_on: datetime.date
    ended_at: datetime.datetime | None
    served: Served


def persistency(asked: Asked) -> Iterator[PolicyLine]:
    """The policies that are counted, kept or lost."""
    question = asked.question
    cohorts = scorecard.window(question.measure, asked.period)
    first = max(cohorts.start, first_judgeable(question.measure))
    if first >= cohorts.stop:
        return
    chosen = replace(question.selection, by="cohort", first=first, last=cohorts.stop - 1)
    lines = policy_lines.policies(question.measure, question.rules, chosen, is_grouped=True)
    with closing(lines):  # type: ignore[type-var]
        yield from (each for each in lines if each.counted)


def referrals(asked: Asked) -> Iterator[ReferredClient]:
    """The new clients who were referred."""
    force = units.force()
    found = growth.referrals(*scorecard.twelve_months(asked.period, asked.as_of), asked.agents)
    for batch in batches(found):
        known = _named(
            itertools.chain.from_iterable((each.client_id, each.referrer_id) for each in batch)
        )
        for each in batch:
            client, referrer = known[each.client_id], known[each.referrer_id]
            numbers = sorted(force[agent_id].agent_no for agent_id in each.agent_ids)
            by = (referrer.client_no, referrer.name, " ".join(numbers))
            yield ReferredClient(client.client_no, client.name, each.issued, *by)


def add_ons(asked: Asked) -> Iterator[AddOn]:
    """The clients with exactly one policy who bought another one."""
    force = units.force()
    span = scorecard.twelve_months(asked.period, asked.as_of)
    for batch in batches(growth.bought_again(span, asked.agents)):
        ids = [each.client_id for each in batch]
        known, bought = _named(ids), queries.bought(ids, *span)
        for each in batch:
            client, more = known[each.client_id], bought[each.client_id]
            agent_no = force[each.agent_id].agent_no
            first = (more[0].policy_no, more[0].product, more[0].issue_date, len(more))
            yield AddOn(client.client_no, client.name, agent_no, *first)


def served(
    asked: Asked,
    first_year: Sequence[str],
    zone: zoneinfo.ZoneInfo,
    targets: Targets,
    how: Collection[Served] = SERVED,
) -> Iterator[ServedLine]:
    """The first-year touchpoints that were due in the period and have been served or missed."""
    force = units.force()
    found = coverage.served(
        first_year,
        asked.period.begins,
        min(asked.period.ends, asked.as_of),
        zone,
        targets.in_time_days,
        asked.agents,
        [Service[each.upper()] for each in how],
    )
    return (_served(each, force) for each in found)


def _served(each: ServedTouchpoint, force: units.Force) -> ServedLine:
    told: Served = each.served.name.lower()  # type: ignore[assignment]
    agent_no = force[each.agent_id].agent_no
    client = (each.client_no, each.client_name)
    return ServedLine(each.key, each.policy_no, *client, agent_no, each.due_on, each.ended_at, told)


def _named(ids: Iterable[int]) -> dict[int, Named]:
    return queries.named(set(ids))


def batches(lines: Iterable[T]) -> Iterator[list[T]]:
    """The same lines, some hundred at a time."""
    rest = iter(lines)
    while batch := list(itertools.islice(rest, BATCH)):
        yield batch
