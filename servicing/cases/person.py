"""The cases of a person, under all their numbers: those that somebody may see, and the others."""

from collections.abc import Collection
from typing import Any, NamedTuple

import peewee

from policies import persons
from policies.models import Client
from servicing.cases import discretion, recusal, shelf
from servicing.cases.discretion import Kept
from servicing.cases.shelf import ShelfLine
from servicing.core.account_models import User
from servicing.core.case_models import Case

NOT_TOLD = ("callback", "follow_up", "improvement")
"""Kinds of which whoever may not see a case is told nothing by its being open: of a call-back they are
told in another way, and of a complaint that is over nothing any more, though something comes of it."""


OF_NOBODY = ("enquiry",)
"""Kinds that are about nobody of the house: the agent who serves a client reads what they have asked."""


class OfPerson(NamedTuple):
    """The cases of a person, as somebody may see them."""

    seen: list[ShelfLine]
    """Those that they may see: open ones first, then the latest first."""
    unseen: list[ShelfLine]
    """Those that they may not."""
    kept: Kept
    """What they are not told of them."""

    @property
    def open_seen(self) -> int:
        """How many that they may see are open."""
        return sum(each.is_open for each in self.seen)

    @property
    def others(self) -> int:
        """Open ones of which they learn no more than that there is a matter (domain.md §12.5)."""
        return sum(each.is_open and each.kind not in NOT_TOLD for each in self.unseen)

    @property
    def is_quiet(self) -> bool:
        """Whether an open one spares the client: nothing is sold to them."""
        return any(each.is_open and each.is_quiet for each in self.seen + self.unseen)

    @property
    def is_open(self) -> bool:
        """Whether there is an open one, as far as they are told."""
        return bool(self.open_seen or self.others)


NOTHING = OfPerson([], [], Kept())
"""Of somebody who has no cases."""


def of_person(user: User, client: Client) -> OfPerson:
    """The cases of a client, under all numbers of the person."""
    return _of(user, recusal.numbers(client))


def beside(user: User, case: Case, limit: int) -> list[ShelfLine]:
    """The other cases of the person whom a case concerns, as far as somebody may see them."""
    if case.client is None:
        return []
    return [each for each in of_person(user, case.client).seen if each.case != case.id][:limit]


def kept_from(user: User, client_ids: Collection[int]) -> Kept:
    """What somebody is not told of some clients, under any of their numbers."""
    return _of(user, persons.numbers(client_ids)).kept


def _of(user: User, client_ids: Any) -> OfPerson:
    marks = [peewee.Case(None, [(each, 1)], 0) for each in (recusal.seen(user), recusal.kept(user))]
    query = shelf.selected().select_extend(*marks, Case.began_with)
    query = query.where(Case.client.in_(client_ids))
    seen, unseen, words = [], [], set[str]()
    for row in query.order_by(Case.is_open.desc(), Case.id.desc()).tuples():
        *columns, is_seen, is_recused, began_with = row
        line = ShelfLine(*columns)
        if is_seen:
            seen.append(line)
            continue
        unseen.append(line)
        if is_recused or (user.role == "agent" and line.kind not in OF_NOBODY):
            words |= {began_with, discretion.digest(line.text or "")}
    cases = frozenset(each.case for each in unseen)
    kept = Kept(user.login, cases, frozenset(words - {""}), user.role == "agent")
    return OfPerson(seen, unseen, kept)
