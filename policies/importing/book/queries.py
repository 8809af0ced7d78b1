"""The questions that an import asks of the book."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

import peewee

from policies import database, dialect, inforce, models, persons, records
from policies.importing.book.rows import InstalmentRow, Row
from policies.records import Record

R = TypeVar("R", bound=Row)


def known(model: type[peewee.Model], kind: type[R], key: str, keys: Iterable[str]) -> dict[str, R]:
    """Which of the numbers in the column `key` does the book know, and what does it say of them?"""
    names, table = ", ".join(records.columns(kind)), database.table_of(model)
    rows: dict[str, R] = {}
    for some in database.chunks(_up_to_the_last(table, key, dict.fromkeys(keys))):
        condition, values = dialect.among(key, some)
        sql = f"SELECT {names} FROM {table} WHERE {condition}"
        rows.update((getattr(each, key), each) for each in records.listed(kind, sql, values))
    return rows


def _up_to_the_last(table: str, key: str, keys: Collection[str]) -> Collection[str]:
    """Those of some numbers that may be in a table: a new book comes in the order of its numbers.

    SQLite has texts in the order in which Python has them, PostgreSQL in that of its language.
    """
    last = database.value(f"SELECT MAX({key}) FROM {table}")
    if last is None or not database.is_sqlite():
        return keys if last is not None else []
    return [each for each in keys if each <= last]


class Marked(Record, frozen=True):
    """A policy that says what a row of a file said, and so do its client and its agent."""

    policy_no: str
    policy_id: int
    client_id: int
    agent_id: int
    mark: int


def marked(policy_nos: Collection[str]) -> dict[str, Marked]:
    """Which of these policies have a mark that holds: they, their client and agent are as they were?"""
    rows: dict[str, Marked] = {}
    for some in database.chunks(policy_nos):
        condition, values = dialect.among("p.policy_no", some)
        sql = f"""
            SELECT p.policy_no, p.id, p.client_id, p.agent_id, m.mark
            FROM policy p JOIN row_mark m ON m.policy_id = p.id AND m.policy_revision = p.revision
            JOIN client c ON c.id = p.client_id AND c.revision = m.client_revision
            JOIN agent a ON a.id = p.agent_id AND a.revision = m.agent_revision
            WHERE {condition}
        """
        rows.update((each.policy_no, each) for each in records.listed(Marked, sql, values))
    return rows


def are_any_marked() -> bool:
    """Has any policy a mark?"""
    return bool(database.value("SELECT EXISTS (SELECT 1 FROM row_mark)"))


def unmark(policy_ids: Collection[int]) -> None:
    """These policies have no mark any more."""
    for some in database.chunks(policy_ids):
        condition, values = dialect.among("policy_id", some)
        database.execute(f"DELETE FROM row_mark WHERE {condition}", values)


class Unit(Record, frozen=True):
    """The names of a team and its branch."""

    branch: str = ""
    team: str = ""


class _AgentUnit(Unit, frozen=True, kw_only=True):
    agent_no: str


def units_of(agent_nos: Collection[str]) -> dict[str, Unit]:
    """In which branch and team does each agent stand, by number?"""
    units: dict[str, Unit] = {}
    for some in database.chunks(agent_nos):
        condition, values = dialect.among("a.agent_no", some)
        sql = (
            "SELECT COALESCE(b.name, ''), COALESCE(t.name, ''), a.agent_no FROM agent a"
            " LEFT JOIN team t ON t.id = a.team_id LEFT JOIN branch b ON b.id = t.branch_id"
            f" WHERE {condition}"
        )
        units.update((each.agent_no, each) for each in records.listed(_AgentUnit, sql, values))
    return units


def open_reassignments() -> dict[int, set[int]]:
    """The agents from whom each policy, by id, was reassigned since a book last agreed."""
    earlier: defaultdict[int, set[int]] = defaultdict(set)
    sql = "SELECT policy_id, from_agent_id FROM handing WHERE agreed_on IS NULL"
    for policy_id, agent_id in database.execute(sql):
        earlier[policy_id].add(agent_id)
    return dict(earlier)


def agree_to_reassignments(policy_ids: Iterable[int], on: str) -> None:
    """A book has agreed to the reassignment of these policies on a day."""
    for some in database.chunks(policy_ids):
        condition, values = dialect.among("policy_id", some)
        sql = f"UPDATE handing SET agreed_on = ? WHERE {condition} AND agreed_on IS NULL"
        database.execute(sql, [on, *values])


def numbers_of(model: type[models.Numbered], column: str, ids: Collection[int]) -> dict[int, str]:
    """By which numbers do people know the rows of these ids?"""
    numbers: dict[int, str] = {}
    for some in database.chunks(ids):
        condition, values = dialect.among("id", some)
        sql = f"SELECT id, {column} FROM {database.table_of(model)} WHERE {condition}"
        numbers.update(database.execute(sql, values))
    return numbers


def numbers_in(model: type[models.Numbered], column: str, numbers: Collection[str]) -> set[str]:
    """Which of these numbers does the book know?"""
    found: set[str] = set()
    for some in database.chunks(numbers):
        condition, values = dialect.among(column, some)
        sql = f"SELECT {column} FROM {database.table_of(model)} WHERE {condition}"
        found.update(number for (number,) in database.execute(sql, values))
    return found


SAMPLE = 1000
"""Of so many numbers the others are taken to be like them."""


def lengths_of_zeros(model: type[models.Numbered], column: str) -> list[int]:
    """How long the book's numbers are that begin with a zero."""
    table = database.table_of(model)
    return database.numbers(
        f"""SELECT DISTINCT LENGTH({column}) FROM (SELECT {column} FROM {table}
            WHERE {column} >= '0' AND {column} < '1' LIMIT {SAMPLE}) AS zeros"""
    )


