"""Why something is owed no more: the sweep's statement and the claim's question agree on every row."""

import datetime
from collections.abc import Callable, Collection
from typing import Any

import msgspec
import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import database
from policies.models import Premium, Reassignment
from policies.trail import Change
from servicing.core.case_models import Case
from servicing.core.context import of_touchpoints
from servicing.core.done_models import DoneTask
from servicing.core.models import Message, Task
from servicing.core.tier_models import TierStanding
from servicing.corrections import queries, suspensions, sweep
from servicing.messages import still_owed
from servicing.schedule import to_make
from servicing.schedule.to_make import Making
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.servicing import owed, tiered
from tests.servicing.cases import opened

ON = datetime.date(2025, 10, 2)
PLAN = owed.only(
    *owed.THREE_YEARS.touchpoints,
    *(
        msgspec.structs.replace(owed.touchpoint("month_1"), id=key, anchor=anchor)
        for key, anchor in (
            ("since_delivery", "delivered"),
            ("rescue", "suspended"),
            ("lost", "ended"),
        )
    ),
    msgspec.structs.replace(owed.touchpoint("month_1"), id="calm", unless="open_complaint"),
    msgspec.structs.replace(owed.touchpoint("month_1"), id="glad", unless=("bereaved",)),
    msgspec.structs.replace(
        owed.touchpoint("month_1"), id="special", tiers=("attentive", "personal"), unless="bereaved"
    ),
    msgspec.structs.replace(
        owed.touchpoint("month_1"), id="gone", anchor="ended", unless=("bereaved", "other_policy")
    ),
    *owed.AFTER_DEEDS,
    *owed.SURVEYS,
)

FREE_LOOK, FREE_LOOK_OVER = (datetime.timedelta(days=days) for days in (15, 16))

Changing = Callable[[cast.Cast], Any]


def corrected(people: cast.Cast, day: str) -> None:
    """As an import says it: a suspension goes on, and began on another day."""
    policy, now = cast.policy("P002"), datetime.date.fromisoformat(day)
    if policy.suspended_on and policy.suspended_on != now:
        facts = {"suspended_on": [policy.suspended_on, now]}
        cast.change(policy, suspended_on=now)
        suspensions.follow(PLAN, [Change("status.changed", policy.client_id, policy.id, facts)])


