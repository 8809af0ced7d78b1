"""A scheduler that slept: what is inside its window is done late, the rest is recorded, never sent.

Next to it lives a twin who walked every day: what fell due is the same for both, touchpoint by
touchpoint.
"""

import datetime
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policies import plan
from tests.acceptance import tables
from tests.acceptance.frontdoor import DAY
from tests.drills import books
from tests.drills.jobs import end_well

STANDARD = plan.load(plan.SHIPPED / "standard.toml")
NOON = f"{DAY}T12:00"
OWED_NO_MORE = {
    ("cancelled", "policy_ended"),
    ("cancelled", "policy_paused"),
    ("cancelled", "premium_paid"),
}
LAST_SECOND = f"{DAY}T19:59"


@dataclass(frozen=True)
class Due:
    """A touchpoint with what became of it."""

    key: str
    due_on: datetime.date
    found_on: datetime.date
    message: dict[str, Any] | None
    task: dict[str, Any] | None

    @property
    def days_late(self) -> int:
        return (DAY - self.due_on).days

    @property
    def message_window(self) -> int:
        touchpoint = STANDARD.touchpoint(self.key)
        assert touchpoint
        return touchpoint.message_window_days

    @property
    def has_step_with(self) -> tuple[bool, bool]:
        touchpoint = STANDARD.touchpoint(self.key)
        assert touchpoint
        return (
            any(touchpoint.has_message(step) for step in touchpoint.due),
            any(touchpoint.has_task(step) for step in touchpoint.due),
        )


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def dues(home: Path) -> list[Due]:
    held = tables.held(books.URL, home)
    messages = {row["touchpoint_id"]: row for row in held["message"]}
    tasks = {row["touchpoint_id"]: row for row in held["task"]}
    return [
        Due(
            row["key"],
            day(row["due_on"]),
            day(row["found_on"]),
            messages.get(row["id"]),
            tasks.get(row["id"]),
        )
        for row in held["touchpoint"]
    ]


