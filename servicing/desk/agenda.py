"""An agent's next days, client by client, so that one call serves several touchpoints.

What stands on the list already are tasks; what the walks of the next days will add is read
forwards from the plan. We look only at clients with an anchor date that can fall due in those days:
the same few dates that the walk looks for.
"""

import datetime
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from policies import counting, dates, occasions, timeline
from policies.dates import WorkCalendar
from policies.models import Agent
from policies.plan import Plan
from policies.timeline import ClientDates, Instalment, Owed, PolicyDates
from servicing.core import due as falling_due
from servicing.core import happened
from servicing.core.reasons import Reason
from servicing.desk import queries
from servicing.desk.queries import ClientPolicy, Recorded, WorkLine
from servicing.desk.windows import Timed
from servicing.messages import still_owed

ON_THE_CARD = queries.BY_REASON[Reason.CLAIM_ASKS]


@dataclass(frozen=True)
class Item:
    """One thing to do for a client."""

    task_id: int | None
    """None: it is not on the list yet, its day will put it there."""
    touchpoint: str
    policy_no: str
    product: str
    due_on: datetime.date
    show_on: datetime.date
    """The day it stands on the list."""
    note: str = ""
    """The client's words, where a reply is what there is to do."""
    touchpoint_id: int | None = None
    window: Timed | None = None
    """What its window depends on; None: it is no task yet."""

    @property
    def is_recorded(self) -> bool:
        """Whether the agent says the result of it; whether a client has died is answered on the card."""
        return self.task_id is not None and self.touchpoint != ON_THE_CARD


@dataclass
class Call:
    """A client with everything there is to do for them: what is due, comes soon, or waits longer."""

    client_no: str
    name: str
    phone: str
    client_id: int
    due: list[Item] = field(default_factory=list)
    soon: list[Item] = field(default_factory=list)
    later: list[Item] = field(default_factory=list)
    """What is open, and shown after the days that are asked for."""
    policy_ids: list[int] = field(default_factory=list)
    """The client's policies that the agent serves."""
    complains: bool = False
    """A complaint of the client's is open: nothing is sold to them."""

    def leave_out(self, is_kept: Callable[[str], bool]) -> None:
        """Leave out words that are kept from the reader."""
        for part in (self.due, self.soon, self.later):
            part[:] = [replace(each, note="") if is_kept(each.note) else each for each in part]

    @property
    def since(self) -> datetime.date:
        """Since when, or from when on, there is something to do."""
        return min(each.show_on for each in self.due or self.soon or self.later)

    @property
    def items(self) -> list[Item]:
        """All that there is to do."""
        return self.due + self.soon + self.later

    @property
    def waiting(self) -> list[Item]:
        """The tasks whose day is still to come: postponed, or given to that day."""
        return [each for each in self.soon + self.later if each.task_id]

    @property
    def to_record(self) -> list[Item]:
        """What the agent says the result of."""
        return [each for each in self.items if each.is_recorded]


@dataclass
class Agenda:
    """The calls of an agent: the longest overdue first, and each client once."""

    overdue: list[Call] = field(default_factory=list)
    today: list[Call] = field(default_factory=list)
    soon: list[Call] = field(default_factory=list)
    later: list[Call] = field(default_factory=list)
    """Those of which nothing is due in the days that are asked for."""

    def calls(self) -> Iterator[Call]:
        """Those of the days that are asked for."""
        yield from self.overdue
        yield from self.today
        yield from self.soon

    def all(self) -> Iterator[Call]:
        """All of them."""
        yield from self.calls()
        yield from self.later

    @property
    def items(self) -> list[Item]:
        """Everything there is to do, call by call."""
        return [item for call in self.calls() for item in call.items]

    def call(self, client_no: str) -> Call | None:
        """The call of a client, if there is anything to do for them."""
        return next((each for each in self.all() if each.client_no == client_no), None)


