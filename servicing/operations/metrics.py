"""The house in a few numbers: messages that wait, providers' answers, the last walk.

Every statement steps through an index; nothing here is of a person.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from servicing.core import states
from servicing.core.models import Message, Touchpoint, literally
from servicing.core.models import Task as TaskRow
from servicing.core.reasons import Reason
from servicing.operations import queries
from servicing.operations.queries import Handed

SPAN = datetime.timedelta(hours=24)
"""The span of messages by which we judge a provider's health."""

STILL_RUNNING = datetime.timedelta(minutes=1)
"""A dispatch that has handed something over so recently is taken to be at work."""

_HINDERED = (Reason.CHANNEL_STOPPED, Reason.THROTTLED, Reason.NOT_REACHED)
"""Why a message is back in the queue through no fault of its own."""


@dataclass
class ProviderHealth:
    """The messages that a provider was handed in the last day, by their states."""

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
    health_of = {name: ProviderHealth(name) for name in names}
    failed: dict[str, int] = {}
    """By provider the message of its last error."""
    for each in queries.handed_over(names, now - SPAN):
        health, at = health_of[each.provider], each.last_claimed_at
        health.by_state[each.state] += each.count
        health.last_handed_over = max(health.last_handed_over or at, at)
        if each.state in states.SENT:
            health.last_success = max(health.last_success or at, at)
        elif _is_error(each) and (health.last_error is None or at > health.last_error):
            health.last_error, health.error_reason = at, each.reason
            failed[each.provider] = each.last_message_id
    codes = _codes(list(failed.values()))
    for name, message_id in failed.items():
        health_of[name].error_code = codes.get(message_id, "")
    return list(health_of.values())


def _is_error(handed: Handed) -> bool:
    is_hindered = handed.state == "queued" and handed.reason in _HINDERED
    return handed.state in states.FAILED or handed.state == "unknown" or is_hindered


def _codes(message_ids: list[int]) -> dict[int, str]:
    """By message the last code that its provider has answered with."""
    lines = [(each, json.loads(each.facts)) for each in queries.lines_of_messages(message_ids)]
    return {each.message_id: str(facts["code"]) for each, facts in lines if facts.get("code")}


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


def due(on: datetime.date) -> int:
    """How many touchpoints fell due on a day."""
    return int(Touchpoint.select().where(Touchpoint.due_on == on).count())


def overdue_tasks(on: datetime.date) -> int:
    """How many tasks are open that stood on a list before that day."""
    is_open = TaskRow.state == literally("open")
    return int(TaskRow.select().where(is_open & (TaskRow.show_on < on)).count())
