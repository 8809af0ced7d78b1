"""servicing cases report and register: days, weeks, months of cases, and complaints for a regulator."""

import datetime
from dataclasses import dataclass
from pathlib import Path

import click

from policies import database
from policies.case_kind import Kind
from servicing.case_reports import complained, daily, register, tables, weeks
from servicing.case_reports.complained import By, ComplainedOf, UnitLine
from servicing.case_reports.daily import Daily, DayLine
from servicing.case_reports.tables import Table
from servicing.case_reports.weeks import Month, Week
from servicing.commands.options import (
    DAY,
    FILE,
    SERVICE_DAY,
    format_option,
    gathered,
    in_workspace,
    now,
)
from servicing.commands.refusal import Misused
from servicing.core import i18n, output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.terminal import case_reports as shown

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
    out: Path | None

    def found(self, kind: Kind, day: datetime.date) -> Report:
        """The report of a day."""
        match self.which:
            case "weekly":
                return weeks.week(kind, day)
            case "monthly":
                return weeks.month(self.kind, day, self.premium, self.policies)
            case "daily":
                return daily.daily(day)
        return complained.complained_of(self.kind, day, self.by, self.policies)

    def table(self, found: Report, day: datetime.date, space: Workspace) -> Table:
        """The report as a file has it."""
        match found:
            case Week():
                return tables.weekly(found, space.ground.kind(self.kind), space.locale)
            case Month():
                return tables.monthly(found, weeks.month_of(day), space.locale)
            case Daily():
                return tables.daily(found, space.locale)
        return tables.complained_of(found, space.locale)


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
@click.option("--out", type=FILE, help="Write it to FILE.csv or FILE.xlsx instead.")
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
    kind = space.ground.kind(asked.kind)
    day = asked.on or space.today(now())
    with database.snapshot():
        found = asked.found(kind, day)
    if asked.out is not None:
        write_table(asked.out, asked.table(found, day, space))
    elif form == "json":
        output.emit_json(found)
    elif form == "csv":
        rows, shape = _lines(found)
        output.emit_csv(rows, shape)
    else:
        shown.show_table(asked.table(found, day, space))
        if isinstance(found, Daily):
            shown.show_answers(found, space.locale)


def _lines(found: Report) -> tuple[list[object], type]:
    """A report as lines, and what each of them is."""
    match found:
        case Daily():
            return [*found.rows], DayLine
        case ComplainedOf():
            return [*found.rows, found.total], UnitLine
    return [found], type(found)


def write_table(path: Path, table: Table) -> None:
    """Write a report to a file, as CSV or as a workbook."""
    from servicing.reports import lists  # with the writer of workbooks

    lists.write(path, table.titles, table.kinds, table.values(), table.about)


@dataclass(frozen=True)
class RegisterOptions:
    """Which register is asked for."""

    country: register.Country | None
    first: datetime.date
    last: datetime.date
    out: Path


@click.command("register")
@click.option(
    "--country",
    type=click.Choice(register.COUNTRIES),
    help="Whose columns; default: the workspace's country.",
)
@click.option("--from", "first", type=DAY, required=True, help="Received on this day and later.")
@click.option("--to", "last", type=DAY, required=True, help="Received on this day and earlier.")
@click.option("--out", type=FILE, required=True, help="FILE.csv or FILE.xlsx.")
@in_workspace
@gathered(RegisterOptions)
def register_command(space: Workspace, asked: RegisterOptions) -> None:
    """Write the register of complaints with the columns that a country's regulator asks for.

    It has no penalty and nothing else of the restricted trail.

    \b
    Example:
      servicing cases register --from 2026-04-01 --to 2026-06-30 --out q2.xlsx
    """
    from servicing.reports import lists  # with the writer of workbooks

    country = asked.country or next((e for e in register.COUNTRIES if e == space.country), None)
    if country is None:
        raise Misused("no_register", country=space.country)
    kind = space.ground.kind(register.KIND)
    with database.snapshot():
        found = register.register(
            kind, country, asked.first, asked.last, space.today(now()), space.locale
        )
        count = lists.write(asked.out, found.titles, found.kinds, found.lines, found.about)
    told = i18n.say("case_register", "written", space.locale, count=count, path=asked.out)
    click.echo(told)


@click.command("mail")
@click.option("--on", type=SERVICE_DAY, help="About the week before this day; default: today.")
@in_workspace
def mail_command(space: Workspace, on: datetime.date | None) -> None:
    """Write to each manager how the complaints of the last week went, once a week.

    The mail names no client. It goes by the provider of email, to managers whose account has an email
    (`user email`). With `[desk] weekly_mail` the timetable does the same by itself.

    \b
    Example:
      servicing cases mail
    """
    from servicing.operations import weekly_mail  # with the channels, which take a while to load

    moment = now()
    done = weekly_mail.send(space, on or space.today(moment), moment)
    for state in ("sent", "nothing", "failed"):
        click.echo(i18n.say("weekly_mail", state, space.locale, count=done[state]))
