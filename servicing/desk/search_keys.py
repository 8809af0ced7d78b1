"""Under which words clients are found among a million, and how these are kept in step with the book.

An import writes none of them. A job goes through the clients, a stretch of numbers at a time, and makes
those anew whose `revision` is another than when they were made; it needs a moment for what has not
changed. What came into the book since its last turn is looked at one by one, as far as that is little.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from policies import database, dialect, records
from policies.models import Client
from policies.records import Record
from servicing.core.runtime import IsOver
from servicing.desk import names
from servicing.desk.names import Asked, Named

STRETCH = 10_000
"""Numbers of clients that are compared by one statement."""

BATCH = 500
"""Clients whose words are written in one transaction: nobody waits for it for long."""

POLICIES = 5_000
"""The same of policies, which have one word each."""

MOST_HELD = 2_000
"""So many policies whose numbers end alike are looked at; whoever means another types more."""

MOST_NAMED = 60
"""So many clients of a beginning are taken, where a name is not compared any further."""

MOST_FRESH = 1_000
"""So many clients without words are looked at one by one."""

Row = Sequence[Any]


class _Client(Record, frozen=True):
    """A client as they are found."""

    id: int
    name: str
    phone: str
    revision: int
    is_erased: bool


# ------------------------------------------------------------------------------- kept in step


def bring_up_to_date(is_over: IsOver) -> int:
    """Make what is missing or was made of another name or telephone; how many clients and policies.

    Ends early once `is_over` says so, and goes on there the next time.
    """
    done = 0
    for some in _changed(is_over):
        _make(some)
        done += len(some)
    while not is_over() and (fresh := _fresh_policies()):
        tails = [(names.tail(policy_no), number) for number, policy_no in fresh]
        with database.writing():
            _insert("policy_tail", ("tail", "policy_id"), tails)
        done += len(fresh)
    return done


def _changed(is_over: IsOver) -> Iterator[list[_Client]]:
    """Those whose words are not those of today, in batches."""
    last = int(database.value("SELECT COALESCE(MAX(id), 0) FROM client"))
    for first in range(0, last, STRETCH):
        if is_over():
            return
        sql = """
            SELECT c.id, c.name, c.phone, c.revision, c.erased_on IS NOT NULL
            FROM client c LEFT JOIN client_key k ON k.client_id = c.id
            WHERE c.id > ? AND c.id <= ? AND (k.revision IS NULL OR k.revision <> c.revision)
            ORDER BY c.id
        """
        found = records.listed(_Client, sql, [first, first + STRETCH])
        yield from database.chunks(found, BATCH)


def _make(found: Sequence[_Client]) -> None:
    """Write the words of those who are as they were found; who has changed meanwhile comes next time."""
    with database.writing():
        revisions = _kept_still([each.id for each in found])
        clients = [each for each in found if revisions.get(each.id) == each.revision]
        words = [(word, each.id) for each in clients for word in _words(each)]
        keys = [(each.id, each.revision) for each in clients]
        forget([each.id for each in clients])
        _insert("client_word", ("word", "client_id"), words)
        _insert("client_key", ("client_id", "revision"), keys)


def _kept_still(client_ids: Sequence[int]) -> dict[int, int]:
    """The revisions of clients, whom nobody erases or renames until the transaction ends.

    We wait for nobody who is just doing so: those are left out.
    """
    sql = f"SELECT id, revision FROM client WHERE id IN ({dialect.marks(client_ids)})"
    kept = "" if database.is_sqlite() else " FOR SHARE SKIP LOCKED"
    return dict(database.execute(f"{sql}{kept}", list(client_ids)))


def _words(client: _Client) -> Iterable[str]:
    if client.is_erased:
        return ()
    found = {*names.words(client.name), names.tail(client.phone)}
    return found - {""}


def _fresh_policies() -> list[Row]:
    sql = """
        SELECT p.id, p.policy_no FROM policy p
        WHERE p.id > (SELECT COALESCE(MAX(policy_id), 0) FROM policy_tail) ORDER BY p.id LIMIT ?
    """
    return list(database.execute(sql, [POLICIES]))


def _insert(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"
    database.execute_many(sql, rows)


def forget(client_ids: Sequence[int]) -> None:
    """Nobody is found by these words any more; in the transaction that we are in."""
    rows = [(each,) for each in client_ids]
    database.execute_many("DELETE FROM client_word WHERE client_id = ?", rows)
    database.execute_many("DELETE FROM client_key WHERE client_id = ?", rows)


# ------------------------------------------------------------------------------------- asked


@dataclass(frozen=True)
class Meant:
    """Whom one may mean, as far as it was looked for."""

    named: list[int]
    """By a word, the shortest first; only whom the condition lets through."""
    others: list[int]
    """By the end of a policy's number, or without words so far: the condition was not asked."""
    is_cut: bool
    """More words begin alike than were looked at."""
    is_behind: bool
    """More clients have no words yet than are looked at one by one."""