def agenda(
    plan: Plan, calendar: WorkCalendar, agent: Agent, on: datetime.date, days: int = 7
) -> Agenda:
    """The agent's calls of a day, those that are overdue, and those of so many days after it."""
    until = on + datetime.timedelta(days=days)
    served = queries.policies_of_clients(agent.id)
    calls: dict[str, Call] = {}
    for line in queries.work_of(agent.agent_no, on):
        call = calls.setdefault(
            line.client_no, Call(line.client_no, line.client_name, line.phone, line.client_id)
        )
        call.complains = line.complains
        _part(call, line.show_on, on, until).append(_item(line))
    for client, item in _coming(plan, calendar, agent.id, served, on, until):
        call = calls.setdefault(
            client.client_no, Call(client.client_no, client.name, client.phone, client.id)
        )
        _part(call, item.show_on, on, until).append(item)
    for policy in served:
        if policy.agent_id == agent.id and policy.client_no in calls:
            calls[policy.client_no].policy_ids.append(policy.id)
            calls[policy.client_no].complains = policy.complains
    sections = Agenda()
    for call in sorted(calls.values(), key=lambda each: (each.since, each.client_no)):
        call.soon.sort(key=lambda item: item.show_on)
        _section(sections, call, on).append(call)
    return sections


def _part(
    call: Call, show_on: datetime.date, on: datetime.date, until: datetime.date
) -> list[Item]:
    """The part of a call to which something belongs that is shown on a day."""
    if show_on <= on:
        return call.due
    return call.soon if show_on <= until else call.later


def _section(sections: Agenda, call: Call, on: datetime.date) -> list[Call]:
    if not call.due:
        return sections.soon if call.soon else sections.later
    return sections.overdue if call.since < on else sections.today


def _item(line: WorkLine) -> Item:
    return Item(
        task_id=line.id,
        touchpoint=line.touchpoint,
        policy_no=line.policy_no,
        product=line.product,
        due_on=line.due_on,
        show_on=line.show_on,
        note=line.note,
        touchpoint_id=line.touchpoint_id,
        window=Timed(line.closes_on, line.touchpoint, line.anchor_on, line.product),
    )


# ------------------------------------------------------------------------------- what is to come


@dataclass
class _Client:
    """A client of the agent, with all their policies, whoever serves them."""

    id: int
    client_no: str
    name: str
    phone: str
    birthday: datetime.date | None
    policies: list[ClientPolicy] = field(default_factory=list)
    premiums: dict[int, list[Instalment]] = field(default_factory=lambda: defaultdict(list))
    """By policy the unpaid instalments from which a reminder can be counted in those days."""
    reassigned_on: dict[int, list[datetime.date]] = field(default_factory=lambda: defaultdict(list))
    """By policy the days on which it went to another agent, from which something can be counted."""
    counted: ClientDates | None = None
    """The dates with what was done and is counted from; None: nothing was in those days."""

    @property
    def dates(self) -> ClientDates:
        """The dates that the timeline looks at."""
        if self.counted is not None:
            return self.counted
        return ClientDates(self.birthday, tuple(map(self._policy_dates, self.policies)))

    def _policy_dates(self, policy: ClientPolicy) -> PolicyDates:
        return PolicyDates(
            id=policy.id,
            policy_no=policy.policy_no,
            issue_date=policy.issue_date,
            served_from=policy.served_from,
            status=policy.status,
            ended_on=policy.ended_on,
            delivered_on=policy.delivered_on,
            suspended_on=policy.suspended_on,
            premiums=tuple(self.premiums.get(policy.id, ())),
            handed_on=tuple(self.reassigned_on.get(policy.id, ())),
            left_out_times=policy.left_out_times,
        )


def _coming(
    plan: Plan,
    calendar: WorkCalendar,
    agent_id: int,
    served: Iterable[ClientPolicy],
    today: datetime.date,
    last: datetime.date,
) -> Iterator[tuple[_Client, Item]]:
    """The tasks that the walks to come until `last` will put on the agent's list."""
    oldest, first = falling_due.outlook(today)
    anchors = _anchors(plan, calendar, first, last, tuple(oldest.items()))
    clients = list(_clients(agent_id, served, anchors))
    _give_what_happened(plan, clients, anchors)
    likely = [each for each in clients if _is_likely(each, anchors)]
    recorded = queries.recorded_for([each.id for each in likely])
    for client in likely:
        mine = {each.policy_no: each for each in client.policies if each.agent_id == agent_id}
        for owed in timeline.client_timeline(plan, calendar, client.dates, first, last):
            due, policy = owed.due, mine.get(owed.policy_no)
            if policy is None or _recorded(owed, client) in recorded:
                continue
            if still_owed.kept_back(policy, due.touchpoint, due.due_on):
                continue
            if due.task_on and due.task_on <= last and not due.touchpoint.desk:
                shown = policy.policy_no, policy.product, due.due_on, due.task_on
                yield client, Item(None, due.key, *shown)


