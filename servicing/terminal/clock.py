"""Until when something is due, and how it was counted, as a terminal shows it."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from policies import clock, dates
from policies.clock import Counted, Rule
from policies.dates import WorkCalendar
from servicing.core import i18n, output
from servicing.terminal.lines import line


def show_clock(counted: Counted, rule: Rule, calendar: WorkCalendar, locale: str) -> None:
    """The due day, from which and by which rule it was counted, and the days that differ."""
    length = _say(f"amount_{counted.unit}", locale, count=counted.days)
    line(_say("due", locale, rule=counted.rule, due=_day(counted.due, locale)), "bold")
    line(_say("counted", locale, length=length, start=_day(counted.start, locale)))
    line(_say("version", locale, place=place(calendar), first=rule.valid_from))
    if counted.unit != "working_days":
        left = clock.working_days_left(calendar, counted.start, counted.due)
        told = i18n.listed([span(days, locale) for days in runs(left)], locale)
        line(_say("working_days_until", locale, count=len(left), days=told or "–"))
    if rows := [*_rows(counted, calendar, locale)]:
        line()
        output.emit_table(rows, ["dates", "counts", "why"], locale)


def place(calendar: WorkCalendar) -> str:
    """The country and its part, as ISO 3166 writes them: GB-ENG."""
    return "-".join(filter(None, [calendar.country, calendar.subdivision]))


def runs(days: Iterable[date]) -> Iterator[list[date]]:
    """Days in order, those that follow each other together."""
    numbered = enumerate(days)
    for _, run in itertools.groupby(numbered, key=lambda each: each[1].toordinal() - each[0]):
        yield [day for _, day in run]


def span(days: Sequence[date], locale: str) -> str:
    """Days that follow each other, by the first and the last of them."""
    return _day(days[0], locale) if len(days) == 1 else f"{days[0]} – {days[-1]}"


def _rows(counted: Counted, calendar: WorkCalendar, locale: str) -> Iterator[dict[str, Any]]:
    """What was left out, and what counted though it is of a weekend, in the order of days."""
    told = {day: ("left_out", _why_off(day, calendar, locale)) for day in counted.off}
    told |= {day: ("made_up", _say("why_made_up", locale)) for day in counted.made_up}
    for (counts, why), days in itertools.groupby(sorted(told), key=lambda day: told[day]):
        for run in runs(days):
            yield {"dates": span(run, locale), "counts": _say(counts, locale), "why": why}


def _why_off(day: date, calendar: WorkCalendar, locale: str) -> str:
    return dates.holiday_name(calendar, day, locale) or _say("why_weekend", locale)


def _day(day: date, locale: str) -> str:
    """A day with its name."""
    from babel.dates import format_date

    return _say("day", locale, day=day, name=format_date(day, "EEE", locale=locale))


def _say(key: str, locale: str, **facts: object) -> str:
    return i18n.say("clock", key, locale, **facts)
