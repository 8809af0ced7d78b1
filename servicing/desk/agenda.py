"""An agent's next days, client by client, so that one call serves several touchpoints.

What stands on the list already are tasks; what the walks of the next days will find is read
forwards from the plan. Only clients of whom an anchor date can fall due in those days are looked
at: the same few dates that the walk looks for.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from policies import database, dates, dialect, timeline
from policies.dates import WorkCalendar
from policies.models import Agent
from policies.plan import Plan
from policies.timeline import ClientDates, Instalment, Owed, PolicyDates
from servicing.core import due as falling_due
from servicing.core.models import WalkedDay
from servicing.desk import tasks


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
    """What the client has written, where that is what there is to do."""


@dataclass
class Call:
    """A client with everything there is to do for him: what is due, and what comes soon."""

    client_no: str
    name: str
    phone: str
    due: list[Item] = field(default_factory=list)
    soon: list[Item] = field(default_factory=list)

    @property
    def since(self) -> datetime.date:
        """Since when, or from when on, there is something to do."""
        return min(each.show_on for each in self.due or self.soon)


@dataclass
class Agenda:
    """Whom to call: the longest overdue first, and each client once."""

    overdue: list[Call] = field(default_factory=list)
    today: list[Call] = field(default_factory=list)
    soon: list[Call] = field(default_factory=list)

    def calls(self) -> Iterator[Call]:
        """All of them."""
        yield from self.overdue
        yield from self.today
        yield from self.soon


def agenda(
    plan: Plan, calendar: WorkCalendar, agent: Agent, on: datetime.date, days: int = 7
) -> Agenda:
    """What the agent has to do on a day, what was to be done before, and in so many days after."""
    until = on + datetime.timedelta(days=days)
    calls: dict[str, Call] = {}
    for line in tasks.open_tasks(on, agent.agent_no, until=until):
        call = calls.setdefault(line.client_no, Call(line.client_no, line.client_name, line.phone))
        item = Item(
            *(line.id, line.touchpoint, line.policy_no, line.product),
            *(line.due_on, line.show_on, line.note),
        )
        (call.due if line.show_on <= on else call.soon).append(item)
    for client, item in _coming(plan, calendar, agent.id, WalkedDay.next(on), until):
        call = calls.setdefault(client.client_no, Call(client.client_no, client.name, client.phone))
        (call.due if item.show_on <= on else call.soon).append(item)
    found = Agenda()
    for call in sorted(calls.values(), key=lambda each: (each.since, each.client_no)):
        call.soon.sort(key=lambda item: item.show_on)
        section = found.soon if not call.due else found.today
        (found.overdue if call.since < on else section).append(call)
    return found


# ------------------------------------------------------------------------------- what is to come


@dataclass
class _Client:
    """A client of the agent, with all his policies, whoever serves them."""

    id: int
    client_no: str
    name: str
    phone: str
    birthday: datetime.date | None
    policies: list[PolicyDates] = field(default_factory=list)
    premiums: dict[int, list[Instalment]] = field(default_factory=dict)
    handed: dict[int, list[datetime.date]] = field(default_factory=dict)

    @property
    def facts(self) -> ClientDates:
        return ClientDates(
            self.birthday,
            tuple(
                PolicyDates(
                    *(each.id, each.policy_no, each.issue_date, each.served_from),
                    *(each.status, each.ended_on, each.delivered_on),
                    premiums=tuple(self.premiums.get(each.id, ())),
                    handed_on=tuple(self.handed.get(each.id, ())),
                )
                for each in self.policies
            ),
        )


def _coming(
    plan: Plan,
    calendar: WorkCalendar,
    agent_id: int,
    first: datetime.date,
    last: datetime.date,
) -> Iterator[tuple[_Client, Item]]:
    """The tasks that the walks from `first` to `last` will put on the agent's list."""
    anchors = _anchors(plan, calendar, first, last, tuple(falling_due.oldest().items()))
    clients, products = _clients(agent_id)
    _add_premiums(clients, agent_id, anchors.get("premium_due", frozenset()))
    _add_handings(clients, agent_id, anchors.get("handover", frozenset()))
    likely = [each for each in clients.values() if _is_likely(each, anchors)]
    known = _recorded([each.id for each in likely])
    for client in likely:
        for owed in timeline.client_timeline(plan, calendar, client.facts, first, last):
            if owed.policy_no in products and not _is_known(owed, client, known):
                due = owed.due
                if due.task_on and due.task_on <= last:
                    product = products[owed.policy_no]
                    item = Item(None, due.key, owed.policy_no, product, due.due_on, due.task_on)
                    yield client, item


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
    found: dict[str, set[datetime.date]] = {}
    for day in dates.days_between(first, last):
        for due in timeline.falling_due(plan, calendar, day, dict(oldest)):
            if due.task_on:
                found.setdefault(due.touchpoint.anchor, set()).add(due.anchor_on)
    return {anchor: frozenset(days) for anchor, days in found.items()}


