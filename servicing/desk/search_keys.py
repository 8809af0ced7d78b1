"""Under which words clients are found among a million, and how these are kept in step with the book.

An import writes none of them. A job goes through the clients, a stretch of numbers at a time, and makes
those anew whose `revision` is another than when they were made; it needs a moment for what has not
changed. What came into the book since its last turn is looked at one by one, as far as that is little.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from policies import database, records
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

MOST_MEANT = 2_000
"""So many clients whose words begin alike are looked at; whoever means another types more."""

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


def _make(clients: Sequence[_Client]) -> None:
    words = [(word, each.id) for each in clients for word in _words(each)]
    keys = [(each.id, each.revision) for each in clients]
    with database.writing():
        forget([each.id for each in clients])
        _insert("client_word", ("word", "client_id"), words)
        _insert("client_key", ("client_id", "revision"), keys)


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
    for table in ("client_word", "client_key"):
        database.execute_many(
            f"DELETE FROM {table} WHERE client_id = ?", [(it,) for it in client_ids]
        )


# ------------------------------------------------------------------------------------- asked


def meant(asked: Asked) -> list[int]:
    """The clients, by id, who may be meant: by a word of their name, or by the last digits of theirs.

    The shortest words come first; at most `MOST_MEANT`.
    """
    found: list[int] = []
    if asked.beginning:
        found += [
            it for it, name in _beginning_with(asked.beginning) if names.is_named(asked, name)
        ]
    if asked.tail:
        found += [client_id for client_id, _ in _beginning_with(asked.tail)]
        found += _holding(asked.tail)
    found += _fresh(asked)
    return list(itertools.islice(dict.fromkeys(found), MOST_MEANT))


def is_behind() -> bool:
    """Whether more clients have no words yet than are looked at one by one."""
    return len(_without_words(MOST_FRESH + 1)) > MOST_FRESH


def _beginning_with(word: str) -> list[tuple[int, str]]:
    sql = """
        SELECT c.id, c.name FROM client_word w JOIN client c ON c.id = w.client_id
        WHERE w.word >= ? AND w.word < ? ORDER BY w.word, w.client_id LIMIT ?
    """
    return [*map(tuple, database.execute(sql, [word, _behind(word), MOST_MEANT]))]


def _holding(tail: str) -> list[int]:
    sql = """
        SELECT p.client_id FROM policy_tail w JOIN policy p ON p.id = w.policy_id
        WHERE w.tail >= ? AND w.tail < ? ORDER BY w.tail, w.policy_id LIMIT ?
    """
    return database.numbers(sql, [tail, _behind(tail), MOST_MEANT])


def _behind(word: str) -> str:
    """The first word that does not begin so."""
    return word[:-1] + chr(ord(word[-1]) + 1)


def _fresh(asked: Asked) -> list[int]:
    """Those who came into the book since, and are meant."""
    return [
        each.id
        for each in _without_words(MOST_FRESH)
        if not each.is_erased and names.is_meant(asked, Named(each.name, each.phone, ()))
    ]


def _without_words(limit: int) -> list[_Client]:
    sql = """
        SELECT c.id, c.name, c.phone, c.revision, c.erased_on IS NOT NULL FROM client c
        WHERE c.id > (SELECT COALESCE(MAX(client_id), 0) FROM client_key) ORDER BY c.id LIMIT ?
    """
    return records.listed(_Client, sql, [limit])
