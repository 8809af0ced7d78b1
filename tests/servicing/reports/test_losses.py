"""Service and loss side by side: was it served before it was lost, and when did anybody call?

As of 15 June 2026. In the tables a policy of 10 March 2025 was surrendered on 20 March 2026, within
its thirteen months; 20 November 2025 is the 120th day before.
"""

import datetime
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import peewee
import pytest

from policies import database
from policies.models import Agent, Branch, Client, Policy, Team
from policies.persistency import cohorts, figure
from policies.persistency.cohorts import Definition
from policies.persistency.figure import Selection
from servicing.core import errors
from servicing.core.models import Message, Task
from servicing.core.settings import Settings
from servicing.corrections import sweep
from servicing.desk import tasks
from servicing.reports import coverage, losses, questions
from servicing.reports.losses import Losses
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed

pytestmark = cast.on_one

Book = peewee.Database
AS_OF = cast.day("2026-06-15")
SHANGHAI, NEW_YORK = zoneinfo.ZoneInfo("Asia/Shanghai"), zoneinfo.ZoneInfo("America/New_York")
FIRST_YEAR = coverage.first_year(owed.STANDARD)
WALKER = cast.walker(owed.only(*map(owed.touchpoint, FIRST_YEAR)))

ISSUED, SURRENDERED = "2025-03-10", "2026-03-20"
KINDS = [field.name for field in fields(Losses) if field.name != "key"]