def _is_likely(client: _Client, anchors: dict[str, frozenset[datetime.date]]) -> bool:
    nobody: frozenset[datetime.date] = frozenset()
    return (
        client.birthday in anchors.get("birthday", nobody)
        or any(each.issue_date in anchors.get("issue", nobody) for each in client.policies)
        or any(each.delivered_on in anchors.get("delivered", nobody) for each in client.policies)
        or bool(client.premiums or client.handed)
    )


def _clients(agent_id: int) -> tuple[dict[int, _Client], dict[str, str]]:
    """The clients of an agent by id; and the products of the policies that she serves, by number."""
    sql = """
        SELECT c.id, c.client_no, c.name, c.phone, CAST(c.birthday AS TEXT), p.agent_id, p.product,
               p.id, p.policy_no, CAST(p.issue_date AS TEXT), CAST(p.served_from AS TEXT), p.status,
               CAST(p.ended_on AS TEXT), CAST(p.delivered_on AS TEXT)
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE p.client_id IN (SELECT client_id FROM policy WHERE agent_id = ?)
        ORDER BY p.client_id, p.issue_date, p.id
    """
    clients: dict[int, _Client] = {}
    products: dict[str, str] = {}
    day = database.day
    for number, client_no, name, phone, birthday, whose, product, *policy in database.execute(
        sql, [agent_id]
    ):
        if number not in clients:
            clients[number] = _Client(number, client_no, name, phone, day(birthday))
        policy_id, policy_no, issued, served, status, ended, delivered = policy
        clients[number].policies.append(
            PolicyDates(
                *(policy_id, policy_no, database.needed_day(issued), database.needed_day(served)),
                *(status, day(ended), day(delivered)),
            )
        )
        if whose == agent_id:
            products[policy_no] = product
    return clients, products


def _add_premiums(
    clients: dict[int, _Client], agent_id: int, anchors: frozenset[datetime.date]
) -> None:
    """The unpaid instalments from which a reminder can be counted in those days."""
    if not anchors:
        return
    sql = """
        SELECT p.client_id, i.policy_id, CAST(i.due_date AS TEXT)
        FROM policy p JOIN premium i ON i.policy_id = p.id
        WHERE p.client_id IN (SELECT client_id FROM policy WHERE agent_id = ?)
        AND i.due_date BETWEEN ? AND ? AND i.paid_on IS NULL
    """
    span = [min(anchors).isoformat(), max(anchors).isoformat()]
    for client_id, policy_id, due in database.execute(sql, [agent_id, *span]):
        due_date = database.needed_day(due)
        if due_date in anchors:
            premiums = clients[client_id].premiums
            premiums.setdefault(policy_id, []).append(Instalment(due_date))


def _add_handings(
    clients: dict[int, _Client], agent_id: int, anchors: frozenset[datetime.date]
) -> None:
    """The days of handovers from which something can be counted in those days."""
    if not anchors:
        return
    sql = """
        SELECT p.client_id, h.policy_id, CAST(h.handed_on AS TEXT)
        FROM policy p JOIN handing h ON h.policy_id = p.id
        WHERE p.client_id IN (SELECT client_id FROM policy WHERE agent_id = ?)
        AND h.handed_on BETWEEN ? AND ?
    """
    span = [min(anchors).isoformat(), max(anchors).isoformat()]
    for client_id, policy_id, handed_on in database.execute(sql, [agent_id, *span]):
        day = database.needed_day(handed_on)
        if day in anchors:
            clients[client_id].handed.setdefault(policy_id, []).append(day)


def _recorded(client_ids: list[int]) -> set[tuple[int, str, str, str]]:
    """What was recorded of those clients: client, policy (in policy scope), key and occurrence."""
    if not client_ids:
        return set()
    marks = dialect.marks(client_ids)
    sql = f"""
        SELECT t.client_id, CASE WHEN t.scope = 'policy' THEN p.policy_no ELSE '' END,
               t.key, t.occurrence
        FROM touchpoint t JOIN policy p ON p.id = t.policy_id WHERE t.client_id IN ({marks})
    """
    return {tuple(row) for row in database.execute(sql, client_ids)}


def _is_known(owed: Owed, client: _Client, known: set[tuple[int, str, str, str]]) -> bool:
    policy_no = owed.policy_no if owed.due.touchpoint.scope == "policy" else ""
    return (client.id, policy_no, owed.due.key, owed.due.occurrence) in known
