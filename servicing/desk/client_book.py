"""The client book: whom an agent, a unit or a company serves, filtered and sorted as one likes.

Everything is told of the policies of the reader's part alone (docs/pages.md, "A shared client").
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, get_args

from policies import inforce
from policies.grace import Grace
from policies.models import Agent, Client, Policy
from policies.status import OWES_NO_PREMIUM
from servicing.core import visibility
from servicing.core.account_models import User
from servicing.desk import names, queries, stakes
from servicing.desk.stakes import Stake
from servicing.tiers import stages
from servicing.tiers.stages import Stages

MOST_POLICIES = 3_000
"""Policies that are read for one page; of a larger part one chooses a unit first."""

SILENCE = datetime.timedelta(days=120)
"""Whom nobody has spoken to for so long is marked."""

By = Literal["name", "premium", "days", "contact"]
SORTED_BY: tuple[By, ...] = get_args(By)

Mark = Literal["complaint", "grace", "birthday", "orphan", "silent"]
MARKS: tuple[Mark, ...] = get_args(Mark)
"""What a client can be filtered by and is marked with, beside tier and stage."""


@dataclass(frozen=True)
class Filters:
    """Which clients are listed, and in which order."""

    marks: frozenset[Mark] = frozenset()
    above: Decimal | None = None
    """The least premium of a year."""
    status: str = ""
    """Of one of their policies."""
    tier: str = ""
    stage: str = ""
    by: By = "name"


@dataclass
class BookLine:
    """A client as the book lists them, by the policies of the reader's part."""

    client_id: int
    client_no: str
    name: str
    phone: str
    birthday: datetime.date | None
    policies: int = 0
    in_force: list[int] = field(default_factory=list)
    """The policies in force, by id."""
    statuses: set[str] = field(default_factory=set)
    premiums: dict[str, Decimal] = field(default_factory=dict)
    """What is paid in a year, by currency."""
    stakes: list[Stake] = field(default_factory=list)
    contact: datetime.datetime | None = None
    """When a task for them was last done."""
    marks: set[Mark] = field(default_factory=set)
    tier: str = ""
    """Empty: nobody has scored them."""
    stage: str = ""
    """Empty: no policy is in force, or the stages were not asked for."""

    @property
    def currency(self) -> str:
        """In which most is paid."""
        return max(self.premiums, key=lambda each: self.premiums[each], default="")

    @property
    def premium(self) -> Decimal:
        """A year, in that currency."""
        return self.premiums.get(self.currency, Decimal(0))

    @property
    def stake(self) -> Stake | None:
        """What is most urgent."""
        return stakes.most_urgent(self.stakes)


@dataclass(frozen=True)
class Part:
    """The policies that the book is made of."""

    rows: Sequence[Any]
    is_too_large: bool = False
    """There are more than are read for one page."""


def part(
    user: User,
    on: datetime.date,
    agent_ids: Collection[int] | None = None,
    client_ids: Collection[int] | None = None,
) -> Part:
    """The policies of the user's part: those of some of its agents, or of some clients."""
    is_asked = Policy.id > 0  # found by number: no more is read than is wanted
    if agent_ids is not None:
        is_asked &= Policy.agent.in_(list(agent_ids))
    if client_ids is not None:
        is_asked &= Policy.client.in_(list(client_ids))
    query = visibility.policies_of(user).switch(Policy).join(Client).where(is_asked)
    if client_ids is None and query.select(Policy.id).limit(1).offset(MOST_POLICIES).exists():
        return Part([], is_too_large=True)
    if user.role == "agent":  # a manager sees whoever has a policy of the part
        query = query.where(visibility.hers(user, on))
    return Part(list(query.select(*_COLUMNS).namedtuples()))


