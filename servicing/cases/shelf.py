"""The cases that somebody may see, as pages list them: what is due first before the others.

Who may see a case is `recusal.seen` (domain.md §12.3). To anybody else there is no such case.
"""

import datetime
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import peewee

from policies import persons
from policies.case_kind import OPENED
from policies.models import Agent, Client, Policy
from servicing.cases import recusal, stepping
from servicing.core import errors
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseEntry, DeskMember

View = Literal["mine", "desk", "overdue", "all"]
VIEWS: tuple[View, ...] = ("mine", "desk", "overdue", "all")


@dataclass(frozen=True)
class Asked:
    """Which of the cases that somebody may see; empty: whatever it is."""

    view: View
    kind: str = ""
    state: str = ""
    """Empty: all that are open."""
    is_ended: bool = False
    """Whether the state is an end."""
    agent_ids: Collection[int] | None = None
    """Those about some agents, or of their clients; None: whomever they concern."""


class ShelfLine(NamedTuple):
    """A case in a list."""

    case: int
    kind: str
    state: str
    is_open: bool
    is_quiet: bool
    due_on: datetime.date | None
    received_on: datetime.date
    ended_on: datetime.date | None
    client_no: str | None
    client_name: str | None
    policy_no: str | None
    about_no: str | None
    """The agent whom it is about; None: somebody else, or nobody has said."""
    about_name: str | None
    about_login: str
    desk: str
    owner: str
    """A login; empty: whoever of the desk takes it."""
    owner_name: str | None
    categories: str
    text: str
    """What was said when it was opened."""


def of_number(user: User, case_id: int) -> Case:
    """The case with its client, policy and agent; raises `CaseNotFound` also where it is not theirs."""
    if not 0 < case_id < stepping.NEVER:
        raise errors.CaseNotFound(case_id)
    query = _joined(Case.select(Case, Client, Policy, Agent))
    found: Case | None = query.where((Case.id == case_id) & recusal.seen(user)).first()
    if found is None:
        raise errors.CaseNotFound(case_id)
    return found


