"""What is abnormal of a day, and how call-backs were done (domain.md §14.4, §14.5)."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.reports import quality
from servicing.reports.quality import CallbackCounts, Day, Verdict

TWO_PER_CENT = Fraction(2, 100)


def test_the_limit_of_400_at_two_per_cent_is_4_1() -> None:
    assert quality.judge_day(Day(16, 400), TWO_PER_CENT).limit == Decimal("0.041")


JUDGED = [
    (16, 400, "normal"),
    (17, 400, "abnormal"),
    (41, 1000, "abnormal"),
    (0, 400, "normal"),
    (8, 400, "normal"),
    (49, 49, "counted"),
    (49, 50, "abnormal"),
    (0, 0, "counted"),
]


@pytest.mark.parametrize(("faulty", "of", "verdict"), JUDGED)
def test_a_day_is_judged_from_fifty_on(faulty: int, of: int, verdict: Verdict) -> None:
    assert quality.judge_day(Day(faulty, of), TWO_PER_CENT).verdict == verdict


def test_a_day_at_the_limit_is_normal() -> None:
    """p̄ a half of 100: the limit is 0.5 + 3 × 0.05 = 0.65 exactly."""
    assert quality.judge_day(Day(65, 100), Fraction(1, 2)) == (
        "normal",
        Fraction(65, 100),
        Fraction(1, 2),
        Decimal("0.65"),
    )
    assert quality.judge_day(Day(66, 100), Fraction(1, 2)).verdict == "abnormal"


def test_what_is_usual_is_the_share_of_all_days_together() -> None:
    assert quality.usual_share([Day(1, 10), Day(0, 90)]) == Fraction(1, 100)
    assert quality.usual_share([Day(0, 0)] * 28) is None
    assert quality.judge_day(Day(60, 60), None) == ("counted", Fraction(1), None, None)


def test_where_nothing_ever_fails_one_fault_is_abnormal() -> None:
    assert quality.judge_day(Day(0, 400), Fraction(0)).verdict == "normal"
    assert quality.judge_day(Day(1, 400), Fraction(0)).verdict == "abnormal"
    assert quality.judge_day(Day(400, 400), Fraction(1)) == ("normal", 1, 1, Decimal(1))


@given(st.integers(50, 5_000), st.integers(0, 1_000), st.integers(1, 1_000), st.data())
def test_exact_and_rounded_limits_agree_and_more_faults_are_never_better(
    of: int, part: int, whole: int, data: st.DataObject
) -> None:
    usual = Fraction(min(part, whole), whole)
    faulty = data.draw(st.integers(0, of - 1))
    one, more = (quality.judge_day(Day(each, of), usual) for each in (faulty, faulty + 1))
    assert not (one.verdict == "abnormal" and more.verdict == "normal")
    limit = float(usual) + 3 * math.sqrt(float(usual * (1 - usual)) / of)
    if abs(faulty / of - limit) > 1e-9:
        assert (one.verdict == "abnormal") == (faulty / of > limit)


# ---------------------------------------------------------------------------------------- call-backs

TWO_HUNDRED = CallbackCounts(
    issued=200, free_look_cancelled=12, unsigned=8, not_owed=10, in_time=153, late=9, problems=17
)


def test_two_hundred_contracts() -> None:
    assert (TWO_HUNDRED.owed, TWO_HUNDRED.completed, TWO_HUNDRED.never) == (170, 162, 8)
    shares = (
        TWO_HUNDRED.in_time_ratio,
        TWO_HUNDRED.completed_ratio,
        TWO_HUNDRED.problem_ratio,
        TWO_HUNDRED.with_unsigned_ratio,
    )
    assert shares == (
        Fraction(153, 170),
        Fraction(162, 170),
        Fraction(17, 162),
        Fraction(153, 178),
    )
    assert [f"{float(each or 0):.1%}" for each in shares] == ["90.0%", "95.3%", "10.5%", "86.0%"]


def test_of_nothing_there_is_no_share() -> None:
    none = CallbackCounts(issued=3, free_look_cancelled=3)
    assert (none.owed, none.in_time_ratio, none.problem_ratio) == (0, None, None)
    assert none.with_unsigned_ratio is None


def test_units_add_up() -> None:
    assert TWO_HUNDRED + CallbackCounts() == TWO_HUNDRED
    assert (TWO_HUNDRED + TWO_HUNDRED).owed == 340
    assert (TWO_HUNDRED + TWO_HUNDRED).in_time_ratio == TWO_HUNDRED.in_time_ratio
