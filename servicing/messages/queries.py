"""Questions about messages, a function each: an operator's, and what counts against a client's caps."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from typing import Any

from policies import database, dialect, models, persons, records
from policies.records import Moment, Record
from servicing.core.models import LIVE, literally


class MessageLine(Record, frozen=True):
    """A message as an operator sees it in a list: without name, number or text."""

    id: int
    due_on: datetime.date
    touchpoint: str
    client_no: str
    policy_no: str
    channel: str
    state: str
    reason: str
    provider: str
    provider_ref: str
    attempts: int
    send_from: Moment | None


class Cause(Record, frozen=True):
    """How many messages of a day are in a state for a reason."""

    state: str
    reason: str
    count: int
    in_time: int
    """Of these, how many have a window that is still open."""


@dataclass(frozen=True)
class Wanted:
    """Which messages are meant; None: whatever it is."""

    on: datetime.date | None = None
    """The day on which they were due."""
    state: str | None = None
    touchpoint: str | None = None
    reason: str | None = None
    provider: str | None = None
    channel: str | None = None

    def condition(self) -> tuple[str, list[Any]]:
        """The condition on a message `m` of a touchpoint `t`, and what its marks stand for.

        The state stands there literally: only so can an index of what is in it be seen to serve.
        """
        named = ((_COLUMNS[each.name], getattr(self, each.name)) for each in fields(self))
        given = {column: value for column, value in named if value is not None}
        state = given.pop("m.state", None)
        wanted = [f"{column} = ?" for column in given]
        if state is not None:
            wanted.append(f"m.state = {literally(state).sql}")
        return " AND ".join(wanted) or "1 = 1", list(given.values())


_COLUMNS = {
    "on": "t.due_on",
    "state": "m.state",
    "touchpoint": "t.key",
    "reason": "m.reason",
    "provider": "m.provider",
    "channel": "m.channel",
}


def messages(wanted: Wanted, limit: int | None, offset: int) -> Iterator[MessageLine]:
    """The messages that are meant, oldest first. Read them inside a `database.snapshot`."""
    where, values = wanted.condition()
    if limit is not None:  # found first: of a whole day, client and policy are looked up for a page
        where = f"""m.id IN (
            SELECT m.id FROM message m JOIN touchpoint t ON t.id = m.touchpoint_id
            WHERE {where} ORDER BY t.due_on, t.id LIMIT {limit:d} OFFSET {offset:d})"""
    sql = f"""
        SELECT m.id, t.due_on, t.key, c.client_no, p.policy_no, m.channel, m.state,
               m.reason, m.provider, m.provider_ref, m.attempts, {dialect.moment("m.send_from")}
        FROM message m
        JOIN touchpoint t ON t.id = m.touchpoint_id
        JOIN client c ON c.id = m.client_id
        JOIN policy p ON p.id = m.policy_id
        WHERE {where} ORDER BY t.due_on, t.id
    """
    return records.read(MessageLine, sql, values)


class Alike(Record, frozen=True):
    """How many messages are alike: one state, reason, provider and touchpoint."""

    reason: str
    provider: str
    touchpoint: str
    count: int
    oldest: datetime.date
    """The first day on which one of them was due."""
    last: int
    """The highest number among them."""


def alike(wanted: Wanted) -> list[Alike]:
    """The messages that are meant, by what they are alike in; the largest number first."""
    where, values = wanted.condition()
    sql = f"""
        SELECT m.reason, m.provider, t.key, COUNT(*), MIN(t.due_on), MAX(m.id)
        FROM message m JOIN touchpoint t ON t.id = m.touchpoint_id
        WHERE {where} GROUP BY m.reason, m.provider, t.key
        ORDER BY COUNT(*) DESC, m.reason, m.provider, t.key
    """
    return records.listed(Alike, sql, values)


def numbers(wanted: Wanted, last: int, most: int) -> list[int]:
    """The first `most` of the messages that are meant, by number, up to the one numbered `last`."""
    where, values = wanted.condition()
    order = dialect.unindexed("m.id")
    sql = f"""
        SELECT m.id FROM message m JOIN touchpoint t ON t.id = m.touchpoint_id
        WHERE {where} AND {order} <= ? ORDER BY {order} LIMIT {most:d}
    """
    return database.numbers(sql, [*values, last])


class QueueLine(Record, frozen=True):
    """The messages of a touchpoint that wait for a channel."""

    touchpoint: str
    channel: str
    count: int
    oldest: datetime.date
    """The first day on which one of them was due."""


def queue(most: int) -> list[QueueLine]:
    """What waits to leave, by touchpoint and channel, the largest number first; of `most` at the most."""
    sql = f"""
        SELECT t.key, q.channel, COUNT(*), MIN(t.due_on)
        FROM (SELECT m.touchpoint_id, m.channel FROM message m
              WHERE m.state = 'queued' LIMIT {most:d}) q
        JOIN touchpoint t ON t.id = q.touchpoint_id
        GROUP BY t.key, q.channel ORDER BY COUNT(*) DESC, t.key, q.channel
    """
    return records.listed(QueueLine, sql)


class StateCount(Record, frozen=True):
    """How many messages of a day are in a state."""

    day: datetime.date
    state: str
    count: int


def states_of_days(days: Collection[datetime.date]) -> list[StateCount]:
    """The messages that were due on some days, by day and state."""
    sql = f"""
        SELECT t.due_on, m.state, COUNT(*)
        FROM touchpoint t JOIN message m ON m.touchpoint_id = t.id
        WHERE t.due_on IN ({dialect.marks(days)}) GROUP BY t.due_on, m.state
    """
    return records.listed(StateCount, sql, list(days))


def causes(on: datetime.date, now: datetime.datetime) -> list[Cause]:
    """The messages that were due on a day by state and reason, the most frequent first.

    `now` is the moment at which a window is open or closed.
    """
    sql = """
        SELECT m.state, m.reason, COUNT(*), SUM(CASE WHEN m.send_until > ? THEN 1 ELSE 0 END)
        FROM touchpoint t JOIN message m ON m.touchpoint_id = t.id
        WHERE t.due_on = ? GROUP BY m.state, m.reason ORDER BY COUNT(*) DESC, m.state, m.reason
    """
    return records.listed(Cause, sql, [models.stored(now), on])


def failed(on: datetime.date, state: str, reason: str) -> list[int]:
    """The messages of a day, by number, that came to one bad end for one reason."""
    sql = """
        SELECT m.id FROM touchpoint t JOIN message m ON m.touchpoint_id = t.id
        WHERE t.due_on = ? AND m.state = ? AND m.reason = ? ORDER BY m.id
    """
    return database.numbers(sql, [on, state, reason])


# ------------------------------------------------------------------------------------- the caps


class BookedMessage(Record, frozen=True):
    """A message that counts against a cap: a client has had it, or is to have it."""

    client_id: int
    planned_on: datetime.date


def booked(alias: str, since: datetime.date) -> str:
    """A message of a statement is marketing of that day or later that counts against the caps."""
    return (
        f"{alias}.message_class = 'marketing' AND {alias}.planned_on >= '{since}'"
        f" AND {alias}.state IN ({dialect.quoted(LIVE)})"
    )


def greeted(alias: str, since: datetime.date) -> str:
    """The same of a greeting, against the caps of greetings."""
    return (
        f"{alias}.is_greeting AND {alias}.planned_on >= '{since}'"
        f" AND {alias}.state IN ({dialect.quoted(LIVE)})"
    )


def marketing_days(
    clients: Collection[int], since: datetime.date
) -> dict[int, list[datetime.date]]:
    """By client, by id: the days since then of the marketing messages, those to come included.

    The numbers of one person have them together.
    """
    return _days(clients, booked("b", since))


def greeting_days(clients: Collection[int], since: datetime.date) -> dict[int, list[datetime.date]]:
    """The same of greetings."""
    return _days(clients, greeted("b", since))


def _days(clients: Collection[int], which: str) -> dict[int, list[datetime.date]]:
    """By client, by id: the days of the messages `b` that are meant; one person's together."""
    person_of = persons.by_number(clients)
    found: dict[int, list[datetime.date]] = {}
    for some in database.chunks({*clients, *person_of}):
        sql = (
            "SELECT b.client_id, b.planned_on FROM message b"
            f" WHERE b.client_id IN ({dialect.marks(some)}) AND {which}"
        )
        for each in records.listed(BookedMessage, sql, some):
            person = person_of.get(each.client_id, each.client_id)
            found.setdefault(person, []).append(each.planned_on)
    together = {number: found.setdefault(person, []) for number, person in person_of.items()}
    return {**found, **together}


