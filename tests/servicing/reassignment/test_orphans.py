"""Orphans: whose agent has left, and who was handed over and does not know it yet."""

import datetime

import peewee
import pytest

from policies.models import Client
from servicing.channels import Rejected
from servicing.channels.memory import Memory
from servicing.core import errors, visibility
from servicing.core.account_models import User
from servicing.desk import tasks
from servicing.reassignment import orphans
from servicing.reassignment.succession import Request
from tests import cast
from tests.servicing import owed
from tests.servicing.dispatched import ON, TEN, WALKER, by, dispatch
from tests.servicing.handed_over import NEXT_DAY, hand_over

pytestmark = cast.on_one

Book = peewee.Database


def report(on: str) -> list[tuple[str, str, str, int]]:
    lines = orphans.report(owed.THREE_YEARS, cast.day(on))
    return [(each.what, each.agent_no, each.client_no, each.days) for each in lines]


def test_whoever_is_served_by_an_agent_who_has_left_is_an_orphan(queued: cast.Cast) -> None:
    cast.change(queued.policies[0], status="surrendered", ended_on="2025-09-15")
    cast.change(queued.policies[1], status="suspended")
    orphans.left("A001", cast.day(ON), cast.day(ON), TEN)
    (line,) = orphans.report(owed.THREE_YEARS, cast.day("2025-10-10"))
    assert (line.what, line.agent_no, line.agent_name) == ("no_agent", "A001", "陈燕")
    assert (line.since, line.days, line.clients, line.policies) == (cast.day(ON), 10, 1, 2)
    assert str(line.annual_premium) == "24000.00"


def test_premiums_in_several_currencies_stand_beside_each_other(queued: cast.Cast) -> None:
    """Policies are counted once, however many currencies their premiums are in."""
    cast.change(queued.policies[0], currency="USD")
    hand_over()
    (told,) = orphans.report(owed.THREE_YEARS, cast.day(ON))
    orphans.left("A000", cast.day(NEXT_DAY), cast.day(NEXT_DAY), TEN)
    (left,) = orphans.report(owed.THREE_YEARS, cast.day(NEXT_DAY))[:1]
    for line in (told, left):
        assert (line.clients, line.policies, line.annual_premium) == (1, 3, None)
        assert line.by_currency == {"": 24_000, "USD": 12_000}


LEAVES = [("2025-09-29", False), ("2025-09-30", True), ("2025-10-30", True), ("2025-10-31", True)]


@pytest.mark.parametrize(("on", "is_orphan"), LEAVES)
def test_an_agent_is_gone_from_his_day_on(on: str, is_orphan: bool, queued: cast.Cast) -> None:
    orphans.left("A001", cast.day(ON), cast.day(ON), TEN)
    assert bool(report(on)) is is_orphan
    for line in orphans.report(owed.THREE_YEARS, cast.day(on)):
        assert line.is_overdue is (on == "2025-10-31")


def test_who_is_back_has_left_no_orphans(queued: cast.Cast) -> None:
    orphans.left("A001", cast.day(ON), cast.day(ON), TEN)
    orphans.left("A001", None, cast.day(ON), TEN)
    assert report(NEXT_DAY) == []


def test_an_agent_nobody_knows_cannot_leave(book: Book) -> None:
    with pytest.raises(errors.AgentNotFound):
        orphans.left("A777", cast.day(ON), cast.day(ON), TEN)


def test_what_was_handed_over_is_no_orphan_any_more(queued: cast.Cast) -> None:
    hand_over(left_on=cast.day(ON))
    assert [what for what, *_ in report(ON)] == ["not_told"]


def test_a_client_is_told_when_the_introduction_has_left(queued: cast.Cast) -> None:
    hand_over()
    cast.walk_on(NEXT_DAY, WALKER)
    assert report(NEXT_DAY) == [("not_told", "A000", "C001", 1)]
    dispatch(by(Memory()), cast.at(NEXT_DAY, "10:00"))
    assert report(NEXT_DAY) == []


def test_an_introduction_that_nobody_would_carry_has_told_nobody(queued: cast.Cast) -> None:
    hand_over()
    cast.walk_on(NEXT_DAY, WALKER)
    dispatch(by(Memory(lambda message: Rejected("number", "1"))), cast.at(NEXT_DAY, "10:00"))
    assert report(NEXT_DAY) == [("not_told", "A000", "C001", 1)]


def test_a_client_is_told_by_the_agent_who_has_done_something_for_him(queued: cast.Cast) -> None:
    tasks.done(cast.task("month_1", "P001").id, TEN - datetime.timedelta(hours=1))
    hand_over()
    assert len(report(ON)) == 1, "what the old one did says nothing of the new one"
    tasks.done(cast.task("month_1", "P002").id, TEN + datetime.timedelta(hours=1))
    assert report(ON) == []


TOLD = [("2025-10-30", 30, False), ("2025-10-31", 31, True)]


@pytest.mark.parametrize(("on", "days", "is_overdue"), TOLD)
def test_who_is_not_told_for_more_than_thirty_days_is_marked(
    on: str, days: int, is_overdue: bool, queued: cast.Cast
) -> None:
    hand_over()
    (line,) = orphans.report(owed.THREE_YEARS, cast.day(on))
    assert (line.client_no, line.days, line.is_overdue) == ("C001", days, is_overdue)


def test_who_was_handed_on_is_told_of_the_last_one_only(queued: cast.Cast) -> None:
    hand_over()
    hand_over(Request("A000", to_no="A900"), cast.at(NEXT_DAY, "21:00"))
    assert report("2025-10-02") == [("not_told", "A900", "C001", 1)]


def test_the_pages_show_a_client_to_the_new_agent_and_no_longer_to_the_old(
    queued: cast.Cast,
) -> None:
    old, new = (
        User(login=each.agent_no, role="agent", agent=each)
        for each in (queued.chen_yan, queued.he_jing)
    )
    clients = [each.client_no for each in Client.select()]
    assert visibility.known(old, clients, ON) == {"C001"}
    cast.change(queued.policies[2], status="surrendered", ended_on="2025-09-15")
    hand_over()
    assert visibility.known(old, clients, ON) == set()
    assert visibility.known(new, clients, ON) == {"C001"}
    with pytest.raises(errors.ClientNotFound):
        visibility.client(old, "C001", ON)
    assert visibility.client(new, "C001", ON) == queued.lin_wei