def are_any(model: type[peewee.Model]) -> bool:
    """Is there any row of a table?"""
    return bool(database.value(f"SELECT EXISTS (SELECT 1 FROM {database.table_of(model)})"))


class Owned(Record, frozen=True):
    """A policy, whose it is, and what is paid for it."""

    policy_no: str
    id: int
    client_id: int
    annual_premium: int
    payment_mode: str


def owned(policy_nos: Collection[str]) -> dict[str, Owned]:
    """Which of these policies does the book know, whose are they, and what is paid?"""
    policies: dict[str, Owned] = {}
    for some in database.chunks(policy_nos):
        names = ", ".join(records.columns(Owned))
        condition, values = dialect.among("policy_no", some)
        sql = f"SELECT {names} FROM policy WHERE {condition}"
        policies.update((each.policy_no, each) for each in records.listed(Owned, sql, values))
    return policies


class Terms(Record, frozen=True):
    """When a policy was issued, and how often its premium is paid."""

    id: int
    issue_date: datetime.date
    payment_mode: str


def terms(policy_ids: Collection[int]) -> dict[int, Terms]:
    """The terms of these policies, by id."""
    found: dict[int, Terms] = {}
    for some in database.chunks(policy_ids):
        condition, values = dialect.among("id", some)
        sql = f"SELECT id, issue_date, payment_mode FROM policy WHERE {condition}"
        found.update((each.id, each) for each in records.listed(Terms, sql, values))
    return found


def ask_of_death(client_ids: Collection[int], on: datetime.date) -> set[int]:
    """Ask whether these clients have died, from a day on; answers with those of whom it is asked.

    Other numbers of theirs are among those.
    """
    alive: set[int] = set()
    for some in database.chunks(persons.numbers(client_ids)):
        condition, values = dialect.among("id", some)
        among = f"{condition} AND deceased_on IS NULL"
        sql = f"UPDATE client SET death_asked_on = '{on}' WHERE {among} AND death_asked_on IS NULL"
        database.execute(sql, values)
        found = database.execute(f"SELECT id FROM client WHERE {among}", values)
        alive.update(number for (number,) in found)
    return alive


def stop_asking(client_ids: Collection[int]) -> None:
    """Ask no more whether these clients have died, unless another policy of theirs asks it."""
    for some in database.chunks(persons.numbers(client_ids)):
        condition, values = dialect.among("id", some)
        database.execute(
            f"""
            UPDATE client SET death_asked_on = NULL
            WHERE {condition} AND death_asked_on IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM policy p WHERE p.client_id = client.id AND p.status = 'claim')
                AND NOT EXISTS (SELECT 1 FROM client o JOIN policy p ON p.client_id = o.id
                    WHERE o.person_id = client.person_id AND p.status = 'claim')
            """,
            values,
        )


Key = tuple[int, datetime.date]
"""An instalment: the policy's id and the due date."""


def instalments(
    policy_ids: Collection[int], due_dates: Collection[datetime.date]
) -> dict[Key, InstalmentRow]:
    """Which instalments of these policies fall due from the first to the last of the dates?

    A span costs a look into the index per policy; a list of dates would cost one per policy and date.
    """
    rows: dict[Key, InstalmentRow] = {}
    for some in database.chunks(policy_ids) if due_dates else ():
        condition, values = dialect.among("policy_id", some)
        sql = (
            f"SELECT {', '.join(records.columns(InstalmentRow))} FROM premium"
            f" WHERE {condition} AND due_date BETWEEN ? AND ?"
        )
        span = [min(due_dates).isoformat(), max(due_dates).isoformat()]
        found = records.listed(InstalmentRow, sql, [*values, *span])
        rows.update(((each.policy_id, each.due_date), each) for each in found)
    return rows


