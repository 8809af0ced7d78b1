"""How near the end of a clock is: one day's answer, and the days of each answer."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import dates, pressing

CHINA = dates.work_calendar("CN")

DAYS = st.dates(datetime.date(2025, 1, 1), datetime.date(2026, 12, 31))


def test_the_levels_come_one_after_the_other() -> None:
    assert [pressing.rank(each) for each in (None, "", "days", "last_days")] == [0, 0, 1, 2]
    assert [pressing.rank(each) for each in ("working_day", "over")] == [3, 4]


@pytest.mark.parametrize(
    ("on", "last"),
    [
        ("2026-03-12", "2026-03-17"),  # a Thursday: five days on is the Tuesday
        (
            "2026-02-13",
            "2026-02-23",
        ),  # before Spring Festival: of the 24th two working days are left
    ],
)
def test_what_is_due_after_the_last_span_has_time(on: str, last: str) -> None:
    found = pressing.spans(CHINA, datetime.date.fromisoformat(on))
    assert found[-1].last == datetime.date.fromisoformat(last)


@given(DAYS, st.integers(-40, 40))
def test_a_due_day_stands_in_the_span_of_its_level(on: datetime.date, days: int) -> None:
    due = on + datetime.timedelta(days=days)
    within = [each.level for each in pressing.spans(CHINA, on) if each.first <= due <= each.last]
    level = pressing.level(CHINA, on, due)
    assert within == ([] if level is None else [level])


@given(DAYS, st.integers(0, 40))
def test_the_nearer_the_end_the_higher_the_level(on: datetime.date, days: int) -> None:
    due = on + datetime.timedelta(days=days)
    ranks = [
        pressing.rank(pressing.level(CHINA, on + datetime.timedelta(days=n), due))
        for n in range(days + 2)
    ]
    assert ranks == sorted(ranks)
    assert ranks[-1] == len(pressing.LEVELS)
