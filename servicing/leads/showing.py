"""Leads as day, card and lists show them: what comes next, and the days left (domain.md §19.3)."""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from policies import lead
from policies.models import Client
from servicing.leads import asking, queries
from servicing.leads.asking import Against, AskRules
from servicing.leads.queries import Candidate, LeadLine

LATELY_DAYS = 14
"""A task that was done within so many days is a good moment to ask."""

MOST_TASKS, MOST_CANDIDATES = 60, 10


@dataclass(frozen=True)
class Shown:
    """A lead, as of a day."""

    line: LeadLine
    next: str
    """The step that comes next; empty: it has ended."""
    days_left: int | None
    """Until its last day; negative: it is over, and the night ends it. None: it has ended."""


def shown(lines: Iterable[LeadLine], on: datetime.date) -> list[Shown]:
    """Leads as of a day."""
    return [
        Shown(each, lead.next_step(each.state), (each.until - on).days if each.until else None)
        for each in lines
    ]


@dataclass(frozen=True)
class OfClient:
    """Where a client stands: whether they may be asked, and whom they have named."""

    against: list[Against]
    """What stands against asking today; nothing: they may be asked."""
    leads: list[Shown]


def of_client(client: Client, rules: AskRules, on: datetime.date) -> OfClient:
    """Where a client stands on a day, under all numbers."""
    lines = queries.leads_of(asking.numbers_of(client))
    return OfClient(asking.against(client, rules, on), shown(lines, on))


def to_ask(
    agent_id: int, rules: AskRules, on: datetime.date, now: datetime.datetime
) -> list[Candidate]:
    """Whom an agent may ask today: their clients for whom they have done a task lately."""
    since = now - datetime.timedelta(LATELY_DAYS)
    latest: dict[int, Candidate] = {}
    for each in queries.candidates(agent_id, since, MOST_TASKS):
        latest.setdefault(each.client_id, each)
    standing = asking.against_each(latest, rules, on)
    may_be = [each for each in latest.values() if not standing[each.client_id]]
    return may_be[:MOST_CANDIDATES]


def open_ones(
    agent_ids: Collection[int] | None, on: datetime.date, most: int | None = None
) -> list[Shown]:
    """The open leads of some agents' clients, what ends first before the others."""
    return shown(queries.open_leads(agent_ids, on, most), on)
