"""What is owed no more is taken back, and what nobody did in time is closed."""

import datetime
import json
from typing import Any

import peewee
import pytest

from policies import database
from policies.models import Client
from servicing.core import context, trail
from servicing.core.models import CardEntry, Message, Task
from servicing.corrections import sweep
from servicing.desk import tasks
from servicing.messages import still_owed
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing import books, owed, stored

pytestmark = cast.on_one

Book = peewee.Database
WALKER = cast.walker(owed.THREE_YEARS)


def swept(on: str, time_of_day: str = "09:00") -> dict[str, int]:
    found = sweep.sweep(owed.STANDARD, cast.day(on), cast.at(on, time_of_day))
    return {what: count for what, count in found.items() if count}


def states(client: Client) -> list[tuple[str, str, str]]:
    """Per policy and touchpoint: what became of the message and of the task."""
    return [
        (
            f"{each.policy.policy_no} {each.key}",
            next((message.state for message in each.messages), ""),
            next((task.state for task in each.tasks), ""),
        )
        for each in client.touchpoints.order_by(peewee.SQL("id"))
    ]


def last_entry(client: Client, kind: str) -> dict[str, str]:
    entries = CardEntry.select().where((CardEntry.client == client) & (CardEntry.kind == kind))
    return dict(json.loads(entries.order_by(CardEntry.id.desc()).get().facts))


# ------------------------------------------------------------------------------ ended and suspended


def test_a_surrender_that_the_book_learns_of_stops_what_was_to_go_out(workspace: Workspace) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    gone = books.row("P001", status="surrendered", ended_on="2025-09-29")
    books.take_in(workspace, gone, on="2025-09-30")
    assert states(people.lin_wei) == [
        ("P001 month_1", "cancelled", "cancelled"),
        ("P002 month_1", "queued", "open"),
        ("P003 month_1", "queued", "open"),
    ]
    assert cast.message("month_1").reason == cast.task("month_1").reason == "policy_ended"
    assert cast.trail_of(people.lin_wei)[-3:] == [
        *("status.changed", "message.cancelled", "task.cancelled"),
    ]
    for kind in ("message.cancelled", "task.cancelled"):
        assert last_entry(people.lin_wei, kind)["reason"] == "policy_ended"
    entry = trail.of_client(people.lin_wei.id)[-1]
    assert entry.policy_id == cast.policy("P001").id
    assert entry.touchpoint_id == cast.touchpoint("month_1").id


ENDED_ON = [
    ("2025-09-30", {"messages cancelled": 4, "tasks cancelled": 4}),
    ("2025-10-01", {}),  # tomorrow; today it is owed
]


@pytest.mark.parametrize(("ended_on", "counts"), ENDED_ON)
def test_a_policy_is_served_until_the_day_before_it_ends(
    book: Book, ended_on: str, counts: dict[str, int]
) -> None:
    cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    for number in ("P001", "P002", "P003", "P900"):
        cast.change(cast.policy(number), status="claim", ended_on=cast.day(ended_on))
    assert swept("2025-09-30") == counts


def test_a_suspension_takes_everything_back_but_the_premium_reminders(
    workspace: Workspace,
) -> None:
    people = cast.everybody()
    for policy in people.policies[:2]:
        cast.give_premium(policy, "2025-09-15")  # +15 days: a message and a task
    cast.walk_only("2025-09-30", WALKER)
    books.take_in(workspace, books.row("P001", status="suspended"), on="2025-09-30")
    assert sorted(states(people.lin_wei)) == [
        ("P001 month_1", "cancelled", "cancelled"),
        ("P001 renewal", "queued", "open"),
        ("P002 month_1", "queued", "open"),
        ("P002 renewal", "queued", "open"),
        ("P003 month_1", "queued", "open"),
    ]
    assert last_entry(people.lin_wei, "task.cancelled")["reason"] == "policy_paused"


