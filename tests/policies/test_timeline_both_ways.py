"""The timeline forwards and backwards: for every plan, book and day, both name the same touchpoints.

Forwards, `timeline.client_timeline` goes from a client to its touchpoints. Backwards, the walk goes
from a day to anchor dates and from those to policies, day after day, and what it recorded stays.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import dates, inforce, occasions, plan, timeline
from policies.clients import dates_of
from policies.database import database
from policies.models import Client, Policy
from policies.occasions import Born
from policies.plan import Plan
from policies.sample import book as sample
from policies.timeline import ClientDates, Happened, PolicyDates
from servicing.core.models import Touchpoint
from tests import cast
from tests.policies import imagined
from tests.policies.imagined import Span, World, each_rolled_back, examples
from tests.policies.imagined_book import put_in_the_book

Recorded = tuple[str, str, str, date, date]
"""Policy number, key, occurrence, anchor_on, due_on."""

DAYS_WALKED = 100
"""Long enough for two carriers to meet in one period."""


def forwards(world: World, start: date, end: date) -> list[Recorded]:
    """What falls due in [start, end], read from the clients."""
    found = [
        (owed.policy_no, owed.due.key, owed.due.occurrence, owed.due.anchor_on, owed.due.due_on)
        for client in world.book
        for owed in timeline.client_timeline(world.plan, world.calendar, client, start, end)
    ]
    return sorted(found)


# --- In thought ---------------------------------------------------------------------------------


def backwards(world: World) -> list[Recorded]:
    """The walk in thought: day by day, everything that `falling_due` names, each once."""
    found: dict[Any, Recorded] = {}
    anchors = anchors_of(world.book)
    for day in world.span.days():
        for due in timeline.falling_due(world.plan, world.calendar, day):
            if due.anchor_on not in anchors and due.touchpoint.anchor != "festival":
                continue
            for number, client in enumerate(world.book):
                for policy in client.policies:
                    if not is_meant(client, policy, due, day):
                        continue
                    owner = number if due.touchpoint.scope == "client" else policy.policy_no
                    row = (policy.policy_no, due.key, due.occurrence, due.anchor_on, due.due_on)
                    found.setdefault((owner, due.key, due.occurrence), row)
    return sorted(found.values())


def anchors_of(book: list[ClientDates]) -> set[date | None]:
    """Every date of the book from which something may be counted."""
    policies = [policy for client in book for policy in client.policies]
    return {
        *(client.birthday for client in book),
        *(day for policy in policies for day in days_of(policy)),
        *(premium.due_date for policy in policies for premium in policy.premiums),
        *(day for policy in policies for day in policy.handed_on),
        *(each.on for whose in (*book, *policies) for each in whose.happened),
        *(each.on for client in book for each in client.family),
    }


def days_of(policy: PolicyDates) -> tuple[date | None, ...]:
    return policy.issue_date, policy.delivered_on, policy.suspended_on, policy.ended_on


def is_meant(client: ClientDates, policy: PolicyDates, due: timeline.Due, day: date) -> bool:
    """Whether this policy carries this touchpoint today."""
    touchpoint = due.touchpoint
    if touchpoint.anchor == "premium_due":
        unpaid = [each for each in policy.premiums if each.paid_on is None or each.paid_on > day]
        asking = [each for each in unpaid if each.amount > 0 and policy.status != "paid_up"]
        has_anchor = any(each.due_date == due.anchor_on for each in asking)
    elif touchpoint.anchor == "handover":
        has_anchor = due.anchor_on in policy.handed_on
    elif touchpoint.anchor == "festival":
        has_anchor = occasions.is_festival(touchpoint.festival, due.anchor_on)
    elif touchpoint.anchor == "relation_birthday":
        has_anchor = Born(due.anchor_on, due.occurrence.startswith("lunar:")) in client.family
    elif touchpoint.anchor in ("case_closed", "task_done"):
        whose = client if touchpoint.scope == "client" else policy
        of, _, _ = due.occurrence.partition("@")
        has_anchor = Happened(of, due.anchor_on) in whose.happened
    else:
        anchors = {
            "issue": policy.issue_date,
            "delivered": policy.delivered_on,
            "birthday": client.birthday,
            "suspended": policy.suspended_on,
            "ended": policy.ended_on if policy.status in ("surrendered", "terminated") else None,
        }
        has_anchor = anchors[touchpoint.anchor] == due.anchor_on
    if not has_anchor or not is_owed(policy, touchpoint, day):
        return False
    if touchpoint.scope == "policy":
        return True
    together = [
        each
        for each in client.policies
        if touchpoint.anchor != "handover" or due.anchor_on in each.handed_on
    ]
    return timeline.carrier(together, day) is policy


def is_owed(policy: PolicyDates, touchpoint: plan.Touchpoint, day: date) -> bool:
    """What follows an end is owed to a policy that was served once; all else while it is served."""
    if touchpoint.anchor == "ended":
        return policy.served_from <= day and policy.issue_date <= day
    return inforce.is_owed(policy, day, inforce.paused_for(touchpoint))


@settings(max_examples=examples(50))
@given(imagined.worlds(longest=DAYS_WALKED))
def test_in_thought_both_ways_name_the_same(world: World) -> None:
    there = forwards(world, world.span.first, world.span.last)
    event("something falls due" if there else "nothing falls due")
    assert backwards(world) == there


@settings(max_examples=examples(50))
@given(imagined.worlds(longest=400), st.data())
def test_a_span_is_the_sum_of_its_days(world: World, data: st.DataObject) -> None:
    whole = forwards(world, world.span.first, world.span.last)
    day = data.draw(st.sampled_from([row[4] for row in whole] or [world.span.last]))
    assert forwards(world, day, day) == [row for row in whole if row[4] == day]
    rest = forwards(world, day, world.span.last)
    assert rest == [row for row in whole if row[4] >= day]


@given(imagined.plans(), imagined.CALENDARS, imagined.DAYS)
def test_what_falls_due_on_a_day_is_due_on_that_day(
    of: Plan, calendar: dates.WorkCalendar, day: date
) -> None:
    dues = list(timeline.falling_due(of, calendar, day))
    assert all(due.due_on == day for due in dues)
    assert all(due.task_on is None or calendar.is_workday(due.task_on) for due in dues)
    assert all(due.task_on is None or due.task_on >= day for due in dues)


@given(imagined.plans(), imagined.CALENDARS, imagined.DAYS, imagined.DAYS)
def test_counted_from_no_older_date_is_all_of_it_but_what_is_older(
    of: Plan, calendar: dates.WorkCalendar, day: date, oldest: date
) -> None:
    since = dict.fromkeys((each.anchor for each in of.touchpoints), oldest)
    every = timeline.falling_due(of, calendar, day)
    young = list(timeline.falling_due(of, calendar, day, since))
    assert young == [due for due in every if due.anchor_on >= oldest]


# --- In the database ----------------------------------------------------------------------------


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written here is not there afterwards."""
    with database.atomic() as transaction:
        yield
        transaction.rollback()