@pytest.fixture(scope="module", params=[3, 40], ids=["3 days", "40 days"])
def days_asleep(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def fell_asleep(days_asleep: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was last walked on the evening before it fell asleep."""
    room = tmp_path_factory.mktemp("asleep")
    began = books.days_before(days_asleep)
    policies = 1_500 if days_asleep < 7 else 400  # somebody has a birthday on the missed days
    home = books.make_office(room / "office", policies=policies, joined=began)
    end_well(("walk", "--on", began), home)
    end_well(("dispatch", "--now", f"{began}T12:00"), home)
    return home


@pytest.fixture(scope="module")
def woke_up(fell_asleep: Path) -> Path:
    """The same workspace, walked again and dispatched at noon and in the evening."""
    home = shutil.copytree(fell_asleep, fell_asleep.with_name("woke-up"))
    end_well(("walk", "--on", DAY), home)
    for moment in (NOON, LAST_SECOND):
        end_well(("dispatch", "--now", moment), home)
    return home


@pytest.fixture(scope="module")
def never_slept(fell_asleep: Path, days_asleep: int) -> Path:
    """The twin: walked every day."""
    home = shutil.copytree(fell_asleep, fell_asleep.with_name("never-slept"))
    for days in reversed(range(days_asleep)):
        end_well(("walk", "--on", books.days_before(days)), home)
    return home


def missed_days(home: Path, days_asleep: int) -> Iterator[Due]:
    """What fell due while it slept."""
    began = books.days_before(days_asleep)
    return (due for due in dues(home) if began < due.due_on < DAY)


def test_every_missed_day_is_walked_in_order(woke_up: Path, days_asleep: int) -> None:
    held = tables.held(books.URL, woke_up)
    days = [day(row["day"]) for row in held["walked_day"]]
    assert days == [books.days_before(back) for back in reversed(range(days_asleep + 1))]
    order = [row["due_on"] for row in sorted(held["touchpoint"], key=lambda row: row["id"])]
    assert order == sorted(order)


def test_what_fell_due_is_the_same_as_for_the_twin(woke_up: Path, never_slept: Path) -> None:
    carried, twins = fell_due(woke_up), fell_due(never_slept)
    assert carried.keys() == twins.keys()
    assert all(due.found_on == due.due_on for due in dues(never_slept))
    ended = has_ended(woke_up)
    others = [(twins[each], carried[each]) for each in twins if carried[each] != twins[each]]
    # what a client is owed is carried by the next policy where the first ended while it slept
    assert [pair for pair in others if pair[0] not in ended or pair[1] in ended] == []


def fell_due(home: Path) -> dict[tuple[Any, ...], int]:
    """Every touchpoint by what it is, whose, and when; and the policy that carries it."""
    names = ("client_id", "key", "occurrence", "anchor_on", "due_on")
    rows = tables.held(books.URL, home)["touchpoint"]
    found = {
        (
            *(row[name] for name in names),
            *([row["policy_id"]] if row["scope"] == "policy" else []),
        ): row["policy_id"]
        for row in rows
    }
    assert len(found) == len(rows), "no touchpoint twice"
    return found


def has_ended(home: Path) -> set[int]:
    """The policies that a client is owed nothing by any more, by id."""
    rows = tables.held(books.URL, home)["policy"]
    ended = {row["id"] for row in rows if row["ended_on"] and row["ended_on"] <= str(DAY)}
    return ended | {row["id"] for row in rows if row["status"] == "suspended"}


def test_no_message_goes_out_after_its_window(woke_up: Path, days_asleep: int) -> None:
    sent = [
        due
        for due in missed_days(woke_up, days_asleep)
        if due.message and due.message["provider_ref"]
    ]
    assert sent, "something is still in time"
    assert [due for due in sent if due.days_late > due.message_window] == []
    assert {due.message["reason"] for due in sent if due.message} == {"accepted"}


def test_what_is_too_late_is_recorded_as_skipped(woke_up: Path, days_asleep: int) -> None:
    late = [
        due
        for due in missed_days(woke_up, days_asleep)
        if due.message and due.days_late > due.message_window
    ]
    assert late, "birthdays bear one day"
    ends = {(due.message["state"], due.message["reason"]) for due in late if due.message}
    assert ("skipped", "late") in ends
    assert ends <= {("skipped", "late"), *OWED_NO_MORE}
    assert {due.message["packed_text"] for due in late if due.message} == {None}


def test_nothing_that_was_in_time_is_skipped(woke_up: Path, days_asleep: int) -> None:
    for due in missed_days(woke_up, days_asleep):
        if due.message and due.days_late <= due.message_window:
            assert due.message["reason"] != "late" or due.message["state"] != "skipped", due


def test_every_touchpoint_has_its_record_and_the_card_tells_of_it(
    woke_up: Path, days_asleep: int
) -> None:
    told = {row["touchpoint_id"] for row in tables.held(books.URL, woke_up)["card_entry"]}
    for due in missed_days(woke_up, days_asleep):
        with_message, with_task = due.has_step_with
        assert due.message or not with_message, due
        assert due.task or with_message or not with_task, due
        if due.message:
            assert due.message["touchpoint_id"] in told


def test_tasks_past_their_window_are_missed_and_the_others_are_open(
    woke_up: Path, days_asleep: int
) -> None:
    for due in missed_days(woke_up, days_asleep):
        if due.task and due.task["state"] != "cancelled":
            is_past = day(due.task["closes_on"]) < DAY
            assert due.task["state"] == ("missed" if is_past else "open"), due
            assert is_past or day(due.task["show_on"]) == DAY or day(due.task["due_on"]) > DAY
    states = {due.task["state"] for due in missed_days(woke_up, days_asleep) if due.task}
    assert states >= ({"missed", "open"} if days_asleep > 31 else {"open"})


def test_nobody_is_asked_for_what_is_owed_no_more(woke_up: Path, days_asleep: int) -> None:
    """A policy that ended, or a premium that was paid, while it slept."""
    held = tables.held(books.URL, woke_up)
    policies = {row["id"]: row for row in held["policy"]}
    ended = {
        number
        for number, row in policies.items()
        if row["ended_on"] and row["ended_on"] <= str(DAY)
    }
    paid = {
        (row["policy_id"], row["due_date"])
        for row in held["premium"]
        if row["paid_on"] and row["paid_on"] <= str(DAY)
    }
    reminders = {
        row["id"]
        for row in held["touchpoint"]
        if row["key"] == "renewal" and (row["policy_id"], row["anchor_on"]) in paid
    }
    for row in held["message"] + held["task"]:
        if row["reason"] == "claim_asks":  # is owed because its policy has ended
            continue
        if row["policy_id"] in ended or row["touchpoint_id"] in reminders:
            began = str(books.days_before(days_asleep))
            is_from_before = row.get("provider_ref", "").startswith(began)
            assert row["state"] not in ("open", "queued", "accepted") or is_from_before, row


def test_a_marketing_cap_holds_on_the_day_it_wakes_up(woke_up: Path) -> None:
    sent = [
        (row["client_id"], row["planned_on"])
        for row in tables.held(books.URL, woke_up)["message"]
        if row["message_class"] == "marketing" and row["state"] in ("queued", "accepted")
    ]
    assert len(sent) == len(set(sent))


def test_walking_again_after_waking_up_does_nothing(woke_up: Path) -> None:
    before = tables.without_moments(tables.held(books.URL, woke_up))
    end_well(("walk", "--on", DAY), woke_up)
    assert tables.without_moments(tables.held(books.URL, woke_up)) == before