def with_ledger(policy_ids: Collection[int], mark: int) -> set[int]:
    """Which of these policies had an instalment before the one with id `mark` was the last?"""
    found: set[int] = set()
    for some in database.chunks(policy_ids):
        condition, values = dialect.among("policy_id", some)
        sql = f"SELECT DISTINCT policy_id FROM premium WHERE {condition} AND id <= {mark:d}"
        found.update(database.numbers(sql, values))
    return found


class _FirstUnpaid(Record, frozen=True):
    policy_id: int
    due_date: datetime.date


def first_unpaid(policy_ids: Collection[int]) -> dict[int, datetime.date]:
    """When fell the first instalment of these policies due that asks for money and is not paid?"""
    found: dict[int, datetime.date] = {}
    for some in database.chunks(policy_ids):
        condition, values = dialect.among("policy_id", some)
        sql = (
            f"SELECT policy_id, MIN(due_date) FROM premium WHERE {condition}"
            " AND paid_on IS NULL AND amount > 0 GROUP BY policy_id"
        )
        rows = records.listed(_FirstUnpaid, sql, values)
        found.update((each.policy_id, each.due_date) for each in rows)
    return found


# ------------------------------------------------------------------- what a complete file leaves out


def branches_of(agent_ids: Iterable[int]) -> set[int]:
    """In which branches, by id, do these agents stand? 0: in none."""
    found: set[int] = set()
    for some in database.chunks(agent_ids):
        condition, values = dialect.among("a.id", some)
        sql = (
            "SELECT DISTINCT COALESCE(t.branch_id, 0) FROM agent a"
            f" LEFT JOIN team t ON t.id = a.team_id WHERE {condition}"
        )
        found.update(database.numbers(sql, values))
    return found


class ServedPolicy(Record, frozen=True):
    """A policy in service that a complete file could have named."""

    id: int
    policy_no: str
    client_id: int
    left_out_times: int


_AGENT_OF_THE_BOOK = """
    COALESCE((SELECT h.from_agent_id FROM handing h
              WHERE h.policy_id = p.id AND h.agreed_on IS NULL ORDER BY h.id LIMIT 1), p.agent_id)
"""
"""Of a policy that a person has reassigned: until a book agrees, it comes in its earlier agent's file."""


def served(on: datetime.date, branches: Collection[int] | None) -> Iterator[list[ServedPolicy]]:
    """The policies that have not ended on a day and are not paused as left out, a page at a time.

    `branches`: only of these, by id, 0 being none; None: of the whole book. Each page is read when it
    is asked for, so that those before it may have been changed.
    """
    conditions = [inforce.not_ended("p", on), f"NOT ({inforce.left_out('p')})"]
    if branches is not None:
        numbers = ", ".join(map(str, sorted(branches))) or "NULL"
        conditions.append(f"COALESCE(t.branch_id, 0) IN ({numbers})")
    sql = f"""
        SELECT p.id, p.policy_no, p.client_id, p.left_out_times
        FROM policy p JOIN agent a ON a.id = {_AGENT_OF_THE_BOOK}
        LEFT JOIN team t ON t.id = a.team_id
        WHERE p.id > ? AND {" AND ".join(conditions)}
        ORDER BY p.id LIMIT {database.BATCH_ROWS:d}
    """
    after = 0
    while page := records.listed(ServedPolicy, sql, [after]):
        yield page
        after = page[-1].id


class OwnedInstalment(InstalmentRow, frozen=True):
    """An instalment with its policy's number and client."""

    policy_no: str
    client_id: int


def ledgers(policy_ids: Collection[int]) -> list[OwnedInstalment]:
    """All instalments of these policies, policy by policy."""
    columns = ", ".join(f"i.{each}" for each in records.columns(InstalmentRow))
    condition, values = dialect.among("i.policy_id", policy_ids)
    sql = f"""
        SELECT {columns}, p.policy_no, p.client_id FROM premium i JOIN policy p ON p.id = i.policy_id
        WHERE {condition} ORDER BY i.policy_id, i.due_date
    """
    return records.listed(OwnedInstalment, sql, values)


def delete_instalments(ids: Iterable[int]) -> None:
    """They stand in the book no more."""
    for some in database.chunks(ids):
        condition, values = dialect.among("id", some)
        database.execute(f"DELETE FROM premium WHERE {condition}", values)
