"""How the house is doing: what providers answered last, and what a monitor is told."""

import datetime

import peewee
import pytest

from servicing.channels import Accepted, Outgoing, Rejected, Throttled
from servicing.channels.memory import Memory
from servicing.core.models import HookCount, Message
from servicing.house import vitals
from tests import cast
from tests.servicing.dispatch.test_dispatcher import TEN, WALKER, by, dispatch

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
    memory, other = vitals.providers(["memory", "twilio"], TEN)
    assert dict(memory.by_state) == {"accepted": 2, "failed": 1, "queued": 1}
    assert (memory.last_handed_over, memory.last_success, memory.last_error) == (TEN, TEN, TEN)
    assert memory.error_reason in ("content_refused", "throttled")
    assert other.last_handed_over is None and not other.by_state
    (memory,) = vitals.providers(["memory"], TEN + DAY)
    assert memory.last_handed_over is None


def test_the_last_error_is_told_with_the_providers_code(sent: None) -> None:
    Message.update(claimed_at=TEN - DAY / 2).where(Message.reason == "throttled").execute()
    (memory,) = vitals.providers(["memory"], TEN)
    assert (memory.error_reason, memory.error_code) == ("content_refused", "30007")


def test_a_dispatch_is_running_while_it_sends_and_a_minute_longer(sent: None) -> None:
    health = vitals.providers(["memory"], TEN)
    assert vitals.is_dispatching(health, TEN + vitals.STILL_RUNNING / 2)
    assert not vitals.is_dispatching(health, TEN + vitals.STILL_RUNNING)
    Message.update(state="sending").where(Message.state == "failed").execute()
    assert vitals.is_dispatching(vitals.providers(["memory"], TEN), TEN + vitals.STILL_RUNNING)


def test_a_monitor_is_told_numbers(sent: None) -> None:
    HookCount.create(day=ON, hook="unsubscribe", outcome="applied", count=2)
    assert vitals.waiting() == {"queued": 1, "sending": 0, "unknown": 0}
    assert vitals.hooks(ON) == [("unsubscribe", "applied", 2)]
    assert [vitals.overdue_tasks(ON), vitals.overdue_tasks(ON + 90 * DAY)] == [0, 4]
    assert vitals.due(ON) == 4
    assert (vitals.ready(TEN), vitals.ready(TEN + DAY)) == (0, 1)
    assert vitals.is_alive()


def test_a_house_in_which_nothing_has_happened_is_alive(book: peewee.Database) -> None:
    assert vitals.waiting() == {"queued": 0, "sending": 0, "unknown": 0}
    assert (vitals.overdue_tasks(ON), vitals.due(ON), vitals.hooks(ON)) == (0, 0, [])
