"""Looks at clients: at a card, each by itself; in a list, once for each person, client, place and day."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from policies import database, dialect, models
from policies.models import Client
from servicing.core import audit_log, beside, erased_numbers
from servicing.core.account_models import CardView, User

Place = Literal[
    "card",
    "my_day",
    "calendar",
    "search",
    "figures",
    "dispatch",
    "export",
    "cases",
    "leads",
    "callbacks",
    "checks",
    "events",
]
"""Where somebody saw a client."""
PLACES: tuple[Place, ...] = get_args(Place)

MOST_AT_ONCE = 500
"""Clients of a list that one statement notes."""


@dataclass(frozen=True)
class ViewLine:
    """A user's look at a client."""

    at: datetime.datetime
    login: str
    user_name: str
    client_no: str
    place: str


def looked_at(user: User, client_id: int, now: datetime.datetime, on: datetime.date) -> None:
    """Note that the user looked at a card; nobody waits for another writer to be shown one.

    `on`: the book's day.
    """
    columns = ("user_id", "client_id", "at", "seen_on")
    row = (user.id, client_id, models.stored(now), on.isoformat())

    def told() -> beside.Document:
        client_no = Client.get_by_id(client_id).client_no
        return {
            **{"login": user.login, "client_no": client_no},
            **{"at": now.isoformat(), "on": on.isoformat()},
        }

    beside.write("look", lambda: database.insert_rows(CardView, columns, [row]), told)


def note_seen(
    user: User,
    client_nos: Collection[str],
    place: Place,
    now: datetime.datetime,
    on: datetime.date,
) -> None:
    """The user saw these clients in a list; what was noted of the day stays.

    It writes in the transaction that we are in.
    """
    for some in database.chunks(client_nos, MOST_AT_ONCE):
        among, numbers = dialect.among("c.client_no", some)
        noted = [user.id, models.stored(now), place, on.isoformat()]
        database.execute(_NOTE_SEEN.format(among=among), [*noted, *numbers])


_NOTE_SEEN = """
    INSERT INTO card_view (user_id, at, place, seen_on, client_id)
    SELECT ?, ?, ?, ?, c.id FROM client c WHERE {among}
    ON CONFLICT DO NOTHING
"""


def saw(
    user: User,
    client_nos: Collection[str],
    place: Place,
    now: datetime.datetime,
    on: datetime.date,
    line: audit_log.Line | None,
) -> None:
    """The same, with the line of the audit log that says so, waiting for no other writer."""

    def insert() -> None:
        note_seen(user, client_nos, place, now, on)
        if line:
            audit_log.insert(line)

    def told() -> beside.Document:
        return {
            **{"login": user.login, "client_nos": list(client_nos), "place": place},
            **{"at": now.isoformat(), "on": on.isoformat()},
            "line": audit_log.told(line) if line else None,
        }

    beside.write("seen", insert, told)


def _read_seen(document: beside.Document) -> None:
    """Clients who were seen in a list, as it was kept beside the database."""
    user = User.get(login=document["login"])
    place = next(each for each in PLACES if each == document["place"])
    at, on = document["at"], document["on"]
    moment, day = datetime.datetime.fromisoformat(at), datetime.date.fromisoformat(on)
    seen = (erased_numbers.anybody(str(each)) for each in document["client_nos"])
    note_seen(user, [each.client_no for each in seen if each], place, moment, day)
    if document["line"]:
        audit_log.read(document["line"])


def _read_look(document: beside.Document) -> None:
    """The row of a look that was kept beside the database; nothing where it is there already."""
    user = User.get(login=document["login"])
    client = erased_numbers.anybody(document["client_no"])
    if client is None:
        return
    at = datetime.datetime.fromisoformat(document["at"])
    is_it = (CardView.user == user) & (CardView.client == client) & (CardView.at == at)
    if not CardView.select().where(is_it).exists():
        on = document.get("on")  # the version before did not say it
        seen_on = datetime.date.fromisoformat(on) if on else None
        CardView.create(user=user, client=client, at=at, seen_on=seen_on)


beside.reads("look", _read_look)
beside.reads("seen", _read_seen)


def bring_in() -> bool:
    """Write what is kept beside the database, looks and lines of the audit log; whether more waits."""
    return beside.bring_in()


def bring_all_in() -> None:
    """The same, until none waits."""
    beside.bring_all_in()


def views(
    client_no: str | None = None,
    login: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[ViewLine]:
    """The looks at clients, the latest first; of one client, by one person, or all.

    `limit` looks at the most, after the first `offset` of them.
    """
    bring_in()
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
        yield ViewLine(each.at, each.user.login, each.user.name, each.client.client_no, each.place)
