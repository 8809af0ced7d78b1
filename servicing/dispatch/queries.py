"""A dispatch's questions to the database, a function each."""

import datetime
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import peewee

from policies import database, dialect, models, records
from policies.models import Client
from policies.records import Record
from servicing.core import states
from servicing.core.models import CardEntry, Message, Touchpoint, literally
from servicing.core.states import Queued

# ------------------------------------------------------------------------------- what is to be sent


def queues() -> Iterator[str]:
    """The providers that have messages waiting: one step of the index each."""
    sql = "SELECT MIN(provider) FROM message WHERE state = 'queued' AND provider {} ?"
    found = database.value(sql.format(">="), ("",))
    while found is not None:
        yield found
        found = database.value(sql.format(">"), (found,))


def due(
    provider: str, now: datetime.datetime, limit: int, among: Sequence[int] | None
) -> list[Queued]:
    """Messages of a provider's queue that are due, kept from everybody else; `among` these, by id."""
    is_due = "state = 'queued' AND provider = ? AND send_from <= ?"
    if among is not None:
        is_due += f" AND id IN ({dialect.marks(among)})"
    sql = f"""
        SELECT id, touchpoint_id, policy_id, client_id, channel, address, message_class, template,
               planned_on, {dialect.moment("send_from")}, {dialect.moment("send_until")}, attempts,
               {dialect.moment("claimed_at")}, provider, past_refs, cleared
        FROM message WHERE {is_due} ORDER BY send_from, id LIMIT {limit:d} {dialect.skip_locked()}
    """
    return records.listed(Queued, sql, [provider, models.stored(now), *(among or ())])


def in_nobodys_hands(in_hand: str, now: datetime.datetime, limit: int) -> Iterable[Message]:
    """The messages that may leave and are not among those of the SELECT `in_hand`, by provider."""
    could_leave = (Message.state == literally("queued")) & (Message.send_from <= now)
    is_free = Message.id.not_in(peewee.SQL(f"({in_hand})"))
    query = Message.select(Message.id, Message.provider, Message.send_from)
    waiting = query.where(could_leave & is_free).order_by(Message.provider, Message.send_from)
    return waiting.limit(limit)


class DayOfCap(Record, frozen=True):
    """A day of which a message has left that counts against a cap."""

    client_id: int
    planned_on: datetime.date


def marketing_that_left(clients: Collection[int], since: datetime.date) -> Iterator[DayOfCap]:
    """The days since then of the marketing messages of clients that have left or may have."""
    return _that_left("message_class = 'marketing'", clients, since)


def greetings_that_left(clients: Collection[int], since: datetime.date) -> Iterator[DayOfCap]:
    """The same of greetings."""
    return _that_left("is_greeting", clients, since)


def _that_left(which: str, clients: Collection[int], since: datetime.date) -> Iterator[DayOfCap]:
    for some in database.chunks(clients):
        sql = f"""
            SELECT client_id, planned_on FROM message
            WHERE client_id IN ({dialect.marks(some)}) AND {which}
                AND planned_on >= ? AND state IN ({dialect.quoted(states.LEFT)})
        """
        yield from records.listed(DayOfCap, sql, [*some, since])


# ------------------------------------------------------------------- of which nobody can say anything


def queued_behind(mark: int) -> list[Message]:
    """The queued messages with higher ids, some at a time, each with its touchpoint and client."""
    query = Message.select(Message, Touchpoint, Client).join(Touchpoint)
    query = query.switch(Message).join(Client)
    waits = (Message.state == literally("queued")) & (Message.id > mark)
    return list(query.where(waits).order_by(Message.id).limit(database.BATCH_ROWS))


def changed_contacts(client_ids: Collection[int], mark: int) -> list[CardEntry]:
    """The lines behind one of the cards that say that a client has another address, in their order."""
    told = (CardEntry.kind == literally("contact.changed")) & (CardEntry.id > mark)
    query = CardEntry.select().where(told & CardEntry.client.in_(list(client_ids)))
    return list(query.order_by(CardEntry.id))


def former_clients(client_ids: Collection[int], mark: int) -> Iterator[tuple[Client, Client]]:
    """Clients who got a policy, as a line of their cards behind `mark` says, and who held it before."""
    told = (CardEntry.kind == literally("client.changed")) & (CardEntry.id > mark)
    query = CardEntry.select(CardEntry, Client).join(Client)
    entries = list(
        query.where(told & CardEntry.client.in_(list(client_ids))).order_by(CardEntry.id)
    )
    moves = [(each.client, json.loads(each.facts)["client_no"]) for each in entries]
    held = Client.select().where(Client.client_no.in_([was for _, (was, _) in moves]))
    known = {each.client_no: each for each in held}
    for client, (was, now) in moves:
        if client.client_no == now and was in known:
            yield client, known[was]


def clients(ids: Iterable[int]) -> list[Client]:
    """Some clients, by id."""
    return list(Client.select().where(Client.id.in_(list(ids))))


def last_book_import() -> int:
    """The last import of policies and clients, by id; 0: there is none."""
    return int(database.value("SELECT COALESCE(MAX(id), 0) FROM book_import WHERE kind = 'book'"))


def unknown(now: datetime.datetime, limit: int) -> list[Message]:
    """The messages of which nobody can say whether they left, and that are to be asked for now."""
    query = (
        Message.select()
        .where((Message.state == literally("unknown")) & (Message.send_from <= now))
        .order_by(Message.send_from, Message.id)  # by id alone, SQLite reads every message
        .limit(limit)
    )
    return list(query)


class Found(NamedTuple):
    """What a provider has, of one of these addresses, when it is asked for a message."""

    provider: str
    ref: str
    """The provider's id of it."""
    addresses: Collection[str]


def owner_of(found: Found, message: Message) -> Message | None:
    """The other message that has this id of the provider's, sent to the address it was found at."""
    is_there = Message.address.in_(list(found.addresses)) & Message.claimed_at.is_null(False)
    is_its = (Message.provider == found.provider) & (Message.provider_ref == found.ref)
    others = Message.select().where(is_there & is_its & (Message.id != message.id))
    owner: Message | None = others.first()
    return owner


def is_accounted_for(found: Found, message: Message) -> bool:
    """Whether an earlier attempt, or another message's, has this id of the provider's."""
    return found.ref in states.past_ids(message) or owner_of(found, message) is not None


def carried_by(message: Message, provider: str) -> None:
    """The provider that has it, where several were asked."""
    if message.provider != provider:
        Message.update(provider=provider).where(Message.id == message.id).execute()


def is_being_written_to(message: Message) -> bool:
    """Whether another message is on its way to the same address at this moment."""
    others = Message.select().where(Message.state == literally("sending"))
    is_there = (Message.address == message.address) & (Message.id != message.id)
    return others.where(is_there).exists()


# ------------------------------------------------------------------------------------ the rate limit


_TAKE = """
    INSERT INTO sender (name, free_at) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET free_at =
        CASE WHEN sender.free_at > ? THEN sender.free_at ELSE ? END + ?
    RETURNING free_at
"""


def reserve(sender: str, now: float, seconds: float) -> float:
    """The moment until which the sender is taken, once so many seconds more are."""
    with database.writing():
        values = (sender, now + seconds, now, now, seconds)
        return float(database.value(_TAKE, values))


def free_at(sender: str) -> float:
    """The sender's next free moment; 0 for one that never sent."""
    sql = "SELECT COALESCE(MAX(free_at), 0) FROM sender WHERE name = ?"
    return float(database.value(sql, (sender,)))
