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

GROWING = (
    *("policy", "client", "touchpoint", "message", "task", "card_entry", "premium"),
    "past_suspension",
    *("client_word", "client_key", "policy_tail"),
    *("case_file", "case_entry", "case_clock", "done_task"),
    *("survey_invitation", "survey_answer", "referral_ask", "lead"),
)
"""The tables that are as large as the book, or grow with every day."""

OF_WHAT_IS_OPEN = (
    *("message_queued", "message_sending", "message_unknown", "task_open", "task_open_policy"),
    *("task_open_client", "client_timezone", "client_death_asked", "card_entry_moves", "halt_open"),
    *("case_file_due", "case_file_owner", "case_file_open", "case_file_quiet"),
    *("case_file_desk", "case_file_untaken", "case_file_kind"),
    *("case_file_escalated", "lead_until", "lead_reach"),
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
_NOTHING = re.compile(r"(WHERE|AND) \(?0 = 1\b")
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


@dataclass
class Heard:
    """What was said to a book: each statement by its text, and how many there were, and their work."""

    told: dict[str, Statement] = field(default_factory=dict)
    count: int = 0
    instructions: int = 0
    """Of SQLite's own machine, to the next hundred of each statement."""

    def faults(self, *once: str) -> list[str]:
        """What reads a table as a whole; `once`: tables of which a figure reads every row."""
        return faults(self.told.values(), once)

    def look_at(self, connection: sqlite3.Connection, sql: str, values: Any) -> None:
        """Ask for the plan of a statement that is new."""
        self.count += 1
        if sql in self.told or not _QUERY.match(sql):
            return
        plain = sqlite3.Cursor(connection)
        steps = [_Step(*row) for row in plain.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        self.told[sql] = Statement(sql, steps)

    def work(self) -> None:
        """SQLite has done some more."""
        self.instructions += INSTRUCTIONS


INSTRUCTIONS = 100
"""So many are counted at a time."""


class _Listening(sqlite3.Connection):
    """A connection that asks for the plan of each statement before it runs it, whoever sends it."""

    heard: Heard

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _Cursor)


class _Cursor(sqlite3.Cursor):
    connection: _Listening

    def execute(self, sql: str, values: Any = (), /) -> "_Cursor":
        self.connection.heard.look_at(self.connection, sql, values)
        super().execute(sql, values)
        return self

    def executemany(self, sql: str, rows: Iterable[Any], /) -> "_Cursor":
        known = list(rows)
        for each in known[:1]:
            self.connection.heard.look_at(self.connection, sql, each)
        super().executemany(sql, known)
        return self


@contextmanager
def listening(book: peewee.Database) -> Iterator[Heard]:
    """The book's connections, made anew, so that they hear every statement: single ones and batches."""
    heard = Heard()

    def connected(*args: Any, **how: Any) -> sqlite3.Connection:
        connection = _Listening(*args, **how)
        connection.heard = heard
        return connection

    params: dict[str, Any] = book.connect_params
    book.close()
    params["factory"] = connected
    try:
        book.connect()
        yield heard
    finally:
        del params["factory"]


@contextmanager
def working(book: peewee.Database) -> Iterator[Heard]:
    """How much SQLite does meanwhile; and how many statements it is told, inside of `listening`."""
    connection = book.connection()
    heard = connection.heard if isinstance(connection, _Listening) else Heard()
    before = heard.count, heard.instructions
    connection.set_progress_handler(heard.work, INSTRUCTIONS)
    meanwhile = Heard()
    try:
        yield meanwhile
    finally:
        connection.set_progress_handler(None, 0)
        meanwhile.count = heard.count - before[0]
        meanwhile.instructions = heard.instructions - before[1]


def faults(statements: Iterable[Statement], once: Collection[str] = ()) -> list[str]:
    """The steps that read a table as a whole, each with its statement; `once` as `Statement.faults`."""
    return [f"{each} <- {one.told()}" for one in statements for each in one.faults(once)]
