"""How SQLite finds the rows of every statement that a test runs, by its own word.

The plan does not depend on the rows of a book, since nobody runs ANALYZE there; it depends on the text
of the statement alone. So a small book tells of a large one, as long as its statements are the same.
"""

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import peewee

GROWING = ("policy", "client", "touchpoint", "message", "task", "card_entry", "premium")
"""The tables that are as large as the book, or grow with every day."""

OF_WHAT_IS_OPEN = (
    *("message_queued", "message_sending", "message_unknown", "task_open", "task_open_policy"),
    *("task_open_client", "client_timezone", "client_death_asked", "card_entry_moves", "halt_open"),
)
"""Indexes of a few rows, such as those that wait: to read all of one is what it is for."""

_QUERY = re.compile(r"\s*(SELECT|WITH|UPDATE|INSERT|DELETE|REPLACE)\b", re.IGNORECASE)
_NAMED = re.compile(rf'"?\b({"|".join(GROWING)})"?(?:\s+AS)?\s+"?(\w+)"?', re.IGNORECASE)
_NO_NAMES = frozenset(
    [
        *("where", "on", "join", "left", "cross", "inner", "order", "group", "set", "using"),
        *("union", "limit", "values", "select"),
    ]
)
"""What may stand behind the name of a table and is not what it is called."""

_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
_AUTOMATIC = re.compile(r"\w+ (\w+) USING AUTOMATIC")
_NOTHING = re.compile(r"WHERE \(?0 = 1\)?")
"""A condition that peewee writes for an empty list: no row is read."""


class _Step(NamedTuple):
    """A line of EXPLAIN QUERY PLAN."""

    number: int
    parent: int
    unused: int
    text: str


@dataclass
class Statement:
    """A statement that was run, and how SQLite finds its rows."""

    sql: str
    steps: Sequence[_Step] = field(repr=False)

    def faults(self, once: Collection[str] = ()) -> Iterator[str]:
        """What in it costs as much as the book is large.

        Of the tables `once` it may read each row, but not for each row of something else.
        """
        if _NOTHING.search(self.sql):
            return
        large = self._large()
        for step in self.steps:
            read = self._read_whole(step, large)
            is_dear = read and (read not in once or self._repeated(step))
            if is_dear or self._indexes_a_table(step):
                yield step.text

    def told(self) -> str:
        """Its text from the first table on, as far as one can read it."""
        text = " ".join(self.sql.split())
        return text[max(0, text.find(" FROM ")) :][:400]

    def _large(self) -> dict[str, str]:
        """The tables that grow, by each name that it calls them by."""
        named = {name: table for table, name in _NAMED.findall(self.sql) if name not in _NO_NAMES}
        return named | {each: each for each in GROWING}

    def _read_whole(self, step: _Step, large: Mapping[str, str]) -> str | None:
        """The table that grows of which the step reads every row."""
        scan = _SCAN.match(step.text)
        return large.get(scan[1]) if scan and scan[2] not in OF_WHAT_IS_OPEN else None

    def _indexes_a_table(self, step: _Step) -> bool:
        """Whether an index is made for it alone; over what the statement has counted up it is small."""
        made = _AUTOMATIC.match(step.text)
        return bool(made and not re.search(rf"\b{made[1]} \([^()]*\) AS \(", self.sql))

    def _repeated(self, step: _Step) -> bool:
        """Whether it is done for each row of another: inside of its loop, or of its condition."""
        above = {each.number: each for each in self.steps}
        first = next(each for each in self.steps if each.parent == step.parent)
        parent = above.get(step.parent)
        while parent and "CORRELATED" not in parent.text:
            parent = above.get(parent.parent)
        return first is not step or parent is not None


class Listening(sqlite3.Connection):
    """A connection that asks for the plan of each statement before it runs it, whoever sends it."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.told: dict[str, Statement] = {}
        self.count = 0

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _Cursor)

    def look_at(self, sql: str, values: Any) -> None:
        self.count += 1
        if sql not in self.told and _QUERY.match(sql):
            plain = super().cursor(sqlite3.Cursor)
            steps = [_Step(*row) for row in plain.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
            self.told[sql] = Statement(sql, steps)


class _Cursor(sqlite3.Cursor):
    connection: Listening

    def execute(self, sql: str, values: Any = (), /) -> "_Cursor":
        self.connection.look_at(sql, values)
        super().execute(sql, values)
        return self

    def executemany(self, sql: str, rows: Iterable[Any], /) -> "_Cursor":
        known = list(rows)
        if known:
            self.connection.look_at(sql, known[0])
        super().executemany(sql, known)
        return self


@contextmanager
def listening(book: peewee.Database) -> Iterator[Listening]:
    """The book's connection, made anew, so that it hears every statement: single ones and batches."""
    book.close()
    params: dict[str, Any] = book.connect_params
    params["factory"] = Listening
    try:
        book.connect()
        connection = book.connection()
        assert isinstance(connection, Listening)
        yield connection
    finally:
        del params["factory"]


def faults(statements: Iterable[Statement], once: Collection[str] = ()) -> list[str]:
    """The steps that read a table as a whole, each with its statement; `once` as `Statement.faults`."""
    return [f"{each} <- {one.told()}" for one in statements for each in one.faults(once)]