def test_a_payment_takes_back_the_reminder_of_that_premium_and_of_no_other(
    workspace: Workspace,
) -> None:
    people = cast.everybody()
    policy = people.policies[0]
    for due in ("2025-08-31", "2025-09-15"):  # +30 days is nothing, +15 is a reminder
        cast.give_premium(policy, due)
    cast.give_premium(people.policies[1], "2025-09-15")
    cast.walk_only("2025-09-15", WALKER)  # 15 days after the first, the day of the second
    cast.walk_only("2025-09-30", WALKER)  # and 15 days after it
    paid = {"policy_no": "P001", "due_date": "2025-09-15", "amount": 12000, "paid_on": "2025-09-30"}
    books.take_in(workspace, paid, on="2025-09-30", kind="premiums")
    assert sorted(states(people.lin_wei)) == [
        ("P001 month_1", "queued", "open"),
        ("P001 renewal", "cancelled", ""),  # the day of the second
        ("P001 renewal", "cancelled", "cancelled"),  # 15 days after it
        ("P001 renewal", "queued", "open"),  # the first is not paid
        ("P002 month_1", "queued", "open"),
        ("P002 renewal", "queued", ""),
        ("P002 renewal", "queued", "open"),
        ("P003 month_1", "queued", "open"),
    ]
    assert last_entry(people.lin_wei, "message.cancelled")["reason"] == "premium_paid"


PREMIUMS = [
    # status, amount, paid on -> why the reminder is owed no more
    ("in_force", 1_200, None, None),
    ("grace", 1, None, None),
    ("suspended", 1_200, None, None),
    ("in_force", 0, None, "nothing_due"),
    ("in_force", 0, "2025-09-30", "nothing_due"),
    ("paid_up", 1_200, None, "owes_no_premium"),
    ("paid_up", 0, None, "owes_no_premium"),
    ("paid_up", 1_200, "2025-09-30", "owes_no_premium"),
    ("in_force", 1_200, "2025-09-30", "premium_paid"),
    ("in_force", 1_200, "2025-10-01", None),
    ("in_force", None, None, "instalment_void"),
]


@pytest.mark.parametrize(("status", "amount", "paid_on", "reason"), PREMIUMS)
def test_what_asks_for_no_money_any_more_is_taken_back_message_and_task(
    book: Book, status: str, amount: int | None, paid_on: str | None, reason: str | None
) -> None:
    people = cast.everybody()
    premium = cast.give_premium(people.policies[0], "2025-09-15")
    cast.walk_only("2025-09-30", WALKER)
    cast.change(people.policies[0], status=status)
    if amount is None:
        premium.delete_instance()
    else:
        cast.change(premium, amount=amount, paid_on=cast.maybe_day(paid_on))
    (found,) = context.of_touchpoints([cast.touchpoint("renewal").id])
    on = cast.day("2025-09-30")
    assert still_owed.no_longer_owed(found, owed.touchpoint("renewal"), on) == reason
    swept("2025-09-30")
    for row in (cast.message("renewal"), cast.task("renewal")):
        assert (row.state == "cancelled", row.reason) == (bool(reason), reason or row.reason)


def test_a_payment_dated_tomorrow_stops_nothing_today(book: Book) -> None:
    cast.everybody()
    premium = cast.give_premium(cast.policy(), "2025-09-15")
    cast.walk_only("2025-09-30", WALKER)
    cast.change(premium, paid_on=cast.day("2025-10-01"))
    assert swept("2025-09-30") == {}
    assert swept("2025-10-01") == {"messages cancelled": 1, "tasks cancelled": 1}


def test_a_policy_that_goes_to_another_client_takes_what_is_open_along(
    workspace: Workspace,
) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    to_zhou_ming = books.row("P001", client_no="C900", client_name="周明")
    books.take_in(workspace, to_zhou_ming, on="2025-09-30")
    assert "P001 month_1" not in [touchpoint for touchpoint, _, _ in states(people.lin_wei)]
    assert states(people.zhou_ming) == [
        ("P001 month_1", "queued", "open"),
        ("P900 month_1", "queued", "open"),
    ]


