"""servicing clock: until when something is due."""

import datetime
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import click

from policies import clock, dates
from policies.clock import Counted, Rule
from policies.dates import WorkCalendar
from policies.notices import Notice, notice
from servicing.commands.options import SERVICE_DAY, format_option, warn
from servicing.commands.refusal import BadValue, Misused
from servicing.core import output, settings_file
from servicing.core.output import Format
from servicing.core.settings import General
from servicing.operations import workspace

OtherUnit = Literal["calendar_days", "working_days"]


@click.command("clock")
@click.argument("rule")
@click.option("--from", "start", required=True, type=SERVICE_DAY, help="The day it began.")
@click.option("--country", help="Whose rules and holidays, such as GB; default: the book's.")
@click.option(
    "--subdivision", help="Whose holidays, such as ENG; default: the settings' subdivision."
)
@click.option(
    "--unit",
    type=click.Choice(["calendar_days", "working_days"]),
    help="Count the days of the rule as if it said this.",
)
@format_option
@click.pass_obj
def clock_command(
    home: Path,
    rule: str,
    start: datetime.date,
    country: str | None,
    subdivision: str | None,
    unit: OtherUnit | None,
    form: Format,
) -> None:
    """Count until when something is due, and show how.

    RULE is one of the shipped clocks, such as complaint_simple, or one of clocks/COUNTRY.toml in the
    workspace, which comes first. The day on which it began is not counted.

    \b
    Example:
      servicing clock complaint_simple --from 2026-02-09
    """
    space = workspace.or_default(home, os.environ)
    calendar = _calendar(space.settings.servicing, country, subdivision)
    chosen = _in(unit, clock.of(calendar.country, space.home).at(rule, start))
    with warnings.catch_warnings(action="always", record=True) as of_library:
        counted = clock.due(chosen, start, calendar)
        if form == "table":
            from servicing.terminal.clock import (
                show_clock,  # with rich, which takes a while to load
            )

            show_clock(counted, chosen, calendar, space.locale)
        else:
            _emit(_document(counted), form)
    warn(_doubts(counted, calendar, form, is_doubted=bool(of_library)), space.locale)


def _calendar(general: General, country: str | None, subdivision: str | None) -> WorkCalendar:
    """The calendar asked for; the settings' part is one of the settings' country."""
    ours = country or general.country
    part = general.subdivision if ours == general.country else ""
    if why := settings_file.country_mistake(ours):
        raise _bad("--country", why)
    part = part if subdivision is None else subdivision
    if why := settings_file.subdivision_mistake(ours, part):
        raise _bad("--subdivision", why)
    return dates.work_calendar(ours, part)


def _bad(option: str, why: Notice) -> BadValue:
    found = BadValue(why, None, None)
    found.param_hint = f"'{option}'"
    return found


def _in(unit: OtherUnit | None, rule: Rule) -> Rule:
    """The rule in the unit asked for; raises `Misused` for one that is not counted in days."""
    if unit is None:
        return rule
    if rule.unit not in ("calendar_days", "working_days"):
        raise Misused("rule_not_in_days", name=rule.name, unit=rule.unit)
    return rule._replace(unit=unit)


def _document(counted: Counted) -> dict[str, Any]:
    """What programs read: `days` are so many of `unit`."""
    return {
        "rule": counted.rule,
        "from": counted.start,
        "due": counted.due,
        "days": counted.days,
        "unit": counted.unit,
    }


def _emit(document: dict[str, Any], form: Format) -> None:
    if form == "json":
        output.emit_json(document)
    else:
        output.emit_csv([document], list(document))


def _doubts(
    counted: Counted, calendar: WorkCalendar, form: Format, is_doubted: bool
) -> Sequence[Notice]:
    """What should be known of the working days that are shown; the table shows them for any unit.

    `is_doubted`: the library has warned that it does not know all holidays of these years.
    """
    if counted.unit != "working_days" and form != "table":
        return []
    found = []
    years = clock.unpublished(calendar, counted.start, counted.due)
    if years:
        found.append(notice("holidays_not_announced", country=calendar.country, years=years))
    elif is_doubted:
        found.append(notice("holidays_unknown", country=calendar.country))
    if not calendar.subdivision and (parts := dates.subdivisions(calendar.country)):
        found.append(notice("subdivisions_differ", country=calendar.country, known=parts))
    return found
