"""Clocks count until when something is due, by the day, and say how they counted."""

from datetime import date, timedelta

import pytest

from policies import clock, dates
from policies.clock import Extension, Pause, Rule, Unit
from policies.dates import work_calendar
from policies.notices import Invalid
from tests.refusals import refuses

CN, ENGLAND, SCOTLAND = work_calendar("CN"), work_calendar("GB", "ENG"), work_calendar("GB", "SCT")


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(*texts: str) -> tuple[date, ...]:
    return tuple(map(day, texts))


def shipped(country: str, name: str, on: str) -> Rule:
    return clock.shipped(country).at(name, day(on))


@pytest.mark.parametrize(
    ("name", "unit", "received", "due"),
    [
        ("complaint_simple", "calendar_days", "2026-02-09", "2026-02-24"),
        ("complaint_simple", "working_days", "2026-02-09", "2026-03-06"),
        ("complaint_complex", "calendar_days", "2026-02-09", "2026-03-11"),
        ("complaint_special", "calendar_days", "2026-02-09", "2026-04-10"),
        ("complaint_simple", "calendar_days", "2026-03-02", "2026-03-17"),
        ("complaint_simple", "working_days", "2026-03-02", "2026-03-23"),
        ("complaint_complex", "calendar_days", "2026-03-02", "2026-04-01"),
        ("complaint_special", "calendar_days", "2026-03-02", "2026-05-01"),
        ("complaint_simple", "calendar_days", "2026-09-21", "2026-10-06"),  # a day off
        ("complaint_simple", "working_days", "2026-09-21", "2026-10-19"),
        ("complaint_complex", "calendar_days", "2026-09-21", "2026-10-21"),
        ("complaint_special", "calendar_days", "2026-09-21", "2026-11-20"),
        ("reinstatement", "calendar_days", "2026-09-01", "2026-10-01"),
        ("free_look", "calendar_days", "2026-02-10", "2026-02-25"),
    ],
)
def test_the_clocks_of_mainland_china(name: str, unit: Unit, received: str, due: str) -> None:
    rule = shipped("CN", name, received)
    assert rule.unit == "calendar_days", "the default is the stricter reading"
    assert clock.due(rule._replace(unit=unit), day(received), CN).due == day(due)


@pytest.mark.parametrize(
    ("name", "part", "received", "due"),
    [
        ("complaint_summary", "ENG", "2026-04-02", "2026-04-09"),
        ("complaint_summary", "WLS", "2026-04-02", "2026-04-09"),
        ("complaint_summary", "NIR", "2026-04-02", "2026-04-09"),
        ("complaint_summary", "SCT", "2026-04-02", "2026-04-08"),  # works on Easter Monday
        ("complaint_summary", "SCT", "2026-12-31", "2027-01-07"),  # 2 January, and it is a Saturday
        ("complaint_summary", "ENG", "2026-12-31", "2027-01-06"),
        ("complaint_summary", "NIR", "2026-03-13", "2026-03-19"),  # Saint Patrick's Day
        ("complaint_summary", "ENG", "2026-03-13", "2026-03-18"),
        ("complaint_summary", "ENG", "2026-04-04", "2026-04-09"),  # received on a Saturday
        ("complaint_final", "ENG", "2026-04-02", "2026-05-28"),
        ("complaint_final", "SCT", "2026-04-02", "2026-05-28"),
        ("free_look", "ENG", "2026-04-02", "2026-05-02"),
    ],
)
def test_the_clocks_of_the_united_kingdom(name: str, part: str, received: str, due: str) -> None:
    rule = shipped("GB", name, received)
    assert clock.due(rule, day(received), work_calendar("GB", part)).due == day(due)


def test_working_days_say_what_was_left_out_and_what_was_made_up() -> None:
    rule = shipped("CN", "complaint_simple", "2026-02-09")._replace(unit="working_days")
    counted = clock.due(rule, day("2026-02-09"), CN)
    spring_festival = tuple(dates.days_between(day("2026-02-15"), day("2026-02-23")))
    assert counted.off == (*spring_festival, day("2026-03-01"))
    assert counted.made_up == days("2026-02-14", "2026-02-28")
    assert (counted.days, counted.unit, counted.unpublished) == (15, "working_days", ())


def test_calendar_days_leave_nothing_out() -> None:
    counted = clock.due(shipped("CN", "complaint_simple", "2026-02-09"), day("2026-02-09"), CN)
    assert (counted.off, counted.made_up, counted.unpublished) == ((), (), ())


