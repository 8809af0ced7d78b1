"""When a client may be called once more: a table of moments, and what stands against each."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import calling
from policies.calling import Hours

USUAL = Hours()


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


MOMENTS = [
    ("the first minute", [], "2026-02-10T09:00", None),
    ("too early", [], "2026-02-10T08:59", "call_outside_hours"),
    ("the last minute", [], "2026-02-10T19:59", None),
    ("too late", [], "2026-02-10T20:00", "call_outside_hours"),
    ("another part", ["2026-02-10T09:00"], "2026-02-10T14:00", None),
    ("the same part", ["2026-02-10T09:00"], "2026-02-10T11:30", "call_same_part"),
    ("another part, too soon", ["2026-02-10T11:00"], "2026-02-10T12:59", "call_too_soon"),
    ("another part, two hours later", ["2026-02-10T11:00"], "2026-02-10T13:00", None),
    ("the third", ["2026-02-10T10:00", "2026-02-10T13:00"], "2026-02-10T18:00", None),
    (
        "the fourth",
        ["2026-02-10T10:00", "2026-02-10T13:00", "2026-02-10T18:00"],
        "2026-02-10T15:00",
        "calls_enough",
    ),
    (
        "the next day",
        ["2026-02-10T10:00", "2026-02-10T13:00", "2026-02-10T18:00"],
        "2026-02-11T10:00",
        None,
    ),
    ("recorded late, beside one later", ["2026-02-10T14:00"], "2026-02-10T13:00", "call_too_soon"),
    ("recorded late, in another part", ["2026-02-10T18:30"], "2026-02-10T13:00", None),
]


@pytest.mark.parametrize(("why", "before", "when", "code"), MOMENTS, ids=[m[0] for m in MOMENTS])
def test_a_moment_is_one_for_a_call_or_not(
    why: str, before: list[str], when: str, code: str | None
) -> None:
    no = calling.refusal(USUAL, map(at, before), at(when))
    assert (no.code if no else None) == code


def test_the_company_has_other_hours() -> None:
    ours = Hours(attempts=2, apart=1, first=8, end=21, parts_from=())
    assert calling.refusal(ours, [], at("2026-02-10T08:00")) is None
    no = calling.refusal(ours, [at("2026-02-10T08:00")], at("2026-02-10T20:00"))
    assert no and no.code == "call_same_part", "the day has one part"
    assert ours.part(datetime.time(20)) == (8, 21)


@given(
    st.lists(st.datetimes(at("2026-02-09T00:00"), at("2026-02-12T00:00")), max_size=12),
    st.integers(1, 3),
    st.integers(0, 4),
)
def test_calls_one_after_the_other_never_break_the_rules(
    tried: list[datetime.datetime], most: int, apart: int
) -> None:
    hours = Hours(attempts=most, apart=apart)
    made: list[datetime.datetime] = []
    for each in tried:
        if calling.refusal(hours, made, each) is None:
            made.append(each)
    days = [each.date() for each in made]
    assert all(days.count(day) <= most for day in days)
    assert all(9 <= each.hour < 20 for each in made)
    ordered = sorted(made)
    pairs = zip(ordered, ordered[1:], strict=False)
    assert all(later - one >= datetime.timedelta(hours=apart) for one, later in pairs)
    parts = [(each.date(), hours.part(each.time())) for each in made]
    assert len(parts) == len(set(parts))


NEXT = [
    ("now", [], "2026-02-10T10:10", "2026-02-10T10:10"),
    ("before the hours", [], "2026-02-10T06:00", "2026-02-10T09:00"),
    ("after the hours", [], "2026-02-10T20:00", "2026-02-11T09:00"),
    ("in another part", ["2026-02-10T09:00"], "2026-02-10T11:30", "2026-02-10T12:00"),
    ("after a rest", ["2026-02-10T11:00"], "2026-02-10T11:30", "2026-02-10T13:00"),
    (
        "on another day",
        ["2026-02-10T10:00", "2026-02-10T13:00", "2026-02-10T18:00"],
        "2026-02-10T19:00",
        "2026-02-11T09:00",
    ),
]


@pytest.mark.parametrize(("why", "before", "now", "then"), NEXT, ids=[each[0] for each in NEXT])
def test_the_next_moment_for_a_call(why: str, before: list[str], now: str, then: str) -> None:
    assert calling.next_moment(USUAL, map(at, before), at(now)) == at(then)


def test_where_nobody_is_ever_called_there_is_none() -> None:
    assert calling.next_moment(Hours(first=20, end=9), [], at("2026-02-10T10:00")) is None


QUARTERS = st.integers(0, 3 * 96).map(
    lambda each: at("2026-02-10T00:00") + datetime.timedelta(minutes=15 * each)
)


@given(
    st.lists(QUARTERS, max_size=6),
    QUARTERS,
    st.builds(
        Hours,
        attempts=st.integers(1, 4),
        apart=st.integers(0, 30),
        first=st.just(9),
        end=st.sampled_from([10, 20]),
        parts_from=st.sampled_from([(), (12,), (12, 18)]),
    ),
)
def test_it_is_the_first_of_all_that_are_not_refused(
    before: list[datetime.datetime], now: datetime.datetime, hours: Hours
) -> None:
    then = calling.next_moment(hours, before, now)
    each = now
    while calling.refusal(hours, before, each) is not None:
        each += datetime.timedelta(minutes=15)
    assert then == each
