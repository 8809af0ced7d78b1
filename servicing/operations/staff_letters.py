"""Letters to people of the house: a round of them, once to each, handed to the provider of email."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import peewee

from policies import database
from servicing.channels import Accepted, Channel, Outgoing, Throttled, directory
from servicing.core.morning_models import MorningMail
from servicing.core.runtime import IsOver
from servicing.core.weekly_models import WeeklyMail
from servicing.operations.workspace import Workspace

Rows = type[MorningMail] | type[WeeklyMail]
Reader = TypeVar("Reader")

BEGUN, SENT, FAILED = "begun", "sent", "failed"
"""What becomes of a letter; `begun` stays where a process was killed meanwhile."""


@dataclass(frozen=True)
class StaffLetter:
    """Whom a letter goes to, and what it says."""

    name: str
    """What it is, such as `morning_mail`."""
    reference: str
    """Stands where the book's token would: no client's message has it."""
    number: int
    """Of the row that says that it was begun."""
    of: datetime.date
    """The day or the week that it is about: with the number it makes the reference."""
    address: str
    who: str
    locale: str
    subject: str
    body: str


def begins(space: Workspace, said: str, on: datetime.date) -> datetime.datetime:
    """When a round goes off on a day, by the clock of the book; `said`: the time that is set."""
    return datetime.datetime.combine(on, datetime.time.fromisoformat(said), space.zone)


def go_round(
    space: Workspace,
    rows: Rows,
    readers: Iterable[tuple[Reader, dict[str, Any]]],
    write: Callable[[Reader, int], StaffLetter | str],
    now: datetime.datetime,
    lasts: datetime.timedelta,
    is_over: IsOver,
    channel: Channel | None,
) -> Counter[str]:
    """Write to each reader once, whoever else is on the round; answers with how many, and how it went.

    `readers`: with what names the row of each. `write`: the letter with the number of that row, or the
    state that says why there is none. Ends early where the provider takes no more for now: the next
    time goes on. Raises `BadSetting` where the workspace has no provider of email.
    """
    done: Counter[str] = Counter()
    try:
        for reader, whose in readers:
            if is_over():
                break
            number = _begun(rows, whose, now)
            if number is None:
                continue
            channel = channel or directory.of(space.settings, space.home).route("email", "")
            letter = write(reader, number)
            state = letter if isinstance(letter, str) else _sent(space, channel, letter, now, lasts)
            if not state:
                rows.delete().where(rows.id == number).execute()
                break
            rows.update(state=state).where(rows.id == number).execute()
            done[state] += 1
    finally:
        if channel:
            channel.close()
    return done


def _begun(rows: Rows, whose: dict[str, Any], now: datetime.datetime) -> int | None:
    """The row by which nobody else writes the letter; None: somebody else has begun."""
    try:
        with database.writing():
            return int(rows.create(**whose, state=BEGUN, at=now).id)
    except peewee.IntegrityError:
        return None


def _sent(
    space: Workspace,
    channel: Channel,
    letter: StaffLetter,
    now: datetime.datetime,
    lasts: datetime.timedelta,
) -> str:
    """What became of a letter; empty: the provider takes none at present."""
    answer = channel.send(outgoing(space, letter, now, lasts))
    if isinstance(answer, Throttled):
        return ""
    return SENT if isinstance(answer, Accepted) else FAILED


def outgoing(
    space: Workspace, letter: StaffLetter, now: datetime.datetime, lasts: datetime.timedelta
) -> Outgoing:
    """The letter on its way; `lasts`: after so long it is not to arrive any more."""
    return Outgoing(
        id=letter.number,
        channel="email",
        address=letter.address,
        touchpoint=letter.name,
        template=letter.name,
        locale=letter.locale,
        params={},
        subject=f"{letter.subject} · {space.settings.servicing.company}",
        body=letter.body,
        parts=1,
        encoding="",
        message_class="service",
        planned_on=space.today(now),
        client_no="",
        policy_tail="",
        agent_name=letter.who,
        handed_over_at=now,
        not_after=now + lasts,
        token=letter.reference,
        mark=f"{letter.of:%Y%m%d}",
    )
