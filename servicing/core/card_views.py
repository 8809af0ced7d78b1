"""Looks at clients' cards: each is recorded with its user and moment."""

import datetime
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee

from policies import database, models, patience, whole
from policies.models import Client
from servicing.core.account_models import CardView, User

FOLDER = "looks"
"""Beside the database."""

MOST_AT_ONCE = 500
"""Looks that are brought in together."""


@dataclass(frozen=True)
class ViewLine:
    """A user's look at a client's card."""

    at: datetime.datetime
    login: str
    user_name: str
    client_no: str


def looked_at(user: User, client_id: int, now: datetime.datetime) -> None:
    """Note that the user looked at a card; nobody waits for another writer to be shown one.

    While an import has SQLite's one writer's lock, the look is kept as a file of its own in the folder
    `looks/` beside the database. The next look brings it in, and so does whoever lists them.
    """
    if _noted(lambda: [(user.id, client_id, models.stored(now))]):
        bring_in()
    else:
        _keep(user, client_id, now)


def _noted(read: Callable[[], list[tuple[Any, ...]]]) -> bool:
    """Write looks, read while nobody else writes; False where somebody else is writing."""
    try:
        with patience.soon(0), database.writing():
            database.insert_rows(CardView, ("user_id", "client_id", "at"), read())
    except peewee.OperationalError as error:
        if patience.is_busy(error):
            return False
        raise
    return True


def _keep(user: User, client_id: int, now: datetime.datetime) -> None:
    """A file that says the same; numbers of rows would mean others in another copy of the book."""
    folder = _folder()
    assert folder  # only SQLite in a file has one writer
    whole.folder(folder)
    client_no = Client.get_by_id(client_id).client_no
    look = {"login": user.login, "client_no": client_no, "at": now.isoformat()}
    with whole.written(folder / f"{uuid.uuid4().hex}.json") as draft:
        draft.write_text(json.dumps(look), encoding="utf-8")


def _folder() -> Path | None:
    """Where looks are kept that could not be written; None: no other writer can be in the way."""
    if not database.is_sqlite():
        return None
    path = str(database.database.obj.database)
    return None if path == ":memory:" else Path(path).parent / FOLDER


def bring_in() -> bool:
    """Write the looks that are kept beside the database, unless somebody else is writing.

    Several may do so at a time: each look is looked for in the database when nobody else writes there.
    Answers with whether more of them wait.
    """
    folder = _folder()
    if folder is None or not folder.is_dir():
        return False
    waiting = sorted(folder.glob("*.json"))
    files = waiting[:MOST_AT_ONCE]
    if files and _noted(lambda: [row for each in files if (row := _row(each))]):
        for each in files:
            each.unlink(missing_ok=True)
        return len(waiting) > len(files)
    return False


def bring_all_in() -> None:
    """The same, until none waits."""
    while bring_in():
        pass


def _row(file: Path) -> tuple[int, int, Any] | None:
    """The row of a look; None where it is there already, or nobody is of that name any more."""
    try:
        look = json.loads(file.read_text(encoding="utf-8"))
        user, client = User.get(login=look["login"]), Client.get(client_no=look["client_no"])
        at = datetime.datetime.fromisoformat(look["at"])
    except (OSError, ValueError, KeyError, TypeError, peewee.DoesNotExist):
        return None
    is_it = (CardView.user == user) & (CardView.client == client) & (CardView.at == at)
    is_there = CardView.select().where(is_it).exists()
    return None if is_there else (user.id, client.id, models.stored(at))


def views(
    client_no: str | None = None,
    login: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[ViewLine]:
    """The looks at cards, the latest first; of one client, by one person, or all.

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
        yield ViewLine(each.at, each.user.login, each.user.name, each.client.client_no)