def lines(
    user: User,
    desks: Collection[str],
    asked: Asked,
    on: datetime.date,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[ShelfLine]:
    """The cases of a view by a day: open ones by their turn, ended ones the latest first."""
    meant = _meant(user, desks, asked, on)
    if limit is not None and _is_of_few(user, asked):
        meant = Case.id.in_(_first_ids(user, desks, asked, on, limit + offset))
    query = _selected().where(meant)
    query = query.order_by(*([Case.id.desc()] if asked.is_ended else _turn(asked)))
    if limit is not None:
        query = query.limit(limit).offset(offset)
    return itertools.starmap(ShelfLine, query.tuples().iterator())


def _is_of_few(user: User, asked: Asked) -> bool:
    """Whether somebody sees the cases of their desks and their own alone, and wants all of them."""
    is_whole = not (asked.state or asked.kind or asked.agent_ids is not None)
    sees_more = user.role in ("manager", "administrator")
    return is_whole and not sees_more and asked.view in ("all", "overdue")


def _first_ids(
    user: User, desks: Collection[str], asked: Asked, on: datetime.date, most: int
) -> list[int]:
    """The first of each desk and of their own by turn: a page has none beside these.

    To look through all that are open would take long for whoever sees few of them.
    """
    wanted = Case.is_open & recusal.seen(user)
    if asked.view == "overdue":
        wanted &= (Case.due_on.is_null() == False) & (Case.due_on < on)  # noqa: E712
    found: set[int] = set()
    for part in [Case.owner == user.login] + [Case.desk == each for each in sorted(desks)]:
        first: Any = Case.select(Case.id).where(wanted & part).order_by(*_turn(Asked("all")))
        found.update(number for (number,) in first.limit(most).tuples())
    return sorted(found)


def owned(user: User, limit: int) -> list[ShelfLine]:
    """The open cases that somebody has to do with themselves, by their turn."""
    return list(lines(user, (), Asked("mine"), datetime.date.min, limit))


class OfPerson(NamedTuple):
    """The cases of a person, as somebody may see them."""

    seen: list[ShelfLine]
    """Open ones first, then the latest first."""
    others: list[ShelfLine]
    """Open ones of which nobody else learns more than that there is a matter (domain.md §12.5)."""


def of_person(user: User, client: Client, limit: int) -> OfPerson:
    """The cases of a client, under all numbers of the person."""
    ids = [client.id] if client.person_id is None else persons.numbers([client.id])
    is_seen = peewee.Case(None, [(recusal.seen(user), 1)], 0)
    query = _selected().select_extend(is_seen).where(Case.client.in_(ids))
    found = query.order_by(Case.is_open.desc(), Case.id.desc()).limit(limit)
    seen, others = [], []
    for *columns, is_theirs in found.tuples():
        line = ShelfLine(*columns)
        if is_theirs:
            seen.append(line)
        elif line.is_open:
            others.append(line)
    return OfPerson(seen, others)


def beside(user: User, case: Case, limit: int) -> list[ShelfLine]:
    """The other cases of the person whom a case concerns, as far as somebody may see them."""
    if case.client is None:
        return []
    found = of_person(user, case.client, limit + 1).seen
    return [each for each in found if each.case != case.id][:limit]


def caused(user: User, case: Case, limit: int) -> list[ShelfLine]:
    """The cases that have come of a case, as far as somebody may see them, the first one first."""
    query = _selected().where((Case.caused_by == case.id) & recusal.seen(user))
    found = query.order_by(Case.id).limit(limit)
    return [ShelfLine(*columns) for columns in found.tuples()]


class Colleague(NamedTuple):
    """Somebody who has to do with a case."""

    login: str
    name: str
    is_of_desk: bool
    """Of its desk, and able to come in: it can go to them."""


def people(desk: str, logins: Collection[str]) -> list[Colleague]:
    """Who is of a desk, and whoever else is meant by some logins; in the order of their logins."""
    member = DeskMember.select(DeskMember.id)
    is_of_desk: Any = ~User.is_disabled & peewee.fn.EXISTS(
        member.where((DeskMember.user == User.id) & (DeskMember.desk == desk))
    )
    told = peewee.Case(None, [(is_of_desk, 1)], 0)
    query: Any = User.select(User.login, User.name, told)
    found = query.where(is_of_desk | User.login.in_(sorted(logins))).order_by(User.login)
    return [Colleague(login, name, bool(is_theirs)) for login, name, is_theirs in found.tuples()]


class Counted(NamedTuple):
    """How many open cases there are."""

    open: int
    overdue: int


def counted(user: User, asked: Asked, on: datetime.date) -> Counted:
    """How many there are of a view, and how many of these are overdue by a day."""
    late = peewee.Case(None, [(Case.due_on < on, 1)], 0)
    total = (peewee.fn.COUNT(Case.id), peewee.fn.COALESCE(peewee.fn.SUM(late), 0))
    query: Any = Case.select(*total).where(_meant(user, (), asked, on))
    ((count, overdue),) = query.tuples()
    return Counted(int(count), int(overdue))


def _has_policy_with(agent_ids: Collection[int]) -> Any:
    held = Policy.select(Policy.id).where(
        (Policy.client == Case.client) & Policy.agent.in_(agent_ids)
    )
    return peewee.fn.EXISTS(held)


def _selected() -> Any:
    said = CaseEntry.select(CaseEntry.text).where(
        (CaseEntry.case == Case.id) & (CaseEntry.step == OPENED)
    )
    columns = [
        Case.id,
        Case.kind,
        Case.state,
        Case.is_open,
        Case.is_quiet,
        Case.due_on,
        Case.received_on,
        Case.ended_on,
        Client.client_no,
        Client.name,
        Policy.policy_no,
        Agent.agent_no,
        Agent.name,
        Case.about_login,
        Case.desk,
        Case.owner,
        User.name,
        Case.categories,
        said,
    ]
    query: Any = Case.select(*columns)
    return (
        _joined(query).switch(Case).join(User, peewee.JOIN.LEFT_OUTER, on=Case.owner == User.login)
    )


def _joined(query: Any) -> Any:
    """The query with the client, the policy and the agent of each case, where it has them."""
    for model, of in ((Client, Case.client), (Policy, Case.policy), (Agent, Case.about)):
        query = query.switch(Case).join(model, peewee.JOIN.LEFT_OUTER, on=of)
    return query


def _meant(user: User, desks: Collection[str], asked: Asked, on: datetime.date) -> Any:
    wanted = ~Case.is_open & (Case.state == asked.state) if asked.is_ended else Case.is_open
    if asked.view == "overdue":
        wanted &= Case.due_on < on
    has_turn = not asked.is_ended and asked.view != "overdue"
    for number, (column, values) in enumerate(_narrowed(user, desks, asked)):
        is_by_index = has_turn and number == 0 and len(values) == 1  # in the order of the turn
        wanted &= column == values[0] if is_by_index else _looked_through(column).in_(values)
    if asked.agent_ids is not None:
        wanted &= Case.about.in_(asked.agent_ids) | _has_policy_with(asked.agent_ids)
    return wanted & recusal.seen(user)


def _narrowed(
    user: User, desks: Collection[str], asked: Asked
) -> Iterator[tuple[Any, Sequence[str]]]:
    """Columns, and what they have in the cases that are meant: what leaves the fewest comes first."""
    if asked.view == "mine":
        yield Case.owner, [user.login]
    if asked.state and not asked.is_ended:
        yield Case.state, [asked.state]
    if asked.kind:
        yield Case.kind, [asked.kind]
    if asked.view == "desk":
        yield Case.desk, sorted(desks)


def _looked_through(column: Any) -> Any:
    """The column, not to be looked up by an index: the rows come in the order of their turn."""
    return peewee.fn.COALESCE(column, "")


def _turn(asked: Asked) -> list[Any]:
    """The order of an index (0054); what is overdue has a day."""
    dated = [Case.due_on, Case.id]
    return dated if asked.view == "overdue" else [Case.due_on.is_null(), *dated]
