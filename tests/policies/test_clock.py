"""Clocks count until when something is due, by the day, and say how they counted."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import clock, dates
from policies.clock import Extension, Pause, Rule, Unit
from policies.dates import work_calendar
from policies.notices import Invalid
from tests.policies import imagined
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


# --- Two readings that must agree ---------------------------------------------------------------

CALENDARS = st.sampled_from(
    [
        CN,
        CN,
        CN,
        work_calendar("US"),
        *(work_calendar("GB", part) for part in ("ENG", "SCT", "NIR")),
    ]
)
UNITS = st.sampled_from(["calendar_days", "working_days", "weeks", "months"])
IN_DAYS = st.sampled_from(["calendar_days", "working_days"])
LENGTHS = st.integers(0, 40)


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    first = draw(imagined.DAYS)
    return Pause(first, first + timedelta(days=draw(st.integers(0, 40))))


@st.composite
def extensions(draw: st.DrawFn) -> Extension:
    return Extension(draw(st.integers(0, 30)), draw(imagined.DAYS))


PAUSES = st.lists(pauses(), max_size=3)
EXTENSIONS = st.lists(extensions(), max_size=3)


def plainly(
    rule: Rule,
    start: date,
    calendar: dates.WorkCalendar,
    paused: set[date],
    granted: Sequence[Extension],
) -> date:
    """A person with a wall calendar: tick the days that count, one by one, until enough are ticked."""
    ticked, needed, now = 0, rule.length, start
    left = sorted(granted, key=lambda each: each.granted_on)
    while True:
        while left and ticked >= needed and left[0].granted_on <= now:
            needed += left.pop(0).length
        if ticked >= needed:
            return now
        now += timedelta(days=1)
        is_off = rule.unit == "working_days" and not calendar.is_workday(now)
        ticked += not is_off and now not in paused


@given(IN_DAYS, LENGTHS, imagined.DAYS, CALENDARS, EXTENSIONS, PAUSES)
def test_days_are_counted_as_a_person_ticks_them_off(
    unit: Unit,
    length: int,
    start: date,
    calendar: dates.WorkCalendar,
    granted: list[Extension],
    stopped: list[Pause],
) -> None:
    rule = Rule("any", length, unit)
    paused = {day for each in stopped for day in dates.days_between(*each)}
    counted = clock.due(rule, start, calendar, granted, stopped)
    assert counted.due == plainly(rule, start, calendar, paused, granted)


@given(UNITS, LENGTHS, imagined.DAYS, CALENDARS, EXTENSIONS, PAUSES)
def test_what_was_counted_and_what_was_not_are_all_the_days(
    unit: Unit,
    length: int,
    start: date,
    calendar: dates.WorkCalendar,
    granted: list[Extension],
    stopped: list[Pause],
) -> None:
    counted = clock.due(Rule("any", length, unit), start, calendar, granted, stopped)
    days = (counted.due - start).days - len(counted.off) - len(counted.paused)
    assert not {*counted.off} & {*counted.paused}
    if unit in ("calendar_days", "working_days"):
        assert days == counted.days
    elif unit == "weeks":
        assert days == counted.days * 7
    else:
        assert start + timedelta(days=days) == dates.months_after(start, counted.days)
    taken = [each.length for each in granted if each not in counted.late]
    assert counted.days == length + sum(taken)


@given(UNITS, LENGTHS, LENGTHS, imagined.DAYS, CALENDARS, EXTENSIONS, PAUSES)
def test_a_longer_rule_is_never_due_earlier(
    unit: Unit,
    length: int,
    more: int,
    start: date,
    calendar: dates.WorkCalendar,
    granted: list[Extension],
    stopped: list[Pause],
) -> None:
    shorter, longer = (
        clock.due(Rule("any", each, unit), start, calendar, granted, stopped).due
        for each in (length, length + more)
    )
    assert start <= shorter <= longer


@given(UNITS, LENGTHS, imagined.DAYS, st.integers(0, 60), CALENDARS, EXTENSIONS, PAUSES)
def test_what_begins_later_is_never_due_earlier(
    unit: Unit,
    length: int,
    start: date,
    later: int,
    calendar: dates.WorkCalendar,
    granted: list[Extension],
    stopped: list[Pause],
) -> None:
    """But in months: 30 and 31 January end on one day of February, and a pause may know one alone."""
    stopped = [] if unit == "months" else stopped
    first, second = (
        clock.due(Rule("any", length, unit), day, calendar, granted, stopped).due
        for day in (start, start + timedelta(days=later))
    )
    assert first <= second


@given(UNITS, LENGTHS, imagined.DAYS, CALENDARS, EXTENSIONS, PAUSES, imagined.DAYS)
def test_an_extension_of_nothing_changes_nothing(
    unit: Unit,
    length: int,
    start: date,
    calendar: dates.WorkCalendar,
    granted: list[Extension],
    stopped: list[Pause],
    on: date,
) -> None:
    rule, nothing = Rule("any", length, unit), Extension(0, on)
    without = clock.due(rule, start, calendar, granted, stopped)
    counted = clock.due(rule, start, calendar, [*granted, nothing], stopped)
    assert counted._replace(late=()) == without._replace(late=())


@given(UNITS, LENGTHS, imagined.DAYS, CALENDARS, PAUSES)
def test_a_pause_moves_the_due_day_by_the_days_that_it_took(
    unit: Unit, length: int, start: date, calendar: dates.WorkCalendar, stopped: list[Pause]
) -> None:
    rule = Rule("any", length, unit)
    paused = clock.due(rule, start, calendar, pauses=stopped)
    unpaused = clock.due(rule, start, calendar)
    as_many = unit if unit == "working_days" else "calendar_days"
    more = Rule("any", len(paused.paused), as_many)
    assert paused.due == clock.due(more, unpaused.due, calendar).due


@given(UNITS, LENGTHS, imagined.DAYS, EXTENSIONS, PAUSES)
def test_a_part_of_a_country_matters_for_working_days_alone(
    unit: Unit, length: int, start: date, granted: list[Extension], stopped: list[Pause]
) -> None:
    rule = Rule("any", length, unit)
    found = {
        clock.due(rule, start, work_calendar("GB", part), granted, stopped).due
        for part in ("", *dates.subdivisions("GB"))
    }
    assert unit == "working_days" or len(found) == 1


@given(LENGTHS, imagined.DAYS, CALENDARS)
def test_the_working_days_left_on_the_first_day_are_those_of_the_rule(
    length: int, start: date, calendar: dates.WorkCalendar
) -> None:
    counted = clock.due(Rule("any", length, "working_days"), start, calendar)
    assert len(clock.working_days_left(calendar, start, counted.due)) == length
