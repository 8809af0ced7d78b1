"""Figures of satisfaction, their intervals, and how many answers they need (domain.md §16)."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import satisfaction
from policies.notices import Invalid
from policies.satisfaction import DIMENSIONS, Figure, Name, rounded


def percent(share: Fraction | None) -> str:
    assert share is not None
    return str(rounded(share * 100, 1))


SHARES: list[tuple[Name, tuple[int, ...], str, str, str, str]] = [
    # figure, counts, value, low, high, mean
    ("csat", (96, 68, 20, 10, 6), "82.0", "76.1", "86.7", "4.19"),
    ("csat", (10, 0, 0, 0, 0), "100.0", "72.2", "100.0", "5.00"),
    ("csat", (0, 0, 0, 0, 10), "0.0", "0.0", "27.8", "1.00"),
    ("csat", (0, 1, 1, 0, 0), "50.0", "9.5", "90.5", "3.50"),
    ("ces", (0, 0, 10, 0, 0, 0, 0), "100.0", "72.2", "100.0", "5.00"),
    ("ces", (0, 0, 0, 10, 0, 0, 0), "0.0", "0.0", "27.8", "4.00"),
]


@pytest.mark.parametrize(("name", "counts", "value", "low", "high", "mean"), SHARES)
def test_a_share_has_its_interval_and_its_mean(
    name: Name, counts: tuple[int, ...], value: str, low: str, high: str, mean: str
) -> None:
    found = satisfaction.figure(name, counts)
    assert (percent(found.value), percent(found.low), percent(found.high)) == (value, low, high)
    assert found.mean is not None and str(rounded(found.mean, 2)) == mean
    assert (found.margin, found.n) == (None, sum(counts))


BALANCES = [
    # promoters, passives, detractors, value, margin, enough
    ((52, 28, 20), "32.0", "15.4", True),
    ((104, 56, 40), "32.0", "10.9", True),
    ((5, 3, 2), "30.0", "48.4", False),
    ((0, 0, 40), "-100.0", "0.0", True),
    ((20, 0, 20), "0.0", "31.0", True),
]


@pytest.mark.parametrize(("counts", "value", "margin", "enough"), BALANCES)
def test_nps_is_promoters_less_detractors_with_its_margin(
    counts: tuple[int, ...], value: str, margin: str, enough: bool
) -> None:
    found = satisfaction.figure("nps", counts)
    assert (percent(found.value), percent(found.margin)) == (value, margin)
    assert (found.mean, found.enough) == (None, enough)


@pytest.mark.parametrize(("answers", "enough"), [(1, False), (29, False), (30, True), (31, True)])
@pytest.mark.parametrize("name", satisfaction.NAMES)
def test_fewer_than_thirty_answers_are_too_few(name: Name, answers: int, enough: bool) -> None:
    counts = [answers] + [0] * (satisfaction.COUNTED[name] - 1)
    assert satisfaction.figure(name, counts).enough is enough


@pytest.mark.parametrize("name", satisfaction.NAMES)
def test_without_answers_there_is_no_figure(name: Name) -> None:
    found = satisfaction.figure(name, [0] * satisfaction.COUNTED[name])
    assert found == Figure(name, None, None, None, None, None, 0, False)


@pytest.mark.parametrize("given", [1, 2, 4, 6, 8])
@pytest.mark.parametrize("name", satisfaction.NAMES)
def test_another_number_of_counts_is_refused(name: Name, given: int) -> None:
    with pytest.raises(Invalid) as refused:
        satisfaction.figure(name, [1] * given)
    assert (refused.value.notice.code, refused.value.notice.facts) == (
        f"counts_of_{name}",
        {"given": given},
    )


@given(st.integers(0, 2000), st.integers(1, 2000))
def test_the_interval_of_a_share_holds_it_and_stays_between_nothing_and_all(
    count: int, n: int
) -> None:
    low, high = satisfaction.wilson(min(count, n), n)
    assert 0 <= low <= Fraction(min(count, n), n) <= high <= 1


@given(st.integers(0, 2000), st.integers(1, 2000))
def test_the_interval_is_where_a_share_is_rejected_by_its_own_standard_error(
    count: int, n: int
) -> None:
    """Wilson's ends are the shares s with (p - s)² = 1.96² · s(1 - s) ÷ n."""
    share = Fraction(min(count, n), n)
    for end in satisfaction.wilson(min(count, n), n):
        left, right = (share - end) ** 2, satisfaction.Z**2 * end * (1 - end) / n
        assert abs(left - right) < Fraction(1, 10**25)


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3).filter(any))
def test_nps_lies_inside_its_interval(counts: list[int]) -> None:
    found = satisfaction.figure("nps", counts)
    assert found.value is not None and found.low is not None and found.high is not None
    assert -1 <= found.low <= found.value <= found.high <= 1