class BookedGreeting(Record, frozen=True):
    """A greeting that counts against the caps, and which one it is."""

    client_id: int
    planned_on: datetime.date
    key: str
    occurrence: str


def greetings_of(clients: Collection[int], since: datetime.date) -> dict[int, list[BookedGreeting]]:
    """By client, by id: their greetings since then, those to come included; one person's together."""
    sql = f"""
        SELECT b.client_id, b.planned_on, t.key, t.occurrence
        FROM message b JOIN touchpoint t ON t.id = b.touchpoint_id
        WHERE b.client_id IN ({{marks}}) AND {greeted("b", since)}
    """
    person_of = persons.by_number(clients)
    found: dict[int, list[BookedGreeting]] = {}
    for some in database.chunks({*clients, *person_of}):
        asked = sql.format(marks=dialect.marks(some))
        for each in records.listed(BookedGreeting, asked, some):
            person = person_of.get(each.client_id, each.client_id)
            found.setdefault(person, []).append(each)
    together = {number: found.setdefault(person, []) for number, person in person_of.items()}
    return {**found, **together}


class Greeting(Record, frozen=True):
    """A greeting that a client has had, or is to have."""

    key: str
    """Its touchpoint."""
    planned_on: datetime.date


def greeting_between(client_id: int, first: datetime.date, last: datetime.date) -> Greeting | None:
    """The first greeting of a client, had or to come, of [first, last]."""
    sql = f"""
        SELECT t.key, b.planned_on FROM message b JOIN touchpoint t ON t.id = b.touchpoint_id
        WHERE b.client_id = ? AND {greeted("b", first)} AND b.planned_on <= '{last}'
        ORDER BY b.planned_on, b.id LIMIT 1
    """
    return records.first(Greeting, sql, [client_id])


