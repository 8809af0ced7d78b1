"""What needs a person, and what does not: a table of mornings."""

import datetime

import peewee
import pytest

from policies.models import BookImport
from servicing.channels import Accepted, Outgoing, Rejected, Throttled, Unknown
from servicing.channels.memory import Memory
from servicing.core import errors
from servicing.core.models import Message, Suppression
from servicing.operations import health, lease
from tests import cast
from tests.refusals import refuses
from tests.servicing.cases import opened
from tests.servicing.dispatched import TEN, WALKER, by, dispatch

DAY = datetime.date(2025, 9, 30)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def walked(book: peewee.Database) -> None:
    cast.everybody(served_from="2025-09-30")
    BookImport.create(
        imported_at=cast.at("2025-09-30", "05:30"),
        file="book.csv",
        kind="book",
        joined_on=DAY,
        rows=4,
        added=4,
        changed=0,
        unchanged=0,
        rejected=0,
    )
    cast.walk_only(DAY, WALKER)


def codes(now: datetime.datetime) -> list[tuple[str, str]]:
    found = health.status(["memory"], now.date(), now)
    return [(each.code, each.what) for each in found.needs]


def test_an_empty_house_needs_nobody(book: peewee.Database) -> None:
    found = health.status(["memory"], DAY, TEN)
    assert (found.needs, found.clock, found.last_walked) == ([], "", None)


WALKS = [
    ("2025-09-30", "23:59", []),
    ("2025-10-01", "06:59", []),
    ("2025-10-01", "07:00", [("not_walked", "2025-10-01")]),
]


@pytest.mark.parametrize(("day", "hour", "needs"), WALKS)
def test_a_morning_that_nobody_walks_is_told(
    walked: None, day: str, hour: str, needs: list[tuple[str, str]]
) -> None:
    dispatch(by(Memory()))
    assert codes(cast.at(day, hour)) == needs


def test_what_could_leave_and_does_not_is_told_after_an_hour(walked: None) -> None:
    since = min(each.send_from for each in Message.select())
    assert codes(since + HOUR) == []
    found = health.status(["memory"], DAY, since + HOUR)
    assert (found.oldest_ready, found.ready, found.waiting["queued"]) == (since, 4, 4)
    ((code, what),) = codes(cast.at("2025-09-30", "12:00"))
    assert code == "not_dispatched" and what.startswith("2025-09-30 0")


def test_what_waits_for_a_pause_of_its_provider_needs_nobody(walked: None) -> None:
    dispatch(by(Memory(lambda message: Throttled(3 * HOUR))))
    assert codes(TEN + 2 * HOUR) == []


def test_what_nobody_can_tell_of_is_told_after_an_hour(walked: None) -> None:
    answers = iter([Unknown("timeout")])
    dispatch(by(Memory(lambda message: next(answers, Accepted("SM")))))
    assert codes(TEN + HOUR / 2) == []
    assert codes(TEN + HOUR) == [("unknown", "1")]


def test_a_provider_that_refuses_us_is_told_until_it_takes_something(walked: None) -> None:
    def refusing(message: Outgoing) -> Rejected:
        return Rejected("configuration", "20003")

    with refuses(errors.ServicingError, match="20003"):
        dispatch(by(Memory(refusing)))
    assert codes(TEN) == [("stopped", "memory 20003")]
    dispatch(by(Memory()), TEN + HOUR / 2)
    assert codes(TEN + HOUR / 2) == []


BLOCKED = [(2, []), (3, [("blocked", "3")]), (4, [("blocked", "4")])]


@pytest.mark.parametrize(("number", "needs"), BLOCKED)
def test_many_blocks_are_a_matter_of_ours(
    walked: None, number: int, needs: list[tuple[str, str]]
) -> None:
    refused = iter([Rejected("blocked", "550 5.7.1")] * number)
    dispatch(by(Memory(lambda message: next(refused, Accepted(f"SM{message.id}")))))
    assert codes(TEN) == needs
    assert not Suppression.select().exists()


def test_it_tells_who_keeps_the_clock(walked: None) -> None:
    lease.keep("host:1", TEN.timestamp())
    told = [health.status(["memory"], DAY, TEN + later).clock for later in (HOUR * 0, HOUR)]
    assert told == ["host:1", ""]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_need_is_a_sentence(locale: str) -> None:
    for code in health.CODES:
        assert "X7" in health.Need(code, "X7").sentence(locale)


COMPLAINTS = [
    ("nobody has taken it up", "2025-09-29", (), "1"),
    ("it came today", "2025-09-30", (), ""),
    ("somebody has taken it up", "2025-09-29", ("accept",), ""),
    ("it was refused", "2025-09-29", ("refuse",), ""),
]


@pytest.mark.parametrize(("name", "received", "steps", "count"), COMPLAINTS)
def test_a_complaint_of_an_earlier_day_that_is_nobodys_is_told(
    walked: None, name: str, received: str, steps: tuple[str, ...], count: str
) -> None:
    """A note of an old card that has become one, too; it needs nobody to be woken."""
    made = opened.complaint(received)
    opened.done(made, *steps)
    found = health.status(["memory"], DAY, TEN)
    told = [(each.code, each.what) for each in found.advice if each.code == "untaken"]
    assert told == [("untaken", count)] * bool(count)
    assert "untaken" not in [each.code for each in found.needs]
    assert [each["code"] for each in found.document("en")["advice"] if each["what"]] == [
        each.code for each in found.advice
    ]
