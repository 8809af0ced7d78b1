"""The coming days of the real book if nothing changes, counted without a trace in it."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from policies import database, dates
from policies.ordering import by_name
from policies.persistency import units
from policies.persistency.units import ForceAgent
from servicing.core.models import WalkedDay
from servicing.core.settings import Capacity
from servicing.projections import queries, upcoming
from servicing.projections.upcoming import Coming, Decision
from servicing.schedule.materialize import DayWalked, Walker

Grouping = Literal["day", "touchpoint", "team", "agent"]

DAYS = 30
"""Looked at where nobody says how many."""


def span(today: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day that are looked at: from the next one to be walked on."""
    first = WalkedDay.next(today)
    return first, first + datetime.timedelta(days=DAYS - 1)


@dataclass
class DayAhead(DayWalked):
    """The walk of a coming day, and the cost of its messages."""

    sms: int = 0
    email: int = 0
    parts: int = 0
    """Of all SMS that are queued."""
    cost: Decimal | None = None
    """Of these parts; None where no price is set."""
    due_before: int = 0
    """Of the touchpoints, those that fell due on days that were not walked."""
    agents_over: int = 0
    """How many agents then have more to do than a day holds."""


@dataclass(frozen=True)
class Load:
    """The tasks that come up on a day, of an agent or a team."""

    on: datetime.date
    key: str
    """The agent's number, or the team."""
    name: str
    tasks: int
    capacity: int
    over: int
    """Tasks that the day does not hold."""


@dataclass
class ComingDays:
    """The coming days."""

    days: list[DayAhead] = field(default_factory=list)
    by_agent: Counter[tuple[datetime.date, int]] = field(default_factory=Counter)
    """Tasks by the day on which they come up, and agent by id: also those that stand there already."""
    by_touchpoint: dict[str, DayAhead] = field(default_factory=dict)
    """The same figures of all days, by touchpoint."""


def simulate(
    walker: Walker,
    today: datetime.date,
    first: datetime.date,
    last: datetime.date,
    capacity: Capacity,
    price_per_part: float = 0,
) -> ComingDays:
    """The walks of [first, last] if nothing changes; nothing is written.

    The walks from `today` until then come before, and count as done. Raises `BadTemplate`.
    """
    ahead = ComingDays([DayAhead(day) for day in dates.days_between(first, last)])
    days = {each.on: each for each in ahead.days}
    counted: Counter[Decision] = Counter()
    with database.explained(), database.snapshot():
        for standing in queries.standing_tasks(first, last):
            ahead.by_agent[standing.show_on, standing.agent_id] = standing.tasks
        for each in upcoming.coming(walker, today, last):
            decision = each.decision
            if decision.found_on >= first:
                counted[decision] += 1
                if each.task and each.task.state == "open" and not each.task.desk:
                    ahead.by_agent[each.task.show_on, each.agent_id] += 1
    for decision, count in counted.items():
        key = decision.due.key
        _count(days[decision.found_on], decision, count)
        _count(ahead.by_touchpoint.setdefault(key, DayAhead(first)), decision, count)
    for some in (ahead.days, ahead.by_touchpoint.values()):
        _priced(some, price_per_part)
    force = units.force()
    for (day, agent_id), tasks in ahead.by_agent.items():
        if day in days:
            days[day].agents_over += tasks > _held(capacity, force[agent_id])
    return ahead


def _count(day: DayAhead, decision: Decision, count: int) -> None:
    day.touchpoints += count
    day.by_touchpoint[decision.due.key] += count
    day.due_before += count * (decision.on < decision.found_on)
    if message := decision.message:
        is_queued = message.state == "queued"
        day.messages += count * is_queued
        day.skipped += count * (not is_queued)
        day.by_reason[message.reason.value] += count
        day.sms += count * (is_queued and message.channel == "sms")
        day.email += count * (is_queued and message.channel == "email")
        day.parts += count * decision.parts
    if task := decision.task:
        day.tasks += count * (task.state == "open")
        day.skipped += count * (task.state != "open")
        day.by_reason[task.reason.value] += count


def _priced(days: Iterable[DayAhead], price_per_part: float) -> None:
    for day in days:
        day.cost = day.parts * Decimal(str(price_per_part)) if price_per_part else None


def loads(ahead: ComingDays, capacity: Capacity, kind: Literal["team", "agent"]) -> Iterator[Load]:
    """The tasks of every unit on every day that has some, in the order of the days."""
    force = units.force()
    tasks: Counter[tuple[datetime.date, str]] = Counter()
    held: Counter[str] = Counter()
    names: dict[str, str] = {}
    for agent in force:
        held[agent.key(kind)] += _held(capacity, agent)
        names[agent.key(kind)] = agent.name if kind == "agent" else agent.team
    for (day, agent_id), count in ahead.by_agent.items():
        tasks[day, force[agent_id].key(kind)] += count
    for day, key in sorted(tasks, key=lambda each: (each[0], by_name(each[1]))):
        count = tasks[day, key]
        yield Load(day, key, names[key], count, held[key], max(0, count - held[key]))


def _held(capacity: Capacity, agent: ForceAgent) -> int:
    return capacity.agents.get(agent.agent_no, capacity.tasks_a_day)


@dataclass(frozen=True)
class ComingLine:
    """One touchpoint to come, as a list shows it."""

    on: datetime.date
    due_on: datetime.date
    touchpoint: str
    client_no: str
    policy_no: str
    agent_no: str
    channel: str
    message: str
    """Its state: queued, suppressed ...; empty: there is none."""
    why: str
    parts: int
    task: str
    show_on: datetime.date | None


def listed(
    walker: Walker, today: datetime.date, first: datetime.date, last: datetime.date
) -> Iterator[ComingLine]:
    """The same, touchpoint by touchpoint; read it inside a `database.snapshot`."""
    force = units.force()
    coming = upcoming.coming(walker, today, last)
    wanted = (each for each in coming if each.decision.found_on >= first)
    for some in database.chunks(wanted):
        clients = queries.numbers("client", {each.client_id for each in some})
        policies = queries.numbers("policy", {each.policy_id for each in some})
        for each in some:
            yield _line(
                each,
                clients[each.client_id],
                policies[each.policy_id],
                force[each.agent_id].agent_no,
            )


def _line(each: Coming, client_no: str, policy_no: str, agent_no: str) -> ComingLine:
    decision = each.decision
    message, task = decision.message, each.task
    return ComingLine(
        on=decision.found_on,
        due_on=decision.on,
        touchpoint=decision.due.key,
        client_no=client_no,
        policy_no=policy_no,
        agent_no=agent_no,
        channel=message.channel if message else "",
        message=message.state if message else "",
        why=decided.reason.value if (decided := message or task) else "",
        parts=decision.parts,
        task=task.state if task else "",
        show_on=task.show_on if task else None,
    )
