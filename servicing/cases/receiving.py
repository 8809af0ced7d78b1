"""To whom a case may go, and who may approve: what a page offers is what a step takes (domain.md §12.3).

Each answer is one condition on accounts. A list is made of it, and whoever is named is held to it.
"""

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

from policies.case_kind import Kind, Step
from policies.desks import DESKS
from servicing.cases import ladder, recusal
from servicing.core import open_accounts
from servicing.core.account_models import User
from servicing.core.case_models import Case, DeskMember


class Colleague(NamedTuple):
    """Somebody to whom a case can go, or who can approve."""

    login: str
    name: str


def owners(kind: Kind, case: Case, on: datetime.date) -> Any:
    """Who may be given a case, or take it.

    Its desk and others that take steps of it, the agents who serve its client, and who stands above them;
    whoever may come in on that day, and from whom it is not kept.
    """
    near: Any = _at(kind.desks) | ladder.above(case)
    if case.client is not None:
        near |= recusal.serves(case.client)
    return near & _may_have(kind, case, on)


def approvers(kind: Kind, step: Step, case: Case, asks: str, on: datetime.date) -> Any:
    """Who may approve a step that somebody, by login, asks for: whom the kind names, never who asks."""
    roles = [each for each in step.approved_by if each not in DESKS]
    named: Any = User.role.in_(roles) | _at([each for each in step.approved_by if each in DESKS])
    return named & (User.login != asks) & _may_have(kind, case, on)


def _at(desks: Sequence[str]) -> Any:
    """Whether somebody is of one of some desks."""
    return User.id.in_(DeskMember.select(DeskMember.user).where(DeskMember.desk.in_(desks)))


def _may_have(kind: Kind, case: Case, on: datetime.date) -> Any:
    return open_accounts.are_open(on) & ~recusal.people_kept(kind, case)


def offered(who: Any) -> list[Colleague]:
    """Who is meant by a condition, in the order of their logins."""
    query: Any = User.select(User.login, User.name).where(who).order_by(User.login)
    return [Colleague(*each) for each in query.tuples()]


def is_among(user: User, who: Any) -> bool:
    """Whether somebody is meant by a condition."""
    return bool(User.select().where((User.id == user.id) & who).exists())