def test_six_working_days_of_the_free_look_are_left_after_the_tenth() -> None:
    left = clock.working_days_left(CN, day("2026-02-10"), day("2026-02-25"))
    assert left == [date(2026, 2, each) for each in (11, 12, 13, 14, 24, 25)]
    assert clock.working_days_left(CN, day("2026-02-25"), day("2026-02-25")) == []


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-07-31", 24, "2028-07-31"),
        ("2028-02-29", 12, "2029-02-28"),
    ],
)
def test_months_end_on_the_last_day_of_a_short_month(start: str, months: int, due: str) -> None:
    assert clock.due(Rule("any", months, "months"), day(start), CN).due == day(due)


def test_months_and_their_extension_are_counted_from_the_first_day() -> None:
    counted = clock.due(
        Rule("any", 1, "months"), day("2026-01-31"), CN, [Extension(1, day("2026-02-10"))]
    )
    assert (counted.due, counted.days) == (day("2026-03-31"), 2)


SIMPLE = Rule("complaint_simple", 15, "calendar_days")


@pytest.mark.parametrize(
    ("granted", "due", "late"),
    [
        ("2026-02-09", "2026-03-26", False),
        ("2026-02-24", "2026-03-26", False),  # the last day
        ("2026-02-25", "2026-02-24", True),
    ],
)
def test_an_extension_counts_that_is_granted_in_time(granted: str, due: str, late: bool) -> None:
    extension = Extension(30, day(granted))
    counted = clock.due(SIMPLE, day("2026-02-09"), CN, [extension])
    assert counted.due == day(due)
    assert counted.days == (15 if late else 45)
    assert counted.late == ((extension,) if late else ())


def test_an_extension_may_be_granted_in_the_time_of_another() -> None:
    second, first = Extension(5, day("2026-02-28")), Extension(10, day("2026-02-20"))
    counted = clock.due(SIMPLE, day("2026-02-09"), CN, [second, first])
    assert (counted.due, counted.late) == (day("2026-03-11"), ())
    assert clock.due(SIMPLE, day("2026-02-09"), CN, [second]).late == (second,)


def test_a_clock_stands_still_while_it_is_paused() -> None:
    pause = Pause(day("2026-02-12"), day("2026-02-14"))
    counted = clock.due(SIMPLE, day("2026-02-09"), CN, pauses=[pause])
    assert counted.due == day("2026-02-27")
    assert counted.paused == days("2026-02-12", "2026-02-13", "2026-02-14")


def test_a_pause_of_days_off_moves_no_working_days() -> None:
    rule = SIMPLE._replace(unit="working_days")
    festival = Pause(day("2026-02-15"), day("2026-02-23"))
    counted = clock.due(rule, day("2026-02-09"), CN, pauses=[festival])
    assert (counted.due, counted.paused) == (day("2026-03-06"), ())
    saturday = Pause(day("2026-02-14"), day("2026-02-23"))
    counted = clock.due(rule, day("2026-02-09"), CN, pauses=[saturday])
    assert (counted.due, counted.paused) == (day("2026-03-09"), days("2026-02-14"))
    assert counted.made_up == days("2026-02-28"), "the other one did not count"


def test_days_in_two_pauses_are_paused_once() -> None:
    pauses = [
        Pause(day("2026-02-12"), day("2026-02-14")),
        Pause(day("2026-02-13"), day("2026-02-15")),
    ]
    assert clock.due(SIMPLE, day("2026-02-09"), CN, pauses=pauses).due == day("2026-02-28")


def test_a_year_that_is_not_announced_yet_is_counted_and_named() -> None:
    last = date(CN.published_until, 12, 28)
    counted = clock.due(SIMPLE._replace(unit="working_days"), last, CN)
    assert counted.due > last + timedelta(days=15)
    assert counted.unpublished == (CN.published_until + 1,)
    assert clock.due(SIMPLE, last, CN).unpublished == (), "calendar days depend on no holiday"


def test_what_cannot_be_counted_is_refused() -> None:
    with refuses(Invalid, match=r"an extension cannot be negative \(-1\)"):
        clock.due(SIMPLE, day("2026-02-09"), CN, [Extension(-1, day("2026-02-09"))])
    backwards = Pause(day("2026-02-14"), day("2026-02-12"))
    with refuses(Invalid, match="ends on 2026-02-12, before it begins on 2026-02-14"):
        clock.due(SIMPLE, day("2026-02-09"), CN, pauses=[backwards])