class Near(Record, frozen=True):
    """A client who is to be greeted, and by which touchpoint."""

    client_id: int
    key: str


def not_made(keys: Collection[str], day: datetime.date, clients: Collection[int]) -> list[Near]:
    """Those of some clients for whom one of some greetings was recorded for a day and is not made yet."""
    found: list[Near] = []
    for some in database.chunks(clients):
        sql = f"""
            SELECT t.client_id, t.key FROM touchpoint t
            WHERE t.client_id IN ({dialect.marks(some)}) AND t.scope = 'client'
                AND t.key IN ({dialect.quoted(keys)}) AND t.due_on = '{day}' AND NOT t.released
                AND NOT EXISTS (SELECT 1 FROM message m WHERE m.touchpoint_id = t.id)
        """
        found += records.listed(Near, sql, some)
    return found


# ------------------------------------------------------------------------------------- addresses


class Address(Record, frozen=True):
    """An address of a client's."""

    kind: str
    """sms or email."""
    address: str


def fresh_addresses(since_client: int, since_entry: int) -> list[tuple[str, str]]:
    """The addresses of clients with a higher number, and of those whose cards say since a line that
    contact data have changed."""
    columns = (("sms", "phone"), ("email", "email"))
    changed = "SELECT e.client_id FROM card_entry e WHERE e.id > ? AND e.kind = 'contact.changed'"
    sql = " UNION ".join(
        f"SELECT '{kind}', {column} FROM client WHERE {column} <> '' AND {which}"
        for kind, column in columns
        for which in ("id > ?", f"id IN ({changed})")
    )
    found = records.listed(Address, sql, [since_client, since_entry] * len(columns))
    return [(each.kind, each.address) for each in found]


class Owner(Record, frozen=True):
    """A client whom an address, or a number, belongs to."""

    kind: str
    """sms, email or marketing, as a suppression has it."""
    subject: str
    """As suppressions compare it."""
    client_no: str
    name: str


def owners(subjects: Collection[str]) -> list[Owner]:
    """The clients who have one of some numbers or addresses, or are of such a client number."""
    email, asked = dialect.caseless("c.email"), list(subjects)
    marks = dialect.marks(asked)
    sql = f"""
        SELECT 'sms', c.phone, c.client_no, c.name FROM client c
        WHERE c.phone <> '' AND c.phone IN ({marks})
        UNION ALL
        SELECT 'email', {email}, c.client_no, c.name FROM client c
        WHERE c.email <> '' AND {email} IN ({marks})
        UNION ALL
        SELECT 'marketing', c.client_no, c.client_no, c.name FROM client c
        WHERE c.client_no IN ({marks})
        ORDER BY 3
    """
    return records.listed(Owner, sql, [*asked, *asked, *asked])
