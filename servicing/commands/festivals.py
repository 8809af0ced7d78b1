"""servicing festivals and servicing lunar: days of the lunar calendar in a year of ours."""

import datetime
import os
from collections.abc import Sequence
from pathlib import Path

import click

from policies import dates, festivals, lunar
from policies.notices import notice
from servicing.commands.options import Parsed, format_option
from servicing.commands.refusal import BadValue, language
from servicing.core import i18n, output
from servicing.core.output import Format


def _born(text: str) -> datetime.date:
    day = dates.parse(text)
    lunar.within_reach(day.year)
    return day


_year = click.option(
    "--year", type=Parsed("year", lunar.read_year), required=True, help="The year, such as 2026."
)


@click.command("festivals")
@_year
@format_option
@click.pass_obj
def festivals_command(home: Path, year: int, form: Format) -> None:
    """List the festivals of a year, and the days on which nobody is greeted.

    \b
    Example:
      servicing festivals --year 2026
    """
    locale = language(home, os.environ)
    found = festivals.of(year)
    if form == "table":
        from servicing.terminal.festivals import show_festivals

        show_festivals(found, locale)
        return
    rows = [
        {
            "festival": each.id,
            "name": i18n.say("festival", each.id, locale),
            "on": each.on,
            "greeted": each.is_greeted,
        }
        for each in found
    ]
    output.emit(rows, ["festival", "name", "on", "greeted"], [], form, locale)


@click.command("lunar")
@click.option("--born", type=Parsed("date", _born), required=True, help="The day of birth.")
@_year
@format_option
@click.pass_obj
def lunar_command(home: Path, born: datetime.date, year: int, form: Format) -> None:
    """Tell when a birthday by the lunar calendar comes in a year.

    \b
    Example:
      servicing lunar --born 1990-01-26 --year 2026
    """
    if year < born.year:
        refused = BadValue(notice("born_later", value=year, born=born), None, None)
        refused.param_hint = "'--year'"
        raise refused
    of = lunar.of(born)
    days = [each for each in lunar.in_year(of, year) if each >= born]
    if form == "table":
        from servicing.terminal.festivals import show_lunar

        show_lunar(born, of, days, year, language(home, os.environ))
        return
    document = {
        "on": _nth(days, 0),
        "again": _nth(days, 1),
        "month": of.month,
        "day": of.day,
        "leap": of.is_leap,
    }
    if form == "json":
        output.emit_json(document)
    else:
        output.emit_csv([document], list(document))


def _nth(days: Sequence[datetime.date], place: int) -> datetime.date | None:
    return days[place] if place < len(days) else None