CHANGES: dict[str, Changing] = {
    "another issue date": lambda people: cast.change(
        cast.policy("P001"), issue_date=datetime.date(2025, 8, 30)
    ),
    "delivered on another day": lambda people: cast.change(
        cast.policy("P001"), delivered_on=datetime.date(2025, 9, 29)
    ),
    "never delivered": lambda people: cast.change(cast.policy("P001"), delivered_on=None),
    "another birthday": lambda people: cast.change(
        people.lin_wei, birthday=datetime.date(1984, 10, 9)
    ),
    "no birthday": lambda people: cast.change(people.lin_wei, birthday=None),
    "suspended": lambda people: cast.change(cast.policy("P001"), status="suspended"),
    "all suspended": lambda people: [
        cast.change(each, status="suspended") for each in people.policies
    ],
    "left out once": lambda people: cast.change(cast.policy("P001"), left_out_times=1),
    "left out": lambda people: cast.change(cast.policy("P001"), left_out_times=2),
    "all left out": lambda people: [
        cast.change(each, left_out_times=2) for each in people.policies
    ],
    "reinstated": lambda people: cast.change(
        cast.policy("P002"), status="in_force", suspended_on=None
    ),
    "suspended on another day": lambda people: cast.change(
        cast.policy("P002"), suspended_on=datetime.date(2025, 9, 1)
    ),
    "suspended earlier": lambda people: corrected(people, "2025-08-30"),
    "suspended as before": lambda people: corrected(people, "2025-08-31"),
    "its messages have left": lambda people: (
        Message.update(state="accepted").where(Message.state == "queued").execute()
    ),
    "nobody knows of its messages": lambda people: (
        Message.update(state="unknown").where(Message.state == "queued").execute()
    ),
    "its tasks are done": lambda people: (
        Task.update(state="done").where(Task.state == "open", Task.id.bin_and(1) == 0).execute()
    ),
    "a suspended one left out": lambda people: cast.change(cast.policy("P002"), left_out_times=2),
    "a suspended one ended": lambda people: cast.change(
        cast.policy("P002"), status="terminated", ended_on=ON, suspended_on=None
    ),
    "a complaint": lambda people: opened.complaint(client_no=people.lin_wei.client_no),
    "a mourning": lambda people: cast.change(people.lin_wei, bereaved_until=ON),
    "a mourning that is over": lambda people: cast.change(
        people.lin_wei, bereaved_until=ON - datetime.timedelta(days=1)
    ),
    "a tier of the same touchpoint": lambda people: tiered.give_tier(people.lin_wei, "attentive"),
    "another tier": lambda people: tiered.give_tier(people.lin_wei, "regular"),
    "no tier any more": lambda people: TierStanding.delete().execute(),
    "another policy": lambda people: cast.give_policy(people.lin_wei, "P004"),
    "an application": lambda people: cast.give_policy(people.lin_wei, "P005", status="applied"),
    "one that has ended today": lambda people: cast.give_policy(
        people.lin_wei, "P006", status="claim", ended_on=ON
    ),
    "one that ends tomorrow": lambda people: cast.give_policy(
        people.lin_wei, "P007", status="matured", ended_on=ON + datetime.timedelta(days=1)
    ),
    "a policy of the other number": lambda people: [
        cast.change(each, person_id=people.lin_wei.id)
        for each in (people.lin_wei, people.zhou_ming)
    ],
    "an end taken back": lambda people: cast.change(
        cast.policy("P003"), status="in_force", ended_on=None
    ),
    "ended on another day": lambda people: cast.change(
        cast.policy("P003"), ended_on=datetime.date(2025, 8, 30)
    ),
    "ended by claim": lambda people: cast.change(cast.policy("P003"), status="claim"),
    "a lost one left out": lambda people: cast.change(cast.policy("P003"), left_out_times=2),
    "ended": lambda people: cast.change(cast.policy("P001"), status="surrendered", ended_on=ON),
    "sold": lambda people: cast.change(cast.policy("P001"), client=people.zhou_ming),
    "paid": lambda people: Premium.update(paid_on=ON).execute(),
    "void": lambda people: Premium.delete().execute(),
    "another agent": lambda people: cast.change(cast.policy("P001"), agent=people.sun_li),
    "never reassigned": lambda people: Reassignment.delete().execute(),
    "the task taken back": lambda people: DoneTask.delete().execute(),
    "the task done on another day": lambda people: DoneTask.update(done_on=ON).execute(),
    "the task of another touchpoint": lambda people: DoneTask.update(key="month_1").execute(),
    "the task of another policy": lambda people: DoneTask.update(
        policy_id=cast.policy("P002").id
    ).execute(),
    "the task of the other number": lambda people: DoneTask.update(
        client_id=people.zhou_ming.id
    ).execute(),
    "closed on another day": lambda people: Case.update(ended_on=ON).execute(),
    "surveyed 89 days ago": lambda people: owed.surveyed("P001", ON, 89),
    "surveyed 90 days ago": lambda people: owed.surveyed("P001", ON, 90),
    "surveyed by what never left": lambda people: owed.surveyed("P001", ON, 10, state="failed"),
    "surveyed twice in a year": lambda people: [
        owed.surveyed("P001", ON, days) for days in (200, 364)
    ],
    "surveyed twice, once before a year": lambda people: [
        owed.surveyed("P001", ON, days) for days in (200, 365)
    ],
    "the other number was surveyed": lambda people: owed.surveyed("P900", ON, 10),
    "in the free look": lambda people: cast.give_policy(
        people.lin_wei, "P008", ON - datetime.timedelta(days=30), delivered_on=ON - FREE_LOOK
    ),
    "the free look is over": lambda people: cast.give_policy(
        people.lin_wei, "P009", ON - datetime.timedelta(days=30), delivered_on=ON - FREE_LOOK_OVER
    ),
    "claimed long ago": lambda people: cast.give_policy(
        people.lin_wei, "P010", status="claim", ended_on=ON - datetime.timedelta(days=90)
    ),
    "another kind": lambda people: Case.update(kind="enquiry").execute(),
    "a case of the other number": lambda people: Case.update(client=people.zhou_ming).execute(),
}


def a_day_with_one_of_each(people: cast.Cast) -> None:
    """Something open of every kind of date."""
    tiered.give_tier(people.lin_wei, "personal")
    cast.change(people.lin_wei, birthday=datetime.date(1984, 9, 30))
    cast.change(cast.policy("P001"), delivered_on=datetime.date(2025, 8, 31))
    cast.change(cast.policy("P002"), status="suspended", suspended_on=datetime.date(2025, 8, 31))
    cast.change(cast.policy("P003"), status="surrendered", ended_on=datetime.date(2025, 8, 31))
    cast.give_premium(cast.policy("P001"), "2025-09-30")
    cast.give_handing(cast.policy("P001"), "2025-09-29", was=people.he_jing)
    owed.deeds(cast.policy("P001"), datetime.date(2025, 8, 31))
    cast.walk_only("2025-09-30", cast.walker(PLAN))


def by_the_statement(table: str, state: str) -> dict[int, str]:
    found = queries.no_longer_owed(table, state, PLAN, ON)
    return {each.id: each.reason for each in found}


def by_the_question(rows: list[Any], *, is_task: bool) -> dict[int, str]:
    """The reason of each row; left out is what another policy may carry on."""
    had = queries.have_left(each.touchpoint_id for each in rows) if is_task else set()
    contexts = {each.touchpoint_id: each for each in of_touchpoints(r.touchpoint_id for r in rows)}
    found = {}
    for row in rows:
        context = contexts[row.touchpoint_id]
        touchpoint = PLAN.touchpoint(context.key)
        assert touchpoint
        has_left = context.touchpoint_id in had
        gone = still_owed.no_longer_owed(context, touchpoint, ON, has_left=has_left)
        if gone and not (still_owed.may_be_carried_on(gone, touchpoint) and has_carrier(context)):
            found[row.id] = gone.value
    return found


