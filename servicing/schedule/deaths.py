"""A client has died, or is said to have; or is alive after all (domain.md §4.16).

Only a person says so: on the card, or by command. What follows for messages and tasks is drawn by the
same rules as everything else that the book says (`giving_back.bring_up_to_date`).
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies import database, persons, records
from policies.models import Client, Policy
from policies.records import Record
from servicing.core import errors, touched, trail
from servicing.core.asked_models import AskedTask
from servicing.core.models import Task, literally
from servicing.core.reasons import Reason
from servicing.corrections import asides, moving
from servicing.schedule import family, giving_back, queries
from servicing.schedule.family import Spared
from servicing.schedule.materialize import Walker
from servicing.schedule.queries import Unasked

CONDOLENCE_DAYS = datetime.timedelta(days=30)
"""How long the family may wait for a word and for help with the claim."""

ASKED_FOR = datetime.timedelta(days=366)
"""How long the question stays on the list."""


@dataclass(frozen=True)
class Report:
    """Who says so, and when."""

    by: str
    today: datetime.date
    now: datetime.datetime

    @property
    def day(self) -> datetime.date:
        """The book's day; of a book that is rehearsed, the last that was walked."""
        return max(self.today, queries.last_walked() or self.today)


def deceased(walker: Walker, client: Client, on: datetime.date, report: Report) -> None:
    """The client died on a day; said again, it may correct the day.

    Raises `BadArgument` for a day that is still to come, or before the client's birth.
    """
    with database.writing():
        numbers = _numbers(client, report)
        _refuse_impossible(client, numbers, on, report.day)
        news = [each for each in numbers if each.deceased_on != on or each.death_asked_on]
        if not news:
            return
        is_new = all(each.deceased_on is None for each in numbers)
        for each in news:
            _die(each, on, report)
        if is_new:
            _condole(numbers, max(on, report.day) + CONDOLENCE_DAYS, report)
        family.mourn(numbers, _spared(walker, report))
    giving_back.bring_up_to_date(walker, report.today, report.now)


def _numbers(client: Client, report: Report) -> list[Client]:
    """All numbers of a client; of those that nothing tells apart, also where no policy went between."""
    for other in persons.alike(client):
        moving.unite(Client.get_by_id(client.id), other, report.now)
    return persons.clients([client.id])


def _die(client: Client, on: datetime.date, report: Report) -> None:
    """Of one number of a client."""
    was = client.deceased_on
    _set(client, on)
    _write(client.id, "death.written", report, deceased_on=[was, on], by=report.by)
    _answered(client.id, report.now)
    if was is None:
        asides.cancel(asides.open_tasks(client.id), Reason.DECEASED, report.now)


def alive(walker: Walker, client: Client, report: Report) -> bool:
    """The client is alive: what a death or the question had stopped lives again inside its window.

    False where nobody had said or asked anything else.
    """
    with database.writing():
        numbers = persons.clients([client.id])
        if not any(each.deceased_on or each.death_asked_on for each in numbers):
            return False
        for each in numbers:
            _live(each, report)
        touched.note_clients(each.id for each in numbers)
        family.mourn(numbers, _spared(walker, report))
    giving_back.bring_up_to_date(walker, report.today, report.now)
    return True


def _live(client: Client, report: Report) -> None:
    """Of one number of a client."""
    was = client.deceased_on
    _set(client, None)
    _write(client.id, "death.withdrawn", report, deceased_on=[was, None], by=report.by)
    _answered(client.id, report.now)
    asides.cancel(_open_tasks(client.id, Reason.CONDOLENCE), Reason.ANSWERED, report.now)
    _reopen(client.id, report)


def _set(client: Client, on: datetime.date | None) -> None:
    """The day of death, or none; and nobody asks any more."""
    known = {"deceased_on": on, "death_asked_on": None}
    Client.update(**known).where(Client.id == client.id).execute()


def _spared(walker: Walker, report: Report) -> Spared:
    return Spared(walker.rules.bereaved_days, report.by, report.now)


