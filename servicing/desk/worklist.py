"""An agent's day as a list of work: a line a client, what is at stake first.

A line is not tasks alone: beside them stand what the coming walks will bring, and, once there are any,
the client's open cases and complaints. Each of them is an item of the line.
"""

import datetime
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from policies.commission import Table
from policies.models import Agent
from servicing.desk import agenda, queries, stakes, undoing
from servicing.desk.agenda import Agenda, Call, Item
from servicing.desk.queries import EndedTask, TaskEvent
from servicing.desk.stakes import Stake
from servicing.desk.windows import Windows

GRACE_FIRST, OVERDUE, PREMIUM, OTHER = range(4)
"""What stands first: a premium in grace, what is overdue, a premium that falls due, anything else."""


@dataclass
class Told:
    """What the card of a client tells of the agent's tasks, and of the agent's own words."""

    note: str = ""
    """The last that the agent has written of the client."""
    postponed: Counter[tuple[int, int]] = field(default_factory=Counter)
    """How often each task was postponed: by touchpoint, and by task where it has none."""
    postponed_at: dict[tuple[int, int], datetime.datetime] = field(default_factory=dict)
    """When each of them was, the last time: where it was the agent who did it."""


@dataclass(frozen=True)
class Line:
    """A client on the list."""

    call: Call
    stakes: tuple[Stake, ...]
    note: str
    postponed: int
    """How often the task was postponed that was postponed most often."""
    is_overdue: bool

    @property
    def client_no(self) -> str:
        """The client's number."""
        return self.call.client_no

    @property
    def stake(self) -> Stake | None:
        """The premium that is the most urgent."""
        return stakes.most_urgent(self.stakes)

    @property
    def amount(self) -> Decimal:
        """All that is at stake, in the currency of the most urgent premium."""
        return stakes.amount(self.stakes)

    @property
    def urgency(self) -> tuple[int, int, Decimal, datetime.date, str]:
        """A key that sorts by what is at stake."""
        known = stakes.urgency(self.stakes)
        first = (GRACE_FIRST, PREMIUM, PREMIUM, OTHER)[known[0]]
        if first != GRACE_FIRST and self.is_overdue:
            first = OVERDUE
        return (first, known[1], known[2], self.call.since, self.call.client_no)


@dataclass(frozen=True)
class Recorded:
    """What an agent has recorded today."""

    task_id: int
    client_no: str
    client_name: str
    touchpoint: str
    policy_no: str
    state: str
    """done, skipped or postponed."""
    note: str
    at: datetime.datetime
    shown_on: datetime.date | None = None
    """The day to which it was postponed."""


@dataclass(frozen=True)
class Worklist:
    """An agent's day."""

    today: list[Line]
    """What is due and overdue, the most urgent first."""
    soon: list[Line]
    """Those of the next days, by day."""
    waiting: list[Line]
    """Those with a task whose day is to come, whether or not something else is due."""
    recorded: list[Recorded]
    """Of today, the last first."""

    def lines(self) -> Iterator[Line]:
        """Each client once: as they stand on the list of the day, and those of other days behind."""
        seen: set[str] = set()
        for each in self.today + self.soon + self.waiting:
            if each.call.client_no not in seen:
                seen.add(each.call.client_no)
                yield each

    def line(self, client_no: str) -> Line | None:
        """The line of a client, if there is anything to do for them."""
        return next((each for each in self.lines() if each.call.client_no == client_no), None)

    def after(self, client_no: str) -> str:
        """The client who comes next on the list of today; the first one after the last."""
        numbers = [each.call.client_no for each in self.today]
        if client_no not in numbers:
            return numbers[0] if numbers else ""
        place = numbers.index(client_no) + 1
        others = numbers[place:] + numbers[: place - 1]
        return others[0] if others else ""

    @property
    def handled(self) -> int:
        """The clients who stood on the list of today, and do so no more."""
        left = {each.call.client_no for each in self.today}
        return len({each.client_no for each in self.recorded} - left)