def owed_by_the_walk(touchpoints: Collection[int]) -> set[int]:
    """What the walk makes without a second look."""
    found = to_make.of_touchpoints(Making(PLAN, ON, ON), touchpoints)
    return {each.touchpoint_id for each in found if each.is_owed}


def owed_by_the_claim(touchpoints: Collection[int]) -> set[int]:
    return {
        each.touchpoint_id
        for each in of_touchpoints(touchpoints)
        if (planned := PLAN.touchpoint(each.key))
        and not still_owed.no_longer_owed(each, planned, ON)
    }


def has_carrier(context: Any) -> bool:
    which = f"t.id = {context.touchpoint_id}"
    return any(each.carrier_id is not None for each in queries.orphaned(PLAN, ON, which))


@settings(each_rolled_back, max_examples=examples(60))
@given(st.lists(st.sampled_from(sorted(CHANGES)), max_size=5, unique=True))
def test_the_sweep_and_the_claim_agree(book: peewee.Database, names: list[str]) -> None:
    with database.database.atomic() as transaction:
        people = cast.everybody()
        a_day_with_one_of_each(people)
        for name in names:
            CHANGES[name](people)
        messages = list(Message.select().where(Message.state == "queued"))
        tasks = list(Task.select().where(Task.state == "open"))
        asked = by_the_question(messages, is_task=False)
        for reason in asked.values():
            event(reason)
        assert by_the_statement("message", "queued") == asked
        assert by_the_statement("task", "open") == by_the_question(tasks, is_task=True)
        waiting = {each.touchpoint_id for each in (*messages, *tasks)}
        assert owed_by_the_walk(waiting) == owed_by_the_claim(waiting)
        moved = list(queries.open_at_another_client())
        orphaned = queries.orphaned(PLAN, ON, queries.WAITS)
        ended = by_the_statement("message", "queued") | by_the_statement("task", "open")
        assert queries.is_all_owed(PLAN, ON) == (not (moved or orphaned or ended))
        sweep.sweep(PLAN, ON, cast.at(ON))
        assert queries.is_all_owed(PLAN, ON), "what was swept needs no second look"
        transaction.rollback()


REASONS = [
    ("another issue date", "month_1", "date_corrected"),
    ("delivered on another day", "since_delivery", "date_corrected"),
    ("never delivered", "since_delivery", "date_corrected"),
    ("another birthday", "birthday", "date_corrected"),
    ("no birthday", "birthday", "date_corrected"),
    ("suspended", "month_1", "policy_paused"),
    ("all suspended", "birthday", "policy_paused"),
    ("left out", "month_1", "left_out"),
    ("left out", "renewal", "left_out"),
    ("all left out", "birthday", "left_out"),
    ("ended", "renewal", "policy_ended"),
    ("reinstated", "rescue", "not_suspended"),
    ("suspended on another day", "rescue", "not_suspended"),
    ("a suspended one left out", "rescue", "left_out"),
    ("a suspended one ended", "rescue", "policy_ended"),
    ("an end taken back", "lost", "not_ended"),
    ("ended on another day", "lost", "not_ended"),
    ("ended by claim", "lost", "not_ended"),
    ("a complaint", "calm", "complaint_open"),
    ("a mourning", "glad", "bereaved"),
    ("sold", "month_1", "policy_moved"),
    ("paid", "renewal", "premium_paid"),
    ("void", "renewal", "instalment_void"),
    ("another agent", "introduction", "reassigned_since"),
    ("never reassigned", "introduction", "reassigned_since"),
    ("the task taken back", "asked", "not_done"),
    ("the task taken back", "met", "not_done"),
    ("surveyed 89 days ago", "how", "surveyed_lately"),
    ("surveyed twice in a year", "how", "surveyed_often"),
    ("in the free look", "how", "in_free_look"),
    ("one that has ended today", "how", "claimed_lately"),
    ("a complaint", "how", "complaint_open"),
    ("a mourning", "how", "bereaved"),
    ("the task done on another day", "asked", "not_done"),
    ("the task of another touchpoint", "met", "not_done"),
    ("the task of another policy", "asked", "not_done"),
    ("the task of the other number", "met", "not_done"),
    ("closed on another day", "thanks", "not_closed"),
    ("another kind", "thanks", "not_closed"),
    ("a case of the other number", "thanks", "not_closed"),
]


CARRIED_BY = {"rescue": "P002", "lost": "P003"}
"""By touchpoint the policy of Lin Wei's that has it, if it is not the first."""


@pytest.mark.parametrize(("name", "key", "reason"), REASONS)
def test_each_change_ends_what_hangs_on_it(
    book: peewee.Database, name: str, key: str, reason: str
) -> None:
    people = cast.everybody()
    a_day_with_one_of_each(people)
    message = cast.message(key, CARRIED_BY.get(key, "P001"))
    CHANGES[name](people)
    assert by_the_statement("message", "queued")[message.id] == reason