@pytest.fixture
def people(book: Book) -> cast.Cast:
    return cast.people()


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written here is not there afterwards."""
    with database.database.atomic() as transaction:
        yield
        transaction.rollback()


def asked(
    definition: Definition = "in-force",
    as_of: cast.Day = AS_OF,
    zone: zoneinfo.ZoneInfo = SHANGHAI,
    **chosen: Any,
) -> list[Losses]:
    question = questions.question(
        Settings(), cast.day(as_of), Selection(**chosen), definition=definition
    )
    return losses.losses(question, FIRST_YEAR, zone)


def told(**how: Any) -> dict[str, int]:
    """What of the total is not nothing."""
    *_, total = asked(**how)
    assert total.key == "total"
    return {name: getattr(total, name) for name in KINDS if getattr(total, name)}


def lost(client: Client, number: str = "P001", ended_on: str = SURRENDERED, **facts: Any) -> Policy:
    facts = {"status": "surrendered", "ended_on": ended_on, **facts}
    return cast.give_policy(client, number, ISSUED, **facts)


def contact(client: Client, at: str, number: str = "P001") -> None:
    """An agent has called the client of the policy at that moment, for whatever reason."""
    moment = datetime.datetime.fromisoformat(at)
    day = moment.date()
    facts = {"due_on": day, "show_on": day, "closes_on": day, "state": "open", "reason": "due"}
    task = Task.create(policy=cast.policy(number), client=client, **facts)
    tasks.done(task.id, moment)


# --- Served, not served, and no record ------------------------------------------------------------

SERVED = [
    # when month_7, due on 10 October 2025, was done; the policy is lost on 20 March 2026
    ("2025-10-10T09:00:00+08:00", "served"),
    ("2026-03-20T23:59:59+08:00", "served"),
    ("2026-03-21T00:00:00+08:00", "unserved"),  # the day after: too late to have mattered
    (None, "unserved"),
]


def test_served_is_what_was_served_before_it_was_lost(people: cast.Cast) -> None:
    lost(people.lin_wei)
    cast.walk_only("2025-10-10", WALKER)
    task = cast.task("month_7")
    for at, kind in SERVED:
        if at:
            moment = datetime.datetime.fromisoformat(at)
            cast.change(task, state="done", ended_at=moment, done_by_id=people.chen_yan.id)
        else:
            cast.change(task, state="open", ended_at=None, done_by_id=None)
        (line, _) = asked()
        assert getattr(line, f"lost_{kind}") == line.lost == 1, at


def test_what_the_book_has_taken_back_was_not_owed(people: cast.Cast) -> None:
    """A date was corrected: what was missed or suppressed on the wrong one says nothing of a loss."""
    lost(people.lin_wei)
    cast.walk_only("2025-10-10", WALKER)
    cast.change(cast.task("month_7"), state="missed")
    assert told()["lost_unserved"] == 1
    cast.change(cast.touchpoint("month_7"), released=True)
    assert told()["lost_no_record"] == 1


def test_what_a_policy_has_carried_for_its_client_was_owed_to_it(people: cast.Cast) -> None:
    """A plan may assess agents by what the client gets once, whichever policy carries it."""
    lost(people.lin_wei)
    cast.walk_only("2025-10-10", WALKER)
    cast.change(cast.touchpoint("month_7"), scope="client")
    assert told()["lost_unserved"] == 1


@cast.on_one
def test_the_day_of_the_loss_is_a_day_where_the_book_is_at_home(people: cast.Cast) -> None:
    lost(people.lin_wei)
    cast.walk_only("2025-10-10", WALKER)
    moment = datetime.datetime.fromisoformat("2026-03-21T03:59:59+00:00")
    cast.change(cast.task("month_7"), state="done", ended_at=moment, done_by_id=1)
    assert told(zone=NEW_YORK)["lost_served"] == 1
    assert told(zone=SHANGHAI)["lost_unserved"] == 1


@cast.on_one
def test_one_touchpoint_that_was_done_is_enough(people: cast.Cast) -> None:
    lost(people.lin_wei)
    for day in ("2025-03-13", "2025-04-10", "2025-07-10"):
        cast.walk_only(day, WALKER)
    tasks.skip(cast.task("delivery").id, cast.at("2025-03-14"))
    tasks.done(cast.task("month_1").id, cast.at("2025-04-10"))
    sweep.sweep(WALKER.plan, cast.day("2025-09-01"), cast.at("2025-09-01"))
    assert told() == {"lost_served": 1, "lost_no_contact": 1}


@cast.on_one
def test_skipped_missed_and_never_done_are_not_served(people: cast.Cast) -> None:
    for number in ("P001", "P002", "P003"):
        lost(people.lin_wei, number)
    cast.walk_only("2025-04-10", WALKER)
    tasks.skip(cast.task("month_1", "P001").id, cast.at("2025-04-10"))
    cast.change(cast.task("month_1", "P002"), state="missed", ended_at=cast.at("2025-05-11"))
    assert told() == {"lost_unserved": 3, "lost_no_contact": 3}


@cast.on_one
def test_a_policy_that_was_never_owed_anything_here_has_no_record(people: cast.Cast) -> None:
    """The book joined later: nothing can be said of the years before (domain.md §4.8)."""
    lost(people.lin_wei, "P001", served_from="2026-03-01")
    cast.give_policy(people.zhou_ming, "P900", "2025-03-10", served_from="2026-03-01")
    cast.walk_only("2026-03-01", WALKER)
    assert told() == {"kept_no_record": 1, "lost_no_record": 1, "lost_no_contact": 1}


@cast.on_one
def test_later_years_are_not_the_first(people: cast.Cast) -> None:
    """A visit in the second year is a contact, but no first-year service."""
    lost(people.lin_wei)
    contact(people.lin_wei, "2026-03-10T10:00+08:00")
    assert told() == {"lost_no_record": 1}


SENT = [("delivered", "served"), ("accepted", "served"), ("queued", "unserved")]
SENT += [("failed", "unserved"), ("suppressed", "unserved"), ("undelivered", "unserved")]


@cast.on_one
def test_where_there_is_no_task_a_message_that_was_sent_is_the_service(people: cast.Cast) -> None:
    lost(people.lin_wei)
    cast.walk_only("2025-04-10", WALKER)
    Task.delete().execute()
    for state, kind in SENT:
        cast.change(Message.get(), state=state)
        assert told() == {f"lost_{kind}": 1, "lost_no_contact": 1}, state


def test_what_is_kept_is_told_beside_what_is_lost(people: cast.Cast) -> None:
    for number, client, ended_on in [
        *[("P001", people.lin_wei, None), ("P002", people.lin_wei, SURRENDERED)],
        *[("P003", people.lin_wei, SURRENDERED), ("P004", people.lin_wei, "2026-04-11")],
        *[("P900", people.zhou_ming, None)],
    ]:
        status = "surrendered" if ended_on else "in_force"
        cast.give_policy(client, number, ISSUED, status=status, ended_on=ended_on)
    cast.walk_only("2025-07-10", WALKER)
    for number in ("P001", "P003", "P004"):
        tasks.done(cast.task("month_4", number).id, cast.at("2025-07-11"))
    line, total = asked()
    assert line == Losses("2025-03", 2, 1, 0, 1, 1, 0, 2)
    assert total == Losses("total", 2, 1, 0, 1, 1, 0, 2)
    assert line.lost == 2
    shares = [line.share_lost(kind) for kind in ("served", "unserved", "no_record")]
    assert shares == [1 / 3, 1 / 2, None]


NOT_COUNTED = [
    ("claim", SURRENDERED),
    ("free_look_cancelled", "2025-03-20"),
    ("transferred_out", SURRENDERED),
]


@cast.on_one
def test_what_persistency_does_not_count_is_neither_kept_nor_lost(people: cast.Cast) -> None:
    for status, ended_on in NOT_COUNTED:
        lost(people.lin_wei, status, ended_on, status=status)
    lost(people.lin_wei, "single", payment_mode="single")
    cast.give_policy(people.zhou_ming, "P900", ISSUED)
    assert told() == {"kept_no_record": 1}


# --- Human contact --------------------------------------------------------------------------------

CONTACTS = [
    ("2025-11-19T23:59:59+08:00", False),  # on the 121st day before
    ("2025-11-20T00:00:00+08:00", True),  # on the 120th
    ("2025-11-20T12:00:00+08:00", True),
    ("2026-03-19T12:00:00+08:00", True),
    ("2026-03-20T23:59:59+08:00", True),
    ("2026-03-21T00:00:00+08:00", False),  # the day after
    ("2025-04-10T12:00:00+08:00", False),
    (None, False),
]


def test_contact_is_what_was_done_in_the_hundred_and_twenty_days_before(
    people: cast.Cast,
) -> None:
    lost(people.lin_wei)
    for at, was_contacted in CONTACTS:
        with taken_back():
            if at:
                contact(people.lin_wei, at)
            expected = {"lost_no_record": 1} | ({} if was_contacted else {"lost_no_contact": 1})
            assert told() == expected, at


@cast.on_one
def test_the_days_of_contact_are_those_of_the_book_s_zone(people: cast.Cast) -> None:
    """Midnight of 20 November in Shanghai is still the 19th in New York."""
    lost(people.lin_wei)
    contact(people.lin_wei, "2025-11-20T00:00:00+08:00")
    assert "lost_no_contact" not in told(zone=SHANGHAI)
    assert told(zone=NEW_YORK)["lost_no_contact"] == 1


@cast.on_one
def test_a_call_for_another_policy_is_a_contact_with_the_same_client(people: cast.Cast) -> None:
    lost(people.lin_wei, "P001")
    lost(people.zhou_ming, "P900")
    cast.give_policy(people.lin_wei, "P002", "2026-01-01")
    contact(people.lin_wei, "2026-02-01T10:00+08:00", "P002")
    assert told() == {"lost_no_record": 2, "lost_no_contact": 1}


@cast.on_one
def test_a_message_or_a_task_not_done_is_no_contact(people: cast.Cast) -> None:
    lost(people.lin_wei, ended_on="2026-01-15")
    cast.walk_only("2026-01-10", WALKER)
    cast.change(cast.message("month_10"), state="delivered")
    tasks.skip(cast.task("month_10").id, cast.at("2026-01-12"))
    assert told() == {"lost_unserved": 1, "lost_no_contact": 1}


@cast.on_one
def test_what_is_kept_needs_no_contact(people: cast.Cast) -> None:
    cast.give_policy(people.lin_wei, "P001", ISSUED)
    assert told() == {"kept_no_record": 1}


# --- When a policy is lost ------------------------------------------------------------------------

LOST_BY_PAID = [
    # what is known of a policy of 10 March 2025, and the last day on which a contact still counts
    ({"status": "surrendered", "ended_on": SURRENDERED}, None, "2026-03-20"),
    ({}, None, "2026-05-09"),  # never paid: the last day of its grace, 10 March + 60
    ({}, "2026-05-10", "2026-05-09"),  # paid late
    ({"status": "suspended"}, None, "2026-05-09"),
    # ended after the end of grace and unpaid
    ({"status": "terminated", "ended_on": "2026-05-20"}, None, "2026-05-20"),
]


def test_by_paid_a_policy_is_lost_with_its_grace_or_when_it_ended(people: cast.Cast) -> None:
    for facts, paid_on, last in LOST_BY_PAID:
        day = cast.day(last)
        first = day - datetime.timedelta(120)
        after, before = day + datetime.timedelta(1), first - datetime.timedelta(1)
        for when, is_contact in [(day, True), (after, False), (first, True), (before, False)]:
            with taken_back():
                policy = cast.give_policy(people.lin_wei, "P001", ISSUED, **facts)
                cast.give_premium(policy, "2026-03-10", paid_on=paid_on)
                contact(people.lin_wei, f"{when}T10:00+08:00")
                expected = {"lost_no_record": 1} | ({} if is_contact else {"lost_no_contact": 1})
                assert told(definition="paid") == expected, (facts, paid_on, when)


# --- Rows -----------------------------------------------------------------------------------------


@pytest.fixture
def a_force(people: cast.Cast) -> cast.Cast:
    """Three agents in two branches, cohorts of January 2024 to March 2025, some policies lost."""
    number = 0
    for agent, client in (
        (people.chen_yan, people.lin_wei),
        (people.he_jing, people.lin_wei),
        (people.sun_li, people.zhou_ming),
    ):
        for month in range(15):
            for part in range(1 + (month + agent.id) % 2):
                number += 1
                issued = cast.day(f"{2024 + month // 12}-{month % 12 + 1:02}-10")
                ended_on = issued.replace(year=issued.year + 1) if number % 3 else None
                cast.give_policy(
                    *(client, f"P{number:03}", issued),
                    agent=agent,
                    product=["健康险", "年金险"][part],
                    status="surrendered" if ended_on else "in_force",
                    ended_on=ended_on,
                )
    for day in ("2024-04-10", "2024-09-10", "2025-04-10"):
        cast.walk_only(day, WALKER)
    for task in list(Task.select().order_by(Task.id))[::2]:
        tasks.done(task.id, cast.at(task.due_on))
    return people


BYS: list[tuple[figure.By, list[str]]] = [
    ("agent", ["A000", "A001", "A900"]),
    ("team", ["北京 · 九部", "上海 · 一部"]),
    ("branch", ["北京", "上海"]),
    ("product", ["健康险", "年金险"]),
]


def test_rows_add_up_to_the_same_total_by_whatever_they_are_told(a_force: cast.Cast) -> None:
    *by_cohort, total = asked()
    assert [line.key for line in by_cohort] == [
        *(f"2024-{month:02}" for month in range(1, 13)),
        *("2025-01", "2025-02", "2025-03"),
    ]
    assert sum(getattr(total, kind) for kind in KINDS[:-1]) == Policy.select().count()
    assert 0 < total.lost_no_contact < total.lost < Policy.select().count()
    for by, keys in BYS:
        *rows, whole = asked(by=by)
        assert ([row.key for row in rows], whole) == (keys, total)
        for lines in (rows, by_cohort):
            for kind in KINDS:
                assert sum(getattr(line, kind) for line in lines) == getattr(total, kind), by


@cast.on_one
def test_kept_and_lost_are_those_of_persistency(a_force: cast.Cast) -> None:
    question = questions.question(Settings(), AS_OF, Selection(by="agent"), definition="in-force")
    audit = figure.audit(question.measure, question.rules, question.selection, "count")
    *rows, _ = asked(by="agent")
    assert [(line.key, line.lost) for line in rows] == [
        (row.key, row.counted - row.persisting) for row in audit.rows
    ]


@cast.on_one
def test_only_complete_cohorts_are_told(people: cast.Cast) -> None:
    """By in-force, May 2025 is complete on 30 June 2026: its last day is thirteen months old."""
    for number, issued in [("P001", "2025-04-30"), ("P002", "2025-05-01")]:
        cast.give_policy(people.lin_wei, number, issued, status="suspended")
    assert [line.key for line in asked()] == ["2025-04", "total"]
    assert [line.key for line in asked(as_of="2026-06-29")] == ["2025-04", "total"]
    assert [line.key for line in asked(as_of="2026-06-30")] == ["2025-04", "2025-05", "total"]


@pytest.mark.parametrize("by", ["cohort", "agent"])
@cast.on_one
def test_rolling_is_the_last_twelve_complete_cohorts(a_force: cast.Cast, by: Any) -> None:
    """May 2024 to April 2025, of which the last is empty."""
    first, last = cohorts.parse("2024-05"), cohorts.parse("2025-04")
    assert asked(by=by, is_rolling=True) == asked(by=by, first=first, last=last)


CHOSEN: list[tuple[dict[str, Any], str, str]] = [
    ({"branch": "北京"}, "agent", "A900"),
    ({"agent_no": "A001"}, "agent", "A001"),
    ({"team": "九部"}, "team", "北京 · 九部"),
    ({"product": "年金险"}, "product", "年金险"),
    ({"first": cohorts.parse("2024-03"), "last": cohorts.parse("2024-03")}, "cohort", "2024-03"),
]


@cast.on_one
def test_a_selection_is_its_own_row_of_the_whole(a_force: cast.Cast) -> None:
    for chosen, by, key in CHOSEN:
        *_, total = asked(**chosen)
        (row,) = [line for line in asked(by=by) if line.key == key]
        assert [getattr(total, kind) for kind in KINDS] == [getattr(row, kind) for kind in KINDS]


@cast.on_one
def test_an_agent_without_a_team_is_in_the_total_once(people: cast.Cast) -> None:
    """Team and branch are not needed columns (domain.md §9.1)."""
    Agent.update(team=None).execute()
    lost(people.lin_wei)
    for by in ("branch", "team", "agent"):
        assert told(by=by) == {"lost_no_record": 1, "lost_no_contact": 1}


@cast.on_one
def test_teams_of_one_name_in_two_branches_are_two_rows(people: cast.Cast) -> None:
    other = Team.create(branch=Branch.get(Branch.name == "北京"), name="一部")
    cast.change(people.sun_li, team=other)
    lost(people.lin_wei, "P001")
    lost(people.zhou_ming, "P900")
    assert [line.key for line in asked(by="team")] == ["北京 · 一部", "上海 · 一部", "total"]


# --- What cannot be asked -------------------------------------------------------------------------


@cast.on_one
def test_what_cannot_be_told_is_refused_in_a_sentence(people: cast.Cast) -> None:
    with refuses(errors.NotMeasurable, match="no policy in this book"):
        asked()
    cast.give_policy(people.lin_wei, "P001", "2025-06-10")
    with refuses(errors.NotMeasurable, match="complete"):
        asked()
    with refuses(errors.NotMeasurable, match="premium ledger"):
        asked("paid")
    lost(people.lin_wei, "P002")
    with refuses(errors.BranchNotFound, match="广州"):
        asked(branch="广州")
    with refuses(errors.NotMeasurable, match="no policy is in this selection"):
        asked(branch="北京")