_COLUMNS = [
    Client.id.alias("client_id"),
    Client.client_no,
    Client.name,
    Client.phone,
    Client.birthday,
    Policy.id.alias("policy_id"),
    Policy.status,
    Policy.issue_date,
    Policy.ended_on,
    Policy.annual_premium,
    Policy.currency,
    Policy.payment_mode,
    Agent.left_on,
]


def lines(
    of: Part,
    filters: Filters,
    on: datetime.date,
    grace: Grace,
    agent_id: int | None,
    zone: datetime.tzinfo,
    *,
    is_for_agent: bool = False,
    staged: Stages | None = None,
) -> list[BookLine]:
    """The clients of a part whom the filters let through, sorted; `agent_id`: whose share is read.

    `zone`: by whose clock the day of the last contact is; `is_for_agent`: an agent reads it;
    `staged`: the stages that are told, if any.
    """
    found = _by_client(of.rows, on)
    in_force = [number for each in found.values() for number in each.in_force]
    owed = stakes.of_policies(in_force, on, grace)
    stage = stages.furthest(staged, on, agent_id) if staged else "NULL"
    others = queries.beside(list(found), agent_id, is_for_agent=is_for_agent, stage=stage)
    beside = {each.client_id: each for each in others}
    for each in found.values():
        each.stakes = [owed[number] for number in each.in_force if number in owed]
        each.contact = beside[each.client_id].contact
        each.marks |= set(_marks(each, on, zone))
        told = beside[each.client_id]
        each.tier = told.tier or ""
        if staged is not None and told.stage is not None:
            each.stage = staged.ids[told.stage]
        if beside[each.client_id].complains:
            each.marks.add("complaint")
    return sorted(
        (it for it in found.values() if _is_let_through(it, filters)), key=_KEYS[filters.by]
    )


def _by_client(rows: Iterable[Any], on: datetime.date) -> dict[int, BookLine]:
    found: dict[int, BookLine] = {}
    for row in rows:
        line = found.get(row.client_id)
        if line is None:
            told = row.client_id, row.client_no, row.name, row.phone, row.birthday
            line = found[row.client_id] = BookLine(*told)
        line.policies += 1
        line.statuses.add(row.status)
        if inforce.is_in_force(row, on):
            line.in_force.append(row.policy_id)
            if is_paid(row.status, row.payment_mode):
                so_far = line.premiums.get(row.currency, Decimal(0))
                line.premiums[row.currency] = so_far + row.annual_premium
            if row.left_on and row.left_on <= on:
                line.marks.add("orphan")
    return found


def is_paid(status: str, payment_mode: str) -> bool:
    """Whether a policy in force has a premium every year."""
    return status not in OWES_NO_PREMIUM and payment_mode != "single"


def _marks(line: BookLine, on: datetime.date, zone: datetime.tzinfo) -> Iterable[Mark]:
    if any(each.is_due and each.days_left >= 0 for each in line.stakes):
        yield "grace"
    if line.birthday and line.birthday.month == on.month:
        yield "birthday"
    spoken = line.contact.astimezone(zone).date() if line.contact else datetime.date.min
    if line.in_force and spoken < on - SILENCE:
        yield "silent"


def _is_let_through(line: BookLine, filters: Filters) -> bool:
    return (
        filters.marks <= line.marks
        and (filters.above is None or line.premium >= filters.above)
        and (not filters.status or filters.status in line.statuses)
        and (not filters.tier or filters.tier == line.tier)
        and (not filters.stage or filters.stage == line.stage)
    )


_LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def _name_key(line: BookLine) -> Any:
    """As people sort names: by their letters."""
    return next(iter(names.words(line.name)), line.name), line.name, line.client_no


_KEYS: Mapping[By, Callable[[BookLine], Any]] = {
    "name": _name_key,
    "premium": lambda each: (-each.premium, _name_key(each)),
    "days": lambda each: (stakes.urgency(each.stakes), _name_key(each)),
    "contact": lambda each: (each.contact or _LONG_AGO, _name_key(each)),
}
