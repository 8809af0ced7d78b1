"""The questions that an import asks of the book."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TypeVar

import peewee

from policies import database, dialect, models, records
from policies.importing.rows import InstalmentRow, Row
from policies.records import Record

R = TypeVar("R", bound=Row)


def known(model: type[peewee.Model], kind: type[R], key: str, keys: Iterable[str]) -> dict[str, R]:
    """Which of the numbers in the column `key` does the book know, and what does it say of them?"""
    names, table = ", ".join(records.columns(kind)), database.table_of(model)
    rows: dict[str, R] = {}
    for some in database.chunks(dict.fromkeys(keys)):
        sql = f"SELECT {names} FROM {table} WHERE {key} IN ({dialect.marks(some)})"
        rows.update((getattr(each, key), each) for each in records.listed(kind, sql, some))
    return rows


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
        sql = (
            "SELECT COALESCE(b.name, ''), COALESCE(t.name, ''), a.agent_no FROM agent a"
            " LEFT JOIN team t ON t.id = a.team_id LEFT JOIN branch b ON b.id = t.branch_id"
            f" WHERE a.agent_no IN ({dialect.marks(some)})"
        )
        units.update((each.agent_no, each) for each in records.listed(_AgentUnit, sql, some))
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
    sql = "UPDATE handing SET agreed_on = ? WHERE policy_id = ? AND agreed_on IS NULL"
    database.execute_many(sql, ((on, policy_id) for policy_id in policy_ids))


def numbers_of(model: type[models.Numbered], column: str, ids: Collection[int]) -> dict[int, str]:
    """By which numbers do people know the rows of these ids?"""
    numbers: dict[int, str] = {}
    for some in database.chunks(ids):
        sql = f"SELECT id, {column} FROM {database.table_of(model)} WHERE id IN "
        numbers.update(database.execute(f"{sql}({dialect.marks(some)})", some))
    return numbers


class Owned(Record, frozen=True):
    """A policy and whose it is."""

    policy_no: str
    id: int
    client_id: int


def owned(policy_nos: Collection[str]) -> dict[str, Owned]:
    """Which of these policies does the book know, and whose are they?"""
    policies: dict[str, Owned] = {}
    for some in database.chunks(policy_nos):
        sql = f"SELECT policy_no, id, client_id FROM policy WHERE policy_no IN ({dialect.marks(some)})"
        policies.update((each.policy_no, each) for each in records.listed(Owned, sql, some))
    return policies


Key = tuple[int, datetime.date]
"""An instalment: the policy's id and the due date."""


def instalments(
    policy_ids: Collection[int], due_dates: Collection[datetime.date]
) -> dict[Key, InstalmentRow]:
    """Which instalments of these policies fall due from the first to the last of the dates?

    A span costs a look into the index per policy; a list of dates would cost one per policy and date.
    """
    rows: dict[Key, InstalmentRow] = {}
    for some in database.chunks(policy_ids):
        sql = (
            f"SELECT {', '.join(records.columns(InstalmentRow))} FROM premium"
            f" WHERE policy_id IN ({dialect.marks(some)}) AND due_date BETWEEN ? AND ?"
        )
        span = [min(due_dates).isoformat(), max(due_dates).isoformat()]
        found = records.listed(InstalmentRow, sql, [*some, *span])
        rows.update(((each.policy_id, each.due_date), each) for each in found)
    return rows
