"""In force, owed, unpaid: Python and the statements say the same of every policy and day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import get_args

import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import inforce, models
from policies.database import database
from policies.importing.cells import cells
from policies.models import Policy, Premium
from policies.plan import Anchor, Touchpoint
from policies.status import PAUSED, PAUSED_REMINDERS
from tests import cast
from tests.policies.imagined import each_rolled_back, examples

NEAR = 3
"""Days about the day that is asked for: where the answers change."""


@dataclass(frozen=True)
class Imagined:
    """A policy with one instalment."""

    issue_date: date
    served_from: date
    status: str
    ended_on: date | None
    paid_on: date | None
    amount: int = 120_000
    left_out_times: int = 0


@dataclass(frozen=True)
class Asked:
    """Some policies, and the day for which they are looked at."""

    on: date
    policies: list[Imagined]


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    on = draw(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
    near = st.integers(-NEAR, NEAR).map(lambda days: on + timedelta(days=days))
    day = near | st.dates(date(1950, 1, 1), date(2199, 12, 31))
    policy = st.builds(
        Imagined,
        day,
        day,
        st.sampled_from(sorted(cells.STATUSES)),
        st.none() | day,
        st.none() | day,
        st.sampled_from([0, 1, 120_000]),
        st.sampled_from([0, 0, 0, 1, 2, 3]),
    )
    return Asked(on, draw(st.lists(policy, min_size=1, max_size=20)))


def in_the_book(policies: list[Imagined]) -> dict[str, Imagined]:
    """The policies as the book has them, by number."""
    lin_wei = cast.people().lin_wei
    numbered = {f"P{number:03}": each for number, each in enumerate(policies)}
    for number, each in numbered.items():
        policy = cast.give_policy(
            lin_wei,
            number,
            each.issue_date,
            served_from=each.served_from,
            status=each.status,
            ended_on=each.ended_on,
            left_out_times=each.left_out_times,
        )
        amount = str(models.amount(each.amount))
        cast.give_premium(policy, each.issue_date, amount=amount, paid_on=each.paid_on)
    return numbered


def meant(condition: str) -> set[str]:
    """The numbers of the policies for which a condition of a statement holds."""
    sql = f"SELECT p.policy_no FROM policy p JOIN premium i ON i.policy_id = p.id WHERE {condition}"
    return {number for (number,) in database.execute_sql(sql)}


def counted_from(anchor: Anchor) -> Touchpoint:
    """A touchpoint that is counted from such a date."""
    return Touchpoint(id="x", title={}, anchor=anchor, due=(), kind="basic", owner="task")


RULES: dict[str, tuple[Callable[[date], str], Callable[[Imagined, date], bool]]] = {
    "not ended": (
        lambda on: inforce.not_ended("p", on),
        lambda policy, on: not inforce.has_ended(policy.ended_on, on),
    ),
    "a policy": (lambda on: inforce.a_policy("p"), lambda policy, on: inforce.is_policy(policy)),
    "in force": (lambda on: inforce.in_force("p", on), inforce.is_in_force),
    "unpaid": (
        lambda on: inforce.unpaid("i", on),
        lambda policy, on: inforce.is_unpaid(policy.paid_on, on),
    ),
    "asked for": (
        lambda on: inforce.asked_for("p", "i"),
        lambda policy, on: inforce.is_asked_for(policy.status, policy.amount),
    ),
    "to pay": (
        lambda on: inforce.to_pay("p", "i", on),
        lambda policy, on: inforce.is_to_pay(policy.status, policy.amount, policy.paid_on, on),
    ),
    "owed": (lambda on: inforce.owed("p", on), inforce.is_owed),
    "reminded": (
        lambda on: inforce.owed("p", on, PAUSED_REMINDERS),
        lambda policy, on: inforce.is_owed(policy, on, PAUSED_REMINDERS),
    ),
    **{
        f"owed for {anchor}": (
            lambda on, anchor=anchor: inforce.owed_for(counted_from(anchor), "p", on),
            lambda policy, on, anchor=anchor: inforce.is_owed_for(counted_from(anchor), policy, on),
        )
        for anchor in get_args(Anchor)
    },
    "owed whatever its status": (
        lambda on: inforce.owed("p", on, frozenset()),
        lambda policy, on: inforce.is_owed(policy, on, frozenset()),
    ),
}
"""Each rule as a condition of a statement, and as Python has it."""


@settings(each_rolled_back, max_examples=examples(60))
@given(asked())
def test_python_and_the_statements_agree(book: peewee.Database, asked: Asked) -> None:
    with database.atomic() as transaction:
        policies = in_the_book(asked.policies)
        for name, (condition, holds) in RULES.items():
            expected = {number for number, each in policies.items() if holds(each, asked.on)}
            event(f"{name}: {'some' if expected else 'none'}")
            assert meant(condition(asked.on)) == expected, name
        transaction.rollback()
    assert not Policy.select().exists()
    assert not Premium.select().exists()


ON = date(2026, 2, 28)
BEFORE, AFTER = ON - timedelta(days=1), ON + timedelta(days=1)
NORMAL: dict[str, object] = {
    "issue_date": BEFORE,
    "served_from": BEFORE,
    "status": "in_force",
    "ended_on": None,
    "paid_on": None,
}
"""A policy that is owed service."""


@pytest.mark.parametrize(
    ("facts", "is_owed"),
    [
        ({}, True),
        ({"issue_date": ON}, True),
        ({"issue_date": AFTER}, False),
        ({"served_from": ON}, True),
        ({"served_from": AFTER}, False),
        ({"ended_on": AFTER}, True),
        ({"ended_on": ON}, False),
        ({"ended_on": BEFORE}, False),
        ({"status": "suspended"}, False),
        ({"status": "applied"}, False),
        ({"status": "grace"}, True),
        ({"left_out_times": 1}, True),
        ({"left_out_times": 2}, False),
    ],
)
def test_the_days_on_which_service_is_owed(
    facts: dict[str, date | str | int], is_owed: bool
) -> None:
    policy = Imagined(**{**NORMAL, **facts})  # type: ignore[arg-type]
    assert inforce.is_owed(policy, ON) is is_owed


@pytest.mark.parametrize(
    ("facts", "is_in_force"),
    [
        ({}, True),
        ({"issue_date": AFTER}, False),
        ({"served_from": AFTER}, True),
        ({"ended_on": AFTER}, True),
        ({"ended_on": ON}, False),
        ({"status": "suspended"}, True),
        ({"status": "applied"}, False),
    ],
)
def test_the_days_on_which_a_policy_is_in_force(
    facts: dict[str, date | str], is_in_force: bool
) -> None:
    known: dict[str, object] = {**NORMAL, **facts}
    assert inforce.is_in_force(Imagined(**known), ON) is is_in_force  # type: ignore[arg-type]


def test_reminders_go_on_while_a_policy_is_suspended() -> None:
    suspended = Imagined(BEFORE, BEFORE, "suspended", None, None)
    assert "suspended" in PAUSED
    assert not inforce.is_owed(suspended, ON)
    assert inforce.is_owed(suspended, ON, PAUSED_REMINDERS)


@pytest.mark.parametrize(
    ("status", "amount", "paid_on", "is_to_pay"),
    [
        ("in_force", 120_000, None, True),
        ("in_force", 120_000, AFTER, True),
        ("in_force", 120_000, ON, False),
        ("in_force", 1, None, True),
        ("in_force", 0, None, False),
        ("grace", 120_000, None, True),
        ("suspended", 120_000, None, True),
        ("paid_up", 120_000, None, False),
        ("paid_up", 0, None, False),
    ],
)
def test_the_instalments_that_somebody_is_asked_for(
    status: str, amount: int, paid_on: date | None, is_to_pay: bool
) -> None:
    assert inforce.is_to_pay(status, amount, paid_on, ON) is is_to_pay


def test_nothing_is_owed_to_what_complete_files_leave_out_no_reminder_either() -> None:
    left_out = Imagined(BEFORE, BEFORE, "in_force", None, None, left_out_times=2)
    assert not inforce.is_owed(left_out, ON, PAUSED_REMINDERS)
    assert not inforce.is_owed(left_out, ON, frozenset())