def recorded() -> list[Recorded]:
    """What the walks wrote down, each by the policy from which it was counted.

    One that is made late may be carried by another by then: that is `test_carrier`'s question.
    """
    counted_from = peewee.fn.COALESCE(Touchpoint.anchor_policy_id, Touchpoint.policy_id)
    rows = Touchpoint.select(
        *(Policy.policy_no, Touchpoint.key, Touchpoint.occurrence),
        *(Touchpoint.anchor_on, Touchpoint.due_on),
    ).join(Policy, on=Policy.id == counted_from)
    return sorted(rows.tuples())


def walked(world: World, awake: list[date]) -> list[Recorded]:
    """What is recorded if the scheduler was awake on these days, and caught up the others."""
    with taken_back():
        put_in_the_book(world)
        walker = cast.walker(world.plan, country=world.calendar.country)
        for day in sorted({*awake, world.span.last}):
            cast.walk_on(day, walker)
        return recorded()


@st.composite
def worlds_and_days(draw: st.DrawFn, longest: int) -> tuple[World, list[date]]:
    """A world, and the days on which its scheduler was awake."""
    world = draw(imagined.worlds(longest))
    return world, draw(st.lists(imagined.days_of(world.span), max_size=6))


def agree(world: World, awake: list[date]) -> None:
    there = forwards(world, world.span.first, world.span.last)
    event("something falls due" if there else "nothing falls due")
    assert walked(world, awake) == there


@cast.on_one
@settings(each_rolled_back, max_examples=examples(40))
@given(worlds_and_days(longest=30))
def test_the_walk_records_what_the_timeline_names(
    book: peewee.Database, both: tuple[World, list[date]]
) -> None:
    agree(*both)


@cast.on_postgresql
@settings(each_rolled_back, max_examples=examples(12))
@given(worlds_and_days(longest=30))
def test_the_walk_records_the_same_on_postgresql(
    book: peewee.Database, both: tuple[World, list[date]]
) -> None:
    agree(*both)


# --- The standard plan on a book of business ----------------------------------------------------


@pytest.mark.parametrize("on", ["2026-02-24", "2028-02-29", "2026-11-30"])
def test_the_walk_of_a_sample_book_is_the_timeline_of_each_of_its_clients(
    book: peewee.Database, tmp_path: Path, on: str
) -> None:
    today = cast.day(on)
    joined = today - timedelta(days=1)
    sample.write(
        150, tmp_path / "book.csv", premiums=tmp_path / "ledger.csv", as_of=today, seed=today.day
    )
    cast.import_book(tmp_path / "book.csv", joined=joined)
    cast.import_book(tmp_path / "ledger.csv", joined=joined, kind="premiums")
    cast.walk_on(on)
    standard, calendar = plan.load(cast.STANDARD), dates.work_calendar("CN")
    clients = [dates_of(client, list(client.policies)) for client in Client.select()]
    there = forwards(World(standard, calendar, clients, Span(joined, today)), joined, today)
    assert recorded() == there
    assert {row[1] for row in there} >= {"news"}
