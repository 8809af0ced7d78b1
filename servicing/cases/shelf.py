"""The cases that somebody may see, as pages list them: what is due first before the others.

Who may see a case is `recusal.seen` (domain.md §12.3). To anybody else there is no such case.
"""

import datetime
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import peewee

from policies.case_kind import OPENED
from policies.models import Agent, Client, Policy
from servicing.cases import opening, recusal, stepping
from servicing.core import errors
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseEntry
from servicing.core.models import literally

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
    persons: int
    """Who came together, in person."""
    text: str
    """What was said when it was opened."""

    @property
    def is_major(self) -> bool:
        """Whether so many came that it is a major event."""
        return self.persons >= opening.MAJOR_FROM


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
    is_found_first = _is_mine(asked) or _is_of_few(user, asked)
    if limit is not None and is_found_first:
        meant = Case.id.in_(_first_ids(user, desks, asked, on, limit + offset))
    query = selected().where(meant)
    query = query.order_by(*([Case.id.desc()] if asked.is_ended else _turn(asked)))
    if limit is not None:
        query = query.limit(limit).offset(offset)
    return itertools.starmap(ShelfLine, query.tuples().iterator())


def _is_mine(asked: Asked) -> bool:
    """Whether somebody wants their own open cases, and those that went up to them."""
    return asked.view == "mine" and not asked.is_ended


def _is_of_few(user: User, asked: Asked) -> bool:
    """Whether somebody sees the cases of their desks and their own alone, and wants all of them."""
    is_whole = not (asked.is_ended or asked.agent_ids is not None)
    sees_more = user.role in ("manager", "administrator")
    return is_whole and not sees_more and asked.view in ("all", "overdue")


def _first_ids(
    user: User, desks: Collection[str], asked: Asked, on: datetime.date, most: int
) -> Any:
    """The first of each desk and of their own by turn, as a statement: a page has none beside these.

    To look through all that are open would take long for whoever sees few of them.
    """
    wanted = _wanted(asked, on) & recusal.seen(user)
    for column, values in _narrowed((), asked):
        wanted &= _looked_through(column).in_(values)
    if asked.agent_ids is not None:
        wanted &= _concerns(asked.agent_ids)
    parts = _halves(user)
    if not _is_mine(asked):
        parts += [Case.desk == each for each in sorted(desks)]
    found: Any = None
    for part in parts:
        first: Any = Case.select(Case.id).where(wanted & part).order_by(*_turn(asked))
        some = peewee.Select([first.limit(most)], [peewee.SQL("id")])  # a part with its own limit
        found = some if found is None else found | some
    return found


def _halves(user: User) -> list[Any]:
    """Whose cases are somebody's: their own, and those that went up to them; each has its index."""
    went_up = (Case.escalated_to == user.login) & (Case.escalated_to != literally(""))
    return [Case.owner == user.login, went_up]


def owned(user: User, limit: int, beside: Any = None) -> list[ShelfLine]:
    """The first open cases that are somebody's own or that went up to them, by their turn.

    `beside`: a condition; the cases that it holds for stand among them, all of them, whoever sees them.
    """
    ids = _first_ids(user, (), Asked("mine"), datetime.date.min, limit)
    if beside is not None:
        ids |= Case.select(Case.id).join(Policy).where(beside)
    query = selected().where(Case.id.in_(ids)).order_by(*_turn(Asked("mine")))
    return list(itertools.starmap(ShelfLine, query.tuples().iterator()))


def caused(user: User, case: Case, limit: int) -> list[ShelfLine]:
    """The cases that have come of a case, as far as somebody may see them, the first one first."""
    query = selected().where((Case.caused_by == case.id) & recusal.seen(user))
    found = query.order_by(Case.id).limit(limit)
    return [ShelfLine(*columns) for columns in found.tuples()]


def named(logins: Collection[str]) -> dict[str, str]:
    """What the people of some logins are called."""
    query: Any = User.select(User.login, User.name).where(User.login.in_(sorted(logins)))
    return dict(query.tuples())


class Counted(NamedTuple):
    """How many open cases there are."""

    open: int
    overdue: int


def counted(
    user: User, kinds: Collection[str], agent_ids: Collection[int] | None, on: datetime.date
) -> dict[str, Counted]:
    """By kind how many open cases somebody may see, and how many of these are overdue by a day.

    `agent_ids`: those about some agents, or of their clients; None: whomever they concern.
    """
    late = peewee.Case(None, [(Case.due_on < on, 1)], 0)
    total = (Case.kind, peewee.fn.COUNT(Case.id), peewee.fn.COALESCE(peewee.fn.SUM(late), 0))
    meant = _meant(user, (), Asked("all", agent_ids=agent_ids), on) & Case.kind.in_(sorted(kinds))
    query: Any = Case.select(*total).where(meant).group_by(Case.kind)
    found = {kind: Counted(int(count), int(overdue)) for kind, count, overdue in query.tuples()}
    return {kind: found.get(kind, Counted(0, 0)) for kind in kinds}


def _concerns(agent_ids: Collection[int]) -> Any:
    """A condition on cases: they are about some agents, or of their clients."""
    held = Policy.select(Policy.id).where(
        (Policy.client == Case.client) & Policy.agent.in_(agent_ids)
    )
    return Case.about.in_(agent_ids) | peewee.fn.EXISTS(held)


def selected() -> Any:
    """Cases with the columns of their lines."""
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
        Case.persons,
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
    wanted = _wanted(asked, on)
    if asked.view == "mine":
        wanted &= _is_theirs(user, asked)
    has_turn = not (asked.is_ended or asked.view in ("overdue", "mine"))
    for number, (column, values) in enumerate(_narrowed(desks, asked)):
        is_by_index = has_turn and number == 0 and len(values) == 1  # in the order of the turn
        wanted &= column == values[0] if is_by_index else _looked_through(column).in_(values)
    if asked.agent_ids is not None:
        wanted &= _concerns(asked.agent_ids)
    return wanted & recusal.seen(user)


def _wanted(asked: Asked, on: datetime.date) -> Any:
    """Whether they are open, and overdue where that is asked."""
    wanted = ~Case.is_open & (Case.state == asked.state) if asked.is_ended else Case.is_open
    if asked.view == "overdue":
        wanted &= Case.due_on < on
    return wanted


def _is_theirs(user: User, asked: Asked) -> Any:
    """A condition on cases: they are somebody's own, or went up to them."""
    if asked.is_ended:
        owner, went_up = map(_looked_through, (Case.owner, Case.escalated_to))
        return (owner == user.login) | (went_up == user.login)
    own, went_up = (Case.select(Case.id).where(Case.is_open & each) for each in _halves(user))
    return Case.id.in_(own | went_up)


def _narrowed(desks: Collection[str], asked: Asked) -> Iterator[tuple[Any, Sequence[str]]]:
    """Columns, and what they have in the cases that are meant: what leaves the fewest comes first."""
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
    """The order of the plain indexes on the day (0050, 0056); what is overdue has one."""
    return [Case.due_on if asked.view == "overdue" else Case.due_on.asc(nulls="LAST"), Case.id]