def of_agent(
    windows: Windows,
    agent: Agent,
    login: str,
    on: datetime.date,
    since: datetime.datetime,
    table: Table | None = None,
) -> Worklist:
    """The day of an agent, who writes under `login`; `since` is the moment at which the day began.

    `table`: the company's commissions, by which the agent is told what renewals earn.
    """
    found = agenda.agenda(windows.plan, windows.calendar, agent, on)
    calls = list(found.all())
    told = _told(queries.told_of([each.client_id for each in calls]), agent.agent_no, login)
    owed = stakes.of_policies(
        [number for each in calls for number in each.policy_ids], on, windows.grace, table
    )
    lines = {each.client_no: _line(each, told[each.client_id], owed, on) for each in calls}

    def of(some: Iterable[Call]) -> list[Line]:
        return [lines[each.client_no] for each in some]

    waiting = sorted(
        (each for each in calls if each.waiting),
        key=lambda each: (min(item.show_on for item in each.waiting), each.client_no),
    )
    return Worklist(
        today=sorted(of(found.overdue + found.today), key=lambda each: each.urgency),
        soon=of(found.soon),
        waiting=of(waiting),
        recorded=_recorded(found, queries.ended_by(agent.id, since), told, since),
    )


def _line(call: Call, told: Told, owed: dict[int, Stake], on: datetime.date) -> Line:
    return Line(
        call=call,
        stakes=tuple(owed[each] for each in call.policy_ids if each in owed),
        note=told.note,
        postponed=max((told.postponed[_name(each)] for each in call.items), default=0),
        is_overdue=any(each.show_on < on for each in call.due),
    )


def _name(item: Item) -> tuple[int, int]:
    """By what the lines of a card name a task."""
    return (item.touchpoint_id or 0, 0 if item.touchpoint_id else item.task_id or 0)


def _told(events: Iterable[TaskEvent], agent_no: str, login: str) -> dict[int, Told]:
    """By client what their cards tell."""
    by_client: defaultdict[int, Told] = defaultdict(Told)
    for each in events:
        facts, told = json.loads(each.facts), by_client[each.client_id]
        if "desk" in facts:  # a desk's task is none of the agent's
            continue
        name = (each.touchpoint_id or 0, 0 if each.touchpoint_id else facts.get("task", 0))
        if each.kind == "task.postponed":
            told.postponed[name] += 1
            told.postponed_at.pop(name, None)
            if undoing.is_by(facts, agent_no):
                told.postponed_at[name] = each.at
        elif facts.get("undone") == "postponed":
            told.postponed[name] -= 1
            told.postponed_at.pop(name, None)
        if _is_own(each.kind, facts, agent_no, login):
            told.note = facts.get("note") or facts.get("text") or ""
    return by_client


def _is_own(kind: str, facts: dict[str, str], agent_no: str, login: str) -> bool:
    """Whether the agent has written something there."""
    if kind == "note.written":
        return facts.get("by") == login
    return bool(facts.get("note")) and facts.get("agent_no", agent_no) == agent_no


def _recorded(
    found: Agenda, ended: Iterable[EndedTask], told: dict[int, Told], since: datetime.datetime
) -> list[Recorded]:
    """What was done, skipped or postponed from a moment on, the last first."""
    lines = [
        Recorded(
            task_id=each.id,
            client_no=each.client_no,
            client_name=each.client_name,
            touchpoint=each.touchpoint,
            policy_no=each.policy_no,
            state=each.state,
            note=each.note,
            at=each.at,
        )
        for each in ended
    ]
    for call in found.all():
        moments = told[call.client_id].postponed_at
        for item in call.waiting:
            at = moments.get(_name(item))
            if at is not None and at >= since:
                lines.append(_postponed(call, item, at))
    return sorted(lines, key=lambda each: each.at, reverse=True)


def _postponed(call: Call, item: Item, at: datetime.datetime) -> Recorded:
    return Recorded(
        task_id=item.task_id or 0,
        client_no=call.client_no,
        client_name=call.name,
        touchpoint=item.touchpoint,
        policy_no=item.policy_no,
        state="postponed",
        note="",
        at=at,
        shown_on=item.show_on,
    )