def joined(walker: Walker, client: Client, report: Report) -> None:
    """Somebody was said to belong to the family of a client: one may have died, or has a birthday."""
    with database.writing():
        family.mourn([client], _spared(walker, report))
    giving_back.bring_up_to_date(walker, report.today, report.now)


def ask(today: datetime.date, now: datetime.datetime) -> int:
    """A task for every client of whom a policy that ended by claim asks for a death.

    Where it asks no more, because the claim was taken back, the task is cancelled.
    """
    with database.writing():
        answered = Task.select().where(Task.id.in_(queries.asked_no_more()))
        asides.cancel(list(answered), Reason.ANSWERED, now)
        day = max(today, queries.last_walked() or today)
        found = queries.unasked()
        _put((_question(each, day) for each in found), now)
    return len(found)


def _refuse_impossible(
    client: Client, numbers: Sequence[Client], on: datetime.date, today: datetime.date
) -> None:
    """A claim may say of a day of the book's that it has come."""
    is_claim = Policy.client.in_([each.id for each in numbers]) & (
        Policy.status == literally("claim")
    )
    claims = Policy.select(Policy.ended_on).where(is_claim)
    if on > max([today, *(each.ended_on for each in claims if each.ended_on)]):
        raise errors.BadArgument("death_to_come", on=on, today=today)
    if client.birthday and on < client.birthday:
        raise errors.BadArgument("death_before_birth", on=on, birthday=client.birthday)


# ------------------------------------------------------------------------------------------- tasks


class _TaskRow(Record, frozen=True):
    """A task for which nothing was due."""

    policy_id: int
    client_id: int
    due_on: datetime.date
    show_on: datetime.date
    closes_on: datetime.date
    state: str
    reason: str


def _question(of: Unasked, day: datetime.date) -> _TaskRow:
    closes_on = max(day, of.asked_on) + ASKED_FOR
    reason = Reason.CLAIM_ASKS.value
    return _TaskRow(of.policy_id, of.client_id, day, day, closes_on, "open", reason)


def _condole(numbers: Sequence[Client], closes_on: datetime.date, report: Report) -> None:
    """One for the agent who speaks to the client; none of a client without a policy."""
    found, day = queries.spokesman([each.id for each in numbers]), report.day
    if found is not None:
        policy_id, client_id = found
        reason = Reason.CONDOLENCE.value
        _put([_TaskRow(policy_id, client_id, day, day, closes_on, "open", reason)], report.now)


def _put(rows: Iterable[_TaskRow], now: datetime.datetime) -> None:
    opened = list(rows)
    records.insert(Task, opened)
    trail.write(map(_opened, opened), now)


def _opened(of: _TaskRow) -> trail.Entry:
    facts = trail.reasoned(reason=of.reason)
    return trail.Entry(of.client_id, of.policy_id, None, "task.open", facts)


def _open_tasks(client_id: int, reason: Reason) -> list[Task]:
    return [each for each in asides.open_tasks(client_id) if each.reason == reason]


def _answered(client_id: int, now: datetime.datetime) -> None:
    """Nobody has to find out any more whether the client has died."""
    asides.cancel(_open_tasks(client_id, Reason.CLAIM_ASKS), Reason.ANSWERED, now)


def _reopen(client_id: int, report: Report) -> None:
    """An answer that was owed to the client is owed again; what a manager asked for is asked anew."""
    is_theirs = (Task.client == client_id) & Task.touchpoint.is_null()
    is_theirs &= Task.id.not_in(AskedTask.select(AskedTask.task_id))
    is_theirs &= (Task.state == "cancelled") & (Task.reason == Reason.DECEASED.value)
    tasks = list(Task.select().where(is_theirs & (Task.closes_on >= report.day)))
    asides.reopen(tasks, report.now)


def _write(client_id: int, kind: str, report: Report, **facts: object) -> None:
    trail.write([trail.Entry(client_id, None, None, kind, trail.facts(**facts))], report.now)