def test_what_has_left_the_house_or_was_done_is_not_taken_back(book: Book) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    for number, state in (("P001", "accepted"), ("P002", "sending"), ("P003", "unknown")):
        cast.change(cast.message("month_1", number), state=state, body="a text")
    tasks.done(cast.task("month_1", "P001").id, cast.at("2025-09-30", "10:00"))
    tasks.skip(cast.task("month_1", "P002").id, cast.at("2025-09-30", "10:00"))
    for policy in people.policies:
        cast.change(policy, status="surrendered", ended_on=cast.day("2025-09-30"))
    assert swept("2025-09-30", "11:00") == {"tasks cancelled": 1}
    assert [message for _, message, _ in states(people.lin_wei)] == [
        "accepted",
        "sending",
        "unknown",
    ]
    assert [task for _, _, task in states(people.lin_wei)] == ["done", "skipped", "cancelled"]


def test_a_sweep_leaves_the_outsider_alone(book: Book) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    for policy in people.policies:
        cast.change(policy, status="surrendered", ended_on=cast.day("2025-09-30"))
    swept("2025-09-30")
    assert states(people.zhou_ming) == [("P900 month_1", "queued", "open")]
    assert "message.cancelled" not in cast.trail_of(people.zhou_ming)


def test_sweeping_twice_or_at_once_takes_back_once(book: Book) -> None:
    people = cast.everybody(status="in_force")
    cast.walk_only("2025-09-30", WALKER)
    for policy in people.policies:
        cast.change(policy, status="surrendered", ended_on=cast.day("2025-09-30"))
    stored.at_once(*[lambda: swept("2025-09-30")] * 3)
    assert cast.trail_of(people.lin_wei).count("message.cancelled") == 3
    assert cast.trail_of(people.lin_wei).count("task.cancelled") == 3
    before = stored.everything()
    assert swept("2025-09-30") == {}
    assert stored.everything() == before


# ----------------------------------------------------------------------------------------- lateness

CLOSING = [
    ("2025-10-30", {}),
    ("2025-10-31", {"tasks missed": 4}),
    ("2026-10-31", {"tasks missed": 4}),
]


@pytest.mark.parametrize(("on", "counts"), CLOSING)
def test_a_task_that_nobody_did_within_its_thirty_days_is_missed(
    book: Book, on: str, counts: dict[str, int]
) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    assert swept(on) == counts
    if counts:
        task = cast.task("month_1")
        assert (task.state, task.reason) == ("missed", "late")
        assert task.ended_at == cast.at(on)
        assert cast.trail_of(people.lin_wei).count("task.missed") == 3
        assert last_entry(people.lin_wei, "task.missed")["reason"] == "late"


def test_a_postponed_task_has_no_longer_window_than_the_others(book: Book) -> None:
    cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    number, now = cast.task("month_1").id, cast.at("2025-10-29")
    tasks.postpone(
        number, cast.day("2025-10-30"), cast.day("2025-10-29"), now, windows=cast.windows()
    )
    assert swept("2025-10-30") == {}
    assert swept("2025-10-31") == {"tasks missed": 4}


def test_a_task_of_an_ended_policy_is_cancelled_not_missed(book: Book) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    cast.change(people.policies[0], status="surrendered", ended_on=cast.day("2025-10-15"))
    assert swept("2025-11-30") == {
        **{"messages cancelled": 1, "tasks cancelled": 1, "tasks missed": 3}
    }
    assert cast.task("month_1").state == "cancelled"


def test_what_the_plan_has_dropped_is_owed_no_more(book: Book) -> None:
    """As dispatch has it: a message whose touchpoint is gone is cancelled. So is its task."""
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    without = owed.only(owed.touchpoint("month_4"), owed.touchpoint("renewal"))
    sweep.sweep(without, cast.day("2025-09-30"), cast.at("2025-09-30"))
    assert {each[1:] for each in states(people.lin_wei)} == {("cancelled", "cancelled")}
    assert cast.task("month_1").reason == "not_in_plan"
    assert last_entry(people.lin_wei, "task.cancelled")["reason"] == "not_in_plan"


# ------------------------------------------------------------------------ while others are at work


