"""Looks at clients' cards: each is recorded with its user and moment."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from policies import database, models
from policies.models import Client
from servicing.core.account_models import CardView, User


@dataclass(frozen=True)
class ViewLine:
    """A user's look at a client's card."""

    at: datetime.datetime
    login: str
    user_name: str
    client_no: str


def looked_at(user: User, client_id: int, now: datetime.datetime) -> None:
    """Note that the user looked at a card."""
    columns = ("user_id", "client_id", "at")
    with database.writing():
        database.insert_rows(CardView, columns, [(user.id, client_id, models.stored(now))])


def views(
    client_no: str | None = None,
    login: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[ViewLine]:
    """The looks at cards, the latest first; of one client, by one person, or all.

    `limit` looks at the most, after the first `offset` of them.
    """
    query = (
        CardView.select(CardView, User.login, User.name, Client.client_no)
        .join(User)
        .switch(CardView)
        .join(Client)
        .order_by(CardView.id.desc())
    )
    if client_no is not None:
        query = query.where(Client.client_no == client_no)
    if login is not None:
        query = query.where(User.login == login)
    if limit is not None:
        query = query.limit(limit).offset(offset)
    for each in query.iterator():
        yield ViewLine(each.at, each.user.login, each.user.name, each.client.client_no)