@given(st.fractions(0, 10**6))
def test_a_root_is_exact_where_it_can_be_and_never_above(exact: Fraction) -> None:
    assert satisfaction.root(exact**2) == exact
    found = satisfaction.root(exact)
    assert found**2 <= exact
    assert math.isclose(float(found), math.sqrt(exact), rel_tol=1e-12, abs_tol=1e-12)


NEEDED = [
    ("0.10", None, 97),
    ("0.10", 2000, 92),
    ("0.05", None, 385),
    ("0.05", 2000, 323),
    ("0.10", 1, 1),
    ("0.01", 10, 10),
    ("1", None, 1),
    ("1", 5, 1),
    ("0.49", None, 4),
    ("0.98", None, 1),
]


@pytest.mark.parametrize(("margin", "of", "answers"), NEEDED)
def test_a_margin_needs_so_many_answers(margin: str, of: int | None, answers: int) -> None:
    assert satisfaction.needed(Decimal(margin), of) == answers


@given(st.fractions("1/1000", 1), st.integers(1, 10**6))
def test_never_more_answers_are_needed_than_there_are_clients(margin: Fraction, of: int) -> None:
    assert 1 <= satisfaction.needed(margin, of) <= min(of, satisfaction.needed(margin))


@pytest.mark.parametrize("margin", ["0", "-0.1", "1.01"])
def test_a_margin_that_is_none_is_refused(margin: str) -> None:
    with pytest.raises(Invalid):
        satisfaction.needed(Decimal(margin))


WEIGHTS = dict(zip(DIMENSIONS, map(Decimal, ("0.30", "0.25", "0.20", "0.15", "0.10")), strict=True))
GAPS = dict(zip(DIMENSIONS, map(Decimal, ("-0.4", "-0.6", "0.1", "-0.2", "0.3")), strict=True))


def test_the_gap_is_weighed_dimension_by_dimension() -> None:
    assert satisfaction.gap(WEIGHTS, GAPS) == Fraction("-0.25")


@pytest.mark.parametrize(
    ("weights", "total"),
    [
        ("0.25,0.25,0.25,0.25,0.25", "1.25"),
        ("0.2,0.2,0.2,0.2,0.199999999", "0.999999999"),
        ("-0.2,0.3,0.3,0.3,0.3", "1"),
        ("0,0,0,0,0", "0"),
    ],
)
def test_weights_that_are_not_one_together_are_refused(weights: str, total: str) -> None:
    with pytest.raises(Invalid) as refused:
        satisfaction.gap(satisfaction.read_dimensions(weights), GAPS)
    assert refused.value.notice.facts == {"total": total}


@pytest.mark.parametrize(
    "text", ["", "1,2,3,4", "1,2,3,4,5,6", "1,2,3,4,x", "1,2,3,4,1e3", "1,2,3,4,nan", "1,2,3,4,１"]
)
def test_what_is_no_number_of_five_dimensions_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        satisfaction.read_dimensions(text)


MEASURES = [
    ("praise", satisfaction.praised((96, 68, 20, 10, 6)), "82.0"),
    ("known", satisfaction.known(10, 30, 160), "25.0"),
    ("return", satisfaction.returning(1000, bought=80, introduced=50, both=20), "11.0"),
    ("complaint", satisfaction.complaining(12, served=1000), "1.2"),
    ("closing", satisfaction.closing(24, 150), "16.0"),
    ("response", satisfaction.responding(sent=1250, undelivered=50, answered=210), "17.5"),
]


@pytest.mark.parametrize(("name", "found", "told"), MEASURES)
def test_the_measures(name: str, found: Fraction | None, told: str) -> None:
    assert percent(found) == told


def test_a_measure_of_nobody_is_none() -> None:
    assert satisfaction.share(0, 0) is None
    assert satisfaction.responding(5, 5, 0) is None
    assert satisfaction.praised((0, 0, 0, 0, 0)) is None


ROUNDED = [("1/20", "0.1"), ("-1/20", "-0.1"), ("1/21", "0.0"), ("-1/3", "-0.3"), ("0", "0.0")]


@pytest.mark.parametrize(("exact", "told"), ROUNDED)
def test_a_half_is_rounded_away_from_nothing(exact: str, told: str) -> None:
    assert str(rounded(Fraction(exact), 1)) == told


@pytest.mark.parametrize(
    ("text", "counts"), [("1,2,3", (1, 2, 3)), (" 0 , 7", (0, 7)), ("1000000000", (10**9,))]
)
def test_counts_are_read(text: str, counts: tuple[int, ...]) -> None:
    assert satisfaction.read_counts(text) == counts


@pytest.mark.parametrize(
    "text",
    ["", "1,,2", "1;2", "-1,2", "1.5,2", "１,2", "²,1", "1，2", "1e3", "1000000001", "9" * 5000],
)
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        satisfaction.read_counts(text)