def _recorded(owed: Owed, client: _Client) -> Recorded:
    """As it would stand among what was recorded."""
    policy_no = owed.policy_no if owed.due.touchpoint.scope == "policy" else ""
    return Recorded(client.id, policy_no, owed.due.key, owed.due.occurrence)


def _clients(
    agent_id: int,
    served: Iterable[ClientPolicy],
    anchors: dict[str, frozenset[datetime.date]],
) -> Iterable[_Client]:
    """The clients of an agent, with the dates from which something can be counted."""
    clients: dict[int, _Client] = {}
    for each in served:
        if each.client_id not in clients:
            clients[each.client_id] = _Client(
                each.client_id, each.client_no, each.client_name, each.phone, each.birthday
            )
        clients[each.client_id].policies.append(each)
    for due in queries.unpaid_due_dates(agent_id, anchors.get("premium_due", frozenset())):
        clients[due.client_id].premiums[due.policy_id].append(
            Instalment(due.day, amount=due.amount)
        )
    for reassigned in queries.reassigned_days(agent_id, anchors.get("handover", frozenset())):
        client = clients[reassigned.client_id]
        client.reassigned_on[reassigned.policy_id].append(reassigned.day)
    return clients.values()


def _give_what_happened(
    plan: Plan, clients: Iterable[_Client], anchors: dict[str, frozenset[datetime.date]]
) -> None:
    """Tell the clients for whom something was done on a day from which a task can be counted.

    And those with a birthday in the family from which one can be.
    """
    days = {day for anchor in counting.KEYS for day in anchors.get(anchor, ())}
    births = anchors.get(occasions.FAMILY, frozenset())
    if not days and not births:
        return
    known = happened.with_happened(plan.touchpoints, {each.id: each.dates for each in clients})
    for client in clients:
        its = known[client.id]
        every = itertools.chain(its.happened, *(each.happened for each in its.policies))
        has_happened = any(each.on in days for each in every)
        if has_happened or any(each.on in births for each in its.family):
            client.counted = its


@lru_cache(maxsize=64)
def _anchors(
    plan: Plan,
    calendar: WorkCalendar,
    first: datetime.date,
    last: datetime.date,
    oldest: tuple[tuple[str, datetime.date], ...],
) -> dict[str, frozenset[datetime.date]]:
    """By kind of anchor: the dates from which something for an agent can fall due in those days.

    `oldest`: the first that the book has of each kind.
    """
    days_of: dict[str, set[datetime.date]] = {}
    for day in dates.days_between(first, last):
        for due in timeline.falling_due(plan, calendar, day, dict(oldest)):
            if due.task_on and not due.touchpoint.desk:
                days_of.setdefault(due.touchpoint.anchor, set()).add(due.anchor_on)
    return {anchor: frozenset(days) for anchor, days in days_of.items()}


_COLUMNS = {
    "issue": "issue_date",
    "delivered": "delivered_on",
    "suspended": "suspended_on",
    "ended": "ended_on",
}
"""By anchor the column of a policy in which its date stands."""


def _is_likely(client: _Client, anchors: dict[str, frozenset[datetime.date]]) -> bool:
    nobody: frozenset[datetime.date] = frozenset()
    return (
        client.birthday in anchors.get("birthday", nobody)
        or any(
            getattr(each, column) in anchors.get(anchor, nobody)
            for anchor, column in _COLUMNS.items()
            for each in client.policies
        )
        or bool(client.premiums or client.reassigned_on or client.counted)
        or bool(anchors.get(occasions.FESTIVAL))
    )
