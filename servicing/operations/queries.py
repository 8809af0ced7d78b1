"""The statements of operations: the clock's lease, providers, hooks, waiting messages."""

import datetime
from collections.abc import Sequence

from policies import database, dialect, models, records
from policies.records import Moment, Record
from servicing.core import line_kinds, states

# ------------------------------------------------------------------------------------ the clock


class Lease(Record, frozen=True):
    """A holder, and the moment until which they hold unless they renew."""

    holder: str
    until: float
    """Seconds since 1970."""


def lease(name: str) -> Lease | None:
    """The lease of that name, if anybody has taken it and not given it back."""
    return records.first(Lease, "SELECT holder, until FROM clock_keeper WHERE name = ?", [name])


def take_lease(name: str, wanted: Lease, now: float, latest: float) -> None:
    """Take or renew a lease that is its holder's, or has ended, or ends later than any can."""
    sql = """
        INSERT INTO clock_keeper (name, holder, until) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE clock_keeper.holder = excluded.holder
           OR clock_keeper.until <= ? OR clock_keeper.until > ?
    """
    database.execute(sql, (name, wanted.holder, wanted.until, now, latest))


def give_lease_back(holder: str) -> None:
    """Free everything that the holder has taken."""
    database.execute("DELETE FROM clock_keeper WHERE holder = ?", (holder,))


# -------------------------------------------------------------------------- messages and providers


def is_alive() -> bool:
    """Whether the database answers, and is one of ours."""
    return database.execute(f"SELECT 1 FROM {database.HISTORY} LIMIT 1").fetchone() is not None


class Handed(Record, frozen=True):
    """The messages that a provider was handed and that are now in one state for one reason."""

    provider: str
    state: str
    reason: str
    count: int
    last_claimed_at: Moment
    last_message_id: int


def handed_over(providers: Sequence[str], since: datetime.datetime) -> list[Handed]:
    """The messages that some providers were handed after a moment, by their states."""
    sql = f"""
        SELECT provider, state, reason, COUNT(*), {dialect.moment("MAX(claimed_at)")}, MAX(id)
        FROM message WHERE provider IN ({dialect.marks(providers)}) AND claimed_at > ?
        GROUP BY provider, state, reason
    """
    return records.listed(Handed, sql, [*providers, models.stored(since)])


class CardLine(Record, frozen=True):
    """A line of a card that is about a message."""

    message_id: int
    facts: str
    """As JSON."""


def lines_of_messages(message_ids: Sequence[int]) -> list[CardLine]:
    """The lines of the cards about some messages, in the order in which they were written."""
    if not message_ids:
        return []
    sql = f"""
        SELECT m.id, e.facts FROM message m
        JOIN card_entry e ON e.client_id = m.client_id AND e.touchpoint_id = m.touchpoint_id
        WHERE m.id IN ({dialect.marks(message_ids)})
          AND {line_kinds.is_of_message("e.kind")} ORDER BY e.id
    """
    return records.listed(CardLine, sql, message_ids)


def waiting() -> dict[str, int]:
    """How many messages are queued, sending and unknown; each an index of its own."""
    counts = (f"(SELECT COUNT(*) FROM message WHERE state = '{each}')" for each in states.WAITING)
    row = database.execute(f"SELECT {', '.join(counts)}").fetchone()
    return dict(zip(states.WAITING, row, strict=True))


def untaken_complaints(on: datetime.date) -> int:
    """How many complaints came before a day, and nobody has taken up."""
    sql = f"""
        SELECT COUNT(*) FROM case_file WHERE kind = 'complaint' AND received_on < '{on}' AND is_open
            AND state = 'received' AND owner = ''
    """
    return int(database.value(sql))


class HookRequests(Record, frozen=True):
    """The requests of a day to a webhook or link that had the same outcome."""

    hook: str
    outcome: str
    requests: int


def hooks(on: datetime.date) -> list[HookRequests]:
    """The requests of a day, by hook and outcome."""
    sql = "SELECT hook, outcome, count FROM hook_count WHERE day = ? ORDER BY hook, outcome"
    return records.listed(HookRequests, sql, [on])
