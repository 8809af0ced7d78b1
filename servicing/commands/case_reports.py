"""servicing cases report: the day, the week and the month of cases, and who is complained of."""

import datetime
from dataclasses import dataclass

import click

from policies import database
from servicing.case_reports import complained, daily
from servicing.case_reports.complained import By, ComplainedOf, UnitLine
from servicing.case_reports.daily import Daily, DayLine
from servicing.cases import reports
from servicing.cases.reports import Month, Week
from servicing.commands.options import SERVICE_DAY, format_option, gathered, in_workspace, now
from servicing.core import output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace

Report = Week | Month | Daily | ComplainedOf

WHICH = ("weekly", "monthly", "daily", "complained-of")
_ABOVE_NOTHING = click.FloatRange(min=0, min_open=True)


@dataclass(frozen=True)
class ReportOptions:
    """Which report is asked for."""

    which: str
    on: datetime.date | None
    kind: str
    by: By
    premium: float | None
    policies: int | None

    def found(self, day: datetime.date) -> Report:
        """The report of a day."""
        match self.which:
            case "weekly":
                return reports.week(self.kind, day)
            case "monthly":
                return reports.month(self.kind, day, self.premium, self.policies)
            case "daily":
                return daily.daily(day)
        return complained.complained_of(self.kind, day, self.by, self.policies)


@click.command("report")
@click.argument("which", type=click.Choice(WHICH))
@click.option(
    "--on", type=SERVICE_DAY, help="The day, or one of the week or month; default: today."
)
@click.option("--kind", default="complaint", help="Of this kind; default: complaint.")
@click.option(
    "--by",
    type=click.Choice(complained.UNITS),
    default="branch",
    help="By which units, for complained-of; default: branch.",
)
@click.option("--premium", type=_ABOVE_NOTHING, help="The premium of the month, for monthly.")
@click.option(
    "--policies",
    type=click.IntRange(min=1),
    help="How many policies, for monthly and complained-of.",
)
@format_option
@in_workspace
@gathered(ReportOptions)
def report_command(space: Workspace, asked: ReportOptions, form: Format) -> None:
    """Count the cases of a day, a week or a month, up to a day of it.

    `daily` holds the day against the 28 days before; `weekly` and `monthly` count complaints;
    `complained-of` counts them by whom they are about. Against 100 million of premium and 10,000
    policies a month sets those whose time is over.

    \b
    Example:
      servicing cases report monthly --on 2026-04-30 --premium 2400000000
      servicing cases report daily --on 2026-05-04
      servicing cases report complained-of --on 2026-05-04 --by agent
    """
    space.ground.kind(asked.kind)  # one that there is not has no figures
    with database.snapshot():
        found = asked.found(asked.on or space.today(now()))
    if form == "json":
        output.emit_json(found)
    elif form == "csv":
        rows, shape = _lines(found)
        output.emit_csv(rows, shape)
    else:
        from servicing.terminal.case_reports import show_report  # with rich

        show_report(found, space.locale)


def _lines(found: Report) -> tuple[list[object], type]:
    """A report as lines, and what each of them is."""
    match found:
        case Daily():
            return [*found.rows], DayLine
        case ComplainedOf():
            return [*found.rows, found.total], UnitLine
    return [found], type(found)
