"""How the house is doing, in a few numbers: what waits, what providers answer, what was walked last.

Every statement steps through an index; nothing here is of a person.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from policies import database, dialect, models
from servicing.core import states
from servicing.core.models import Message, Touchpoint, literally
from servicing.core.models import Task as TaskRow
from servicing.core.reasons import Reason

SPAN = datetime.timedelta(hours=24)
"""What a provider's health is judged by."""

STILL_RUNNING = datetime.timedelta(minutes=1)
"""A dispatch that handed something over so lately is taken to be at work."""

_HINDERED = (Reason.CHANNEL_STOPPED, Reason.THROTTLED, Reason.NOT_REACHED)
"""Why a message is back in the queue through no fault of its own."""


@dataclass
class ProviderHealth:
    """What became of the messages that a provider was handed in the last day."""

    provider: str
    by_state: Counter[str] = field(default_factory=Counter)
    last_handed_over: datetime.datetime | None = None
    last_success: datetime.datetime | None = None
    last_error: datetime.datetime | None = None
    error_reason: str = ""
    error_code: str = ""
    """As the provider has put it."""

    def total(self, some: Iterable[str]) -> int:
        """How many messages are in one of some states."""
        return sum(self.by_state[each] for each in some)

    @property
    def is_running(self) -> bool:
        """Whether something is with the provider at this moment."""
        return self.by_state["sending"] > 0


def providers(names: list[str], now: datetime.datetime) -> list[ProviderHealth]:
    """The health of these providers, in two statements."""
    found = {name: ProviderHealth(name) for name in names}
    errors: dict[str, int] = {}
    marks = dialect.marks(names)
    sql = f"""
        SELECT provider, state, reason, COUNT(*), CAST(MAX(claimed_at) AS TEXT), MAX(id)
        FROM message WHERE provider IN ({marks}) AND claimed_at > ?
        GROUP BY provider, state, reason
    """
    for name, state, reason, count, last, number in database.execute(
        sql, [*names, models.stored(now - SPAN)]
    ):
        health, at = found[name], _moment(last)
        health.by_state[state] += count
        health.last_handed_over = max(health.last_handed_over or at, at)
        if state in states.SENT:
            health.last_success = max(health.last_success or at, at)
        elif _is_error(state, reason) and (health.last_error is None or at > health.last_error):
            health.last_error, health.error_reason = at, reason
            errors[name] = number
    codes = _codes(list(errors.values()))
    for name, number in errors.items():
        found[name].error_code = codes.get(number, "")
    return list(found.values())


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def _is_error(state: str, reason: str) -> bool:
    return state in (*states.FAILED, "unknown") or state == "queued" and reason in _HINDERED


def _codes(numbers: list[int]) -> dict[int, str]:
    """By message the last code that its provider has answered with."""
    if not numbers:
        return {}
    marks = dialect.marks(numbers)
    sql = f"""
        SELECT m.id, e.facts FROM message m
        JOIN card_entry e ON e.client_id = m.client_id AND e.touchpoint_id = m.touchpoint_id
        WHERE m.id IN ({marks}) AND e.kind >= 'message.' AND e.kind < 'message/' ORDER BY e.id
    """
    told = ((number, json.loads(known)) for number, known in database.execute(sql, numbers))
    return {number: str(known["code"]) for number, known in told if known.get("code")}


def is_dispatching(health: list[ProviderHealth], now: datetime.datetime) -> bool:
    """Whether a dispatch is at work, as far as the providers' queues tell."""
    since = now - STILL_RUNNING
    return any(
        each.is_running or each.last_handed_over is not None and each.last_handed_over > since
        for each in health
    )


def ready(now: datetime.datetime) -> int:
    """How many messages may leave at once: queued, and neither waiting for a window nor a pause."""
    query = Message.select().where(
        (Message.state == literally("queued")) & (Message.send_from <= now)
    )
    return int(query.count())


def hooks(on: datetime.date) -> list[tuple[str, str, int]]:
    """The requests of a day to webhooks and links: which, what came of them, how many."""
    sql = "SELECT hook, outcome, count FROM hook_count WHERE day = ? ORDER BY hook, outcome"
    return [(hook, outcome, count) for hook, outcome, count in database.execute(sql, [on])]


def due(on: datetime.date) -> int:
    """How many touchpoints fell due on a day."""
    return int(Touchpoint.select().where(Touchpoint.due_on == on).count())


def overdue_tasks(on: datetime.date) -> int:
    """How many tasks are open that stood on a list before that day."""
    is_open = TaskRow.state == literally("open")
    return int(TaskRow.select().where(is_open & (TaskRow.show_on < on)).count())


def waiting() -> dict[str, int]:
    """How many messages are queued, sending and unknown; each an index of its own."""
    counts = (f"(SELECT COUNT(*) FROM message WHERE state = '{each}')" for each in states.WAITING)
    found = database.execute(f"SELECT {', '.join(counts)}").fetchone()
    return dict(zip(states.WAITING, found, strict=True))


def is_alive() -> bool:
    """Whether the database answers, and is one of ours."""
    return database.execute(f"SELECT 1 FROM {database.HISTORY} LIMIT 1").fetchone() is not None