@cast.on_postgresql
def test_a_message_claimed_while_it_is_swept_stays_claimed(book: Book) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    cast.change(people.policies[0], status="surrendered", ended_on=cast.day("2025-09-30"))
    with database.writing():
        message = database.locked(
            Message.select().where(Message.id == cast.message("month_1").id)
        ).get()
        sweeping = stored.in_a_thread(lambda: swept("2025-09-30"))
        stored.until_it_waits_for_us(sweeping)
        cast.change(message, state="sending", body="a text", claimed_at=cast.at("2025-09-30"))
    sweeping.join()
    assert cast.message("month_1").state == "sending"
    assert "message.cancelled" not in cast.trail_of(people.lin_wei)


@cast.on_postgresql
@pytest.mark.parametrize("on", ["2025-09-30", "2025-11-30"], ids=["cancelled", "missed"])
def test_a_task_done_while_it_is_swept_stays_done(book: Book, on: str) -> None:
    people = cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    if on == "2025-09-30":
        cast.change(people.policies[0], status="surrendered", ended_on=cast.day(on))
    with database.writing():
        tasks.done(cast.task("month_1").id, cast.at(on, "10:00"), "已通话")
        sweeping = stored.in_a_thread(lambda: swept(on))
        stored.until_it_waits_for_us(sweeping)
    sweeping.join()
    task = cast.task("month_1")
    assert (task.state, task.reason, task.note) == ("done", "agent", "已通话")
    told = CardEntry.select(CardEntry.kind).where(CardEntry.touchpoint_id == task.touchpoint_id)
    kinds = [kind for (kind,) in told.order_by(CardEntry.id).tuples()]
    assert [kind for kind in kinds if kind.startswith("task.")] == ["task.done"]


def test_the_days_of_a_sweep_are_days_of_the_calendar(book: Book) -> None:
    """A sweep late in the evening counts the day it was told, not the one of UTC."""
    cast.everybody()
    cast.walk_only("2025-09-30", WALKER)
    on = cast.day("2025-10-30")
    sweep.sweep(owed.STANDARD, on, datetime.datetime.fromisoformat("2025-10-31T00:30+08:00"))
    assert not Task.select().where(Task.state == "missed").exists()


def test_what_a_client_is_owed_is_carried_on_when_its_policy_ends(book: Book) -> None:
    """The visit of the half-year is the client's: the next policy carries it."""
    people = cast.everybody(issued="2025-03-02", served_from="2026-09-01")
    plan = owed.only(owed.touchpoint("visit"))
    cast.walk_only("2026-09-02", cast.walker(plan))
    visit = cast.task("visit")
    cast.change(people.policies[0], status="surrendered", ended_on=cast.day("2026-09-03"))
    sweep.sweep(plan, cast.day("2026-09-03"), cast.at("2026-09-03"))
    carried = cast.task("visit", "P002")
    assert (carried.id, carried.state) == (visit.id, "open")
    assert carried.policy.policy_no == people.policies[1].policy_no
    assert last_entry(people.lin_wei, "touchpoint.changed")["reason"] == "carried_on"


def test_an_import_in_the_middle_of_a_sweep_takes_nothing_from_the_client(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends the policy after it was looked for who carries on: the next sweep hands the visit on."""
    people = cast.everybody(issued="2025-03-02", served_from="2026-09-01")
    plan = owed.only(owed.touchpoint("visit"))
    cast.walk_only("2026-09-02", cast.walker(plan))
    # another client's is taken back, so that it is looked for carriers at all
    cast.change(cast.policy("P900"), status="surrendered", ended_on=cast.day("2026-09-03"))
    hand_on = sweep._hand_on

    def hand_on_then_import(*asked: Any) -> int:
        count = hand_on(*asked)
        cast.change(people.policies[0], status="surrendered", ended_on=cast.day("2026-09-03"))
        return count

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(sweep, "_hand_on", hand_on_then_import)
        sweep.sweep(plan, cast.day("2026-09-03"), cast.at("2026-09-03"))
    assert cast.task("visit").state == "open"
    sweep.sweep(plan, cast.day("2026-09-03"), cast.at("2026-09-03"))
    assert cast.task("visit", "P002").state == "open"