def meant(asked: Asked, is_seen: Any, most: int) -> Meant:
    """The clients, by id, who may be meant: by a word of their name, or by the last digits of theirs.

    `is_seen`: a condition on clients; `most`: so many words that begin alike are looked at.
    """
    word = asked.beginning or asked.tail
    found = _beginning_with(word, is_seen, most, asked.is_in_characters) if word else []
    named = [number for number, name in found if asked.tail or names.is_named(asked, name)]
    others = _holding(asked.tail) if asked.tail else []
    fresh = _without_words(MOST_FRESH + 1)
    for each in fresh[:MOST_FRESH]:
        if not each.is_erased and names.is_meant(asked, Named(each.name, each.phone, ())):
            others.append(each.id)
    is_cut = bool(word) and _is_beyond(word, most)
    return Meant(list(dict.fromkeys(named)), others, is_cut, len(fresh) > MOST_FRESH)


_WORDS: Any = peewee.Table("client_word", ("word", "client_id"))


def _beginning_with(word: str, is_seen: Any, most: int, is_whole: bool) -> list[tuple[int, str]]:
    """Clients of whom a word begins so: the first of them, or all where their names are compared yet."""
    is_it = (_WORDS.word >= word) & (_WORDS.word < _behind(word))
    some = _WORDS.select(_WORDS.word, _WORDS.client_id).where(is_it)
    some = some.order_by(_WORDS.word, _WORDS.client_id).limit(most).alias("w")
    query: Any = Client.select(Client.id, Client.name).join(some, on=some.c.client_id == Client.id)
    query = query.where(is_seen)
    if (
        not database.is_sqlite()
    ):  # which keeps the order of the words, and would sort them all again
        query = query.order_by(some.c.word, some.c.client_id)
    return list((query if is_whole else query.limit(MOST_NAMED)).tuples())


def _is_beyond(word: str, most: int) -> bool:
    sql = "SELECT 1 FROM client_word w WHERE w.word >= ? AND w.word < ? LIMIT 1 OFFSET ?"
    return database.execute(sql, [word, _behind(word), most]).fetchone() is not None


def _holding(tail: str) -> list[int]:
    sql = """
        SELECT p.client_id FROM policy_tail w JOIN policy p ON p.id = w.policy_id
        WHERE w.tail >= ? AND w.tail < ? ORDER BY w.tail, w.policy_id LIMIT ?
    """
    return database.numbers(sql, [tail, _behind(tail), MOST_HELD])


def _behind(word: str) -> str:
    """The first word that does not begin so."""
    return word[:-1] + chr(ord(word[-1]) + 1)


def _without_words(limit: int) -> list[_Client]:
    """Those who came into the book since."""
    sql = """
        SELECT c.id, c.name, c.phone, c.revision, c.erased_on IS NOT NULL FROM client c
        WHERE c.id > (SELECT COALESCE(MAX(client_id), 0) FROM client_key) ORDER BY c.id LIMIT ?
    """
    return records.listed(_Client, sql, [limit])
