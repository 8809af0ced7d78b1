"""How the house is doing: what providers answered last, and what a monitor is told."""

import datetime

import peewee
import pytest

from servicing.channels import Accepted, Outgoing, Rejected, Throttled
from servicing.channels.memory import Memory
from servicing.core.models import HookCount, Message
from servicing.operations import metrics, queries
from servicing.operations.queries import HookRequests
from tests import cast
from tests.servicing.dispatched import TEN, WALKER, by, dispatch

ON = datetime.date(2025, 9, 30)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def sent(book: peewee.Database) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    answers = iter([Accepted("SM1"), Rejected("content", "30007"), Throttled(DAY)])

    def answer(message: Outgoing) -> Accepted | Rejected | Throttled:
        return next(answers, Accepted(f"SM{message.id}"))

    dispatch(by(Memory(answer)))


def test_a_provider_is_known_by_what_it_answered_in_the_last_day(sent: None) -> None:
    memory, other = metrics.providers(["memory", "twilio"], TEN)
    assert dict(memory.by_state) == {"accepted": 2, "failed": 1, "queued": 1}
    assert (memory.last_handed_over, memory.last_success, memory.last_error) == (TEN, TEN, TEN)
    assert memory.error_reason in ("content_refused", "throttled")
    assert other.last_handed_over is None and not other.by_state
    (memory,) = metrics.providers(["memory"], TEN + DAY)
    assert memory.last_handed_over is None


def test_the_last_error_is_told_with_the_providers_code(sent: None) -> None:
    Message.update(claimed_at=TEN - DAY / 2).where(Message.reason == "throttled").execute()
    (memory,) = metrics.providers(["memory"], TEN)
    assert (memory.error_reason, memory.error_code) == ("content_refused", "30007")


def test_a_dispatch_is_running_while_it_sends_and_a_minute_longer(sent: None) -> None:
    health = metrics.providers(["memory"], TEN)
    assert metrics.is_dispatching(health, TEN + metrics.STILL_RUNNING / 2)
    assert not metrics.is_dispatching(health, TEN + metrics.STILL_RUNNING)
    Message.update(state="sending").where(Message.state == "failed").execute()
    assert metrics.is_dispatching(metrics.providers(["memory"], TEN), TEN + metrics.STILL_RUNNING)


def test_a_monitor_is_told_numbers(sent: None) -> None:
    HookCount.create(day=ON, hook="unsubscribe", outcome="applied", count=2)
    assert queries.waiting() == {"queued": 1, "sending": 0, "unknown": 0}
    assert queries.hooks(ON) == [HookRequests("unsubscribe", "applied", 2)]
    assert [metrics.overdue_tasks(ON), metrics.overdue_tasks(ON + 90 * DAY)] == [0, 4]
    assert metrics.due(ON) == 4
    assert (metrics.ready(TEN), metrics.ready(TEN + DAY)) == (0, 1)
    assert queries.is_alive()


def test_a_house_in_which_nothing_has_happened_is_alive(book: peewee.Database) -> None:
    assert queries.waiting() == {"queued": 0, "sending": 0, "unknown": 0}
    assert (metrics.overdue_tasks(ON), metrics.due(ON), queries.hooks(ON)) == (0, 0, [])
