"""Festivals and lunar birthdays as a terminal shows them."""

from collections.abc import Iterable, Sequence
from datetime import date

from policies.festivals import Festival
from policies.lunar import LunarDay
from servicing.core import i18n, output
from servicing.terminal.lines import line


def show_festivals(found: Iterable[Festival], locale: str) -> None:
    """A line a festival: its day, its name, and whether people are greeted."""
    rows = (
        {
            "on": _day(each.on, locale),
            "festival": _say(each.id, locale),
            "greeted": _say("greeted" if each.is_greeted else "not_greeted", locale),
        }
        for each in found
    )
    output.emit_table(rows, ["on", "festival", "greeted"], locale)


def show_lunar(born: date, of: LunarDay, days: Sequence[date], year: int, locale: str) -> None:
    """Which lunar day somebody was born on, and when it comes in a year."""
    key = "born_in_leap_month" if of.is_leap else "born"
    line(_say(key, locale, born=born, lunar=f"{of}", month=of.month, day=of.day))
    told = i18n.listed([_day(each, locale) for each in days], locale)
    line(_say("comes" if days else "never_comes", locale, year=year, days=told), "bold")


def _day(day: date, locale: str) -> str:
    """A day with its name."""
    from babel.dates import format_date

    return i18n.say("clock", "day", locale, day=day, name=format_date(day, "EEE", locale=locale))


def _say(key: str, locale: str, **facts: object) -> str:
    return i18n.say("festival", key, locale, **facts)
