"""A manager hands policies over to those who serve them: a task of today for each, with a word.

It stands in the agent's day, on the card and in the calendar as any other task. A policy has one such
task at a time; a form that is sent twice is carried out once.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policies import database, records
from policies.records import Moment, Record
from servicing.core import audit_log, trail
from servicing.core.asked_models import AskedTask
from servicing.core.models import Task
from servicing.core.reasons import Reason
from servicing.month import queries
from servicing.month.queries import PolicyOfUnit

WITHIN = datetime.timedelta(days=30)
"""So long a task is worth doing where the grace ends earlier, or there is none."""

LOOK_BACK = datetime.timedelta(days=92)
"""What was handed over longer ago is in the list no more."""

LONGEST_WORD = 500
"""Letters."""


@dataclass(frozen=True)
class Word:
    """What a manager asks for: of whom, until when, in which words."""

    policies: Sequence[PolicyOfUnit]
    until: dict[int, datetime.date]
    """By policy: the last day on which it is worth doing, such as the end of grace."""
    text: str
    by: str
    """The manager's login."""
    press: str
    """Names the form: the same press is carried out once."""


@dataclass(frozen=True)
class Handed:
    """How many tasks came of it."""

    tasks: int
    open_already: int
    """Policies that have such a task already."""


class _TaskRow(Record, frozen=True):
    id: int
    policy_id: int
    client_id: int
    due_on: datetime.date
    show_on: datetime.date
    closes_on: datetime.date
    state: str
    reason: str
    note: str


class _AskedRow(Record, frozen=True):
    task_id: int
    policy_id: int
    asked_by: str
    asked_at: Moment
    press: str


def hand_over(word: Word, on: datetime.date, now: datetime.datetime) -> Handed:
    """A task of today for each policy that has none of the kind; the card says who asked for it."""
    with database.exclusive("asked tasks"):
        if word.press and AskedTask.select().where(AskedTask.press == word.press).exists():
            return Handed(0, len(word.policies))
        open_already = queries.asked_for([each.id for each in word.policies])
        news = [each for each in word.policies if each.id not in open_already]
        rows = list(_rows(news, word, on))
        records.insert(Task, rows)
        asked = (_AskedRow(each.id, each.policy_id, word.by, now, word.press) for each in rows)
        records.insert(AskedTask, asked)
        trail.write((_entry(each, word) for each in rows), now)
        if rows:
            clients = len({each.client_id for each in rows})
            audit_log.record("tasks.handed_over", now, tasks=len(rows), clients=clients)
    return Handed(len(rows), len(open_already))


def _rows(policies: Sequence[PolicyOfUnit], word: Word, on: datetime.date) -> Iterator[_TaskRow]:
    ids = database.reserve_ids(Task, len(policies))
    for number, each in zip(ids, policies, strict=True):
        yield _TaskRow(
            id=number,
            policy_id=each.id,
            client_id=each.client_id,
            due_on=on,
            show_on=on,
            closes_on=max(on + WITHIN, word.until.get(each.id, on)),
            state="open",
            reason=Reason.MANAGER_ASKS.value,
            note=word.text,
        )


def _entry(row: _TaskRow, word: Word) -> trail.Entry:
    facts = {"reason": row.reason, "note": word.text, "by": word.by}
    stated = trail.facts(**{name: value for name, value in facts.items() if value})
    return trail.Entry(row.client_id, row.policy_id, None, "task.open", stated)
