"""The open cases of a person: theirs, and those that went up to them."""

import datetime
from dataclasses import dataclass
from typing import Any

import peewee

from policies.models import Client
from servicing.cases import recusal
from servicing.core.account_models import User
from servicing.core.case_models import Case
from servicing.core.models import literally


@dataclass(frozen=True)
class MyCase:
    """An open case of somebody's that is due."""

    case: int
    kind: str
    due_on: datetime.date
    client_no: str
    """Empty: nobody has put a name to it."""
    client_name: str


def due(user: User) -> list[MyCase]:
    """The open cases of a person that have a due day, the first before the others.

    None from which they are kept, though it be theirs.
    """
    went_up = (Case.escalated_to == user.login) & (Case.escalated_to != literally(""))
    found = {*_due(user, Case.owner == user.login), *_due(user, went_up)}
    return sorted(found, key=lambda each: (each.due_on, each.case))


def _due(user: User, whose: peewee.Expression) -> list[MyCase]:
    return [
        MyCase(each.id, each.kind, each.due_on, *_named(each.client if each.client_id else None))
        for each in query(user, whose)
        if each.due_on
    ]


def query(user: User, whose: peewee.Expression) -> Any:
    """Half of them: each is found by an index of its own."""
    is_due = Case.is_open & Case.due_on.is_null(False)
    found = Case.select(Case, Client).join(Client, peewee.JOIN.LEFT_OUTER)
    return found.where(is_due & whose & recusal.seen(user))


def _named(client: Client | None) -> tuple[str, str]:
    return (client.client_no, client.name) if client else ("", "")
