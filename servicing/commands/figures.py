"""servicing persistency, atrisk, losses and scorecard: the figures that managers are judged by."""

import contextlib
import datetime
import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from policies import database, records
from policies.persistency import cohorts, early_warning, figure, periods, policy_lines
from policies.persistency.cohorts import Definition
from policies.persistency.figure import Basis, FigureRow
from policies.persistency.periods import Period
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.selection import Selection
from policies.persistency.units import UnitKind
from servicing.commands.options import (
    DAY,
    FILE,
    MONTH,
    PERIOD,
    format_option,
    gathered,
    in_workspace,
    now,
)
from servicing.core import output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.reports import coverage, losses, questions, scorecard
from servicing.reports.losses import Losses
from servicing.reports.questions import Question
from servicing.terminal import figures

OFFERED = click.Choice([str(month) for month in cohorts.MONTHS])
LISTED = ["policy_no", "agent_no", "annual_premium", "due_on", "verdict"]
SHOWN_DECIDING = 20
"""Policies that a person is shown; --list and the other formats have them all."""

ASKING = (
    click.option("--month", type=OFFERED, default="13", show_default=True, help="After issue."),
    click.option("--as-of", type=DAY, help="What was known on that day; default: today."),
    click.option(
        "--basis", type=click.Choice(["premium", "count"]), help="Default: servicing.toml's."
    ),
    click.option(
        "--definition",
        type=click.Choice(["paid", "in-force"]),
        help="Default: servicing.toml's; there, paid where the book has a premium ledger.",
    ),
    click.option("--from", "first", type=MONTH, help="The first cohort, as YYYY-MM."),
    click.option("--to", "last", type=MONTH, help="The last cohort, as YYYY-MM."),
    click.option("--branch", help="Only of this branch."),
    click.option("--team", help="Only of this team."),
    click.option("--agent", "agent_no", help="Only of this agent (agent number)."),
    click.option("--product", help="Only of this product."),
    click.option("--currency", help="Only premiums in this currency."),
)
SELECTING = ("first", "last", "branch", "team", "agent_no", "product", "currency", "by")


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which every figure is asked for; the command is handed one `Question`."""

    @functools.wraps(command)
    def asked(
        space: Workspace,
        month: str,
        as_of: datetime.date | None,
        basis: Basis | None,
        definition: Definition | None,
        is_rolling: bool = False,
        **rest: Any,
    ) -> Any:
        chosen: Mapping[str, Any] = {name: rest.pop(name) for name in SELECTING}
        question = questions.question(
            space.settings,
            as_of or space.today(now()),
            Selection(**chosen, is_rolling=is_rolling),
            month=int(month),
            definition=definition,
            basis=basis,
        )
        return command(space, question, **rest)

    return functools.reduce(lambda made, option: option(made), reversed(ASKING), asked)


def by_option(*kinds: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The --by of a figure: its rows stand for one of these kinds."""
    return click.option(
        "--by",
        type=click.Choice(kinds),
        default=kinds[0],
        show_default=True,
        help="What each row stands for.",
    )


@click.command("persistency")
@by_option("cohort", "branch", "team", "agent", "product")
@click.option("--rolling", "is_rolling", is_flag=True, help="Twelve cohorts together.")
@click.option("--list", "listed", is_flag=True, help="Every policy, counted or not, and why.")
@click.option("--out", type=FILE, help="Write it to FILE.csv or FILE.xlsx instead.")
@format_option
@in_workspace
@asking
def persistency_command(
    space: Workspace, question: Question, listed: bool, out: Path | None, form: Format
) -> None:
    """Count how much of the issued business is kept.

    Counted by cohort or by unit, down to the single policy. An open cohort is shown with what is not
    lost yet, and stays out of the total.

    \b
    Example:
      servicing persistency --rolling
    """
    asked = (question.measure, question.rules, question.selection)
    with database.snapshot():  # the list adds up to its rows, whatever is imported meanwhile
        audit = figure.audit(*asked, question.basis)
        lines = policy_lines.policies(*asked, is_grouped=out is not None)
        if out is not None:
            from servicing.reports import exports

            exports.write(out, audit, question.selection, lines if listed else None, space.locale)
        elif form == "json":
            if listed:
                output.emit_figures_with(records.named(audit), "policies", lines)
            else:
                output.emit_figures(audit)
        elif listed:
            shown = figures.policy_rows(lines, space.locale) if form == "table" else lines
            output.emit(shown, PolicyLine, LISTED, form, space.locale)
        elif form == "csv":
            output.emit_csv(audit.rows, FigureRow)
        else:
            figures.show_audit(audit, space.locale)


@click.command("atrisk")
@by_option("cohort", "branch", "team", "agent")
@click.option(
    "--ahead",
    type=click.IntRange(0, 11),
    default=1,
    show_default=True,
    help="Also what falls due so many months from now.",
)
@click.option("--list", "listed", is_flag=True, help="The policies that decide it, all of them.")
@format_option
@in_workspace
@asking
def atrisk_command(
    space: Workspace, question: Question, ahead: int, listed: bool, form: Format
) -> None:
    """Show the cohorts still open, and what is to be collected.

    The policies that decide them are sorted by premium, largest first, then by the grace left.

    \b
    Example:
      servicing atrisk --by agent
    """
    asked = (question.measure, question.rules, question.selection)
    target = space.settings.targets.persistency
    with database.snapshot(), contextlib.closing(early_warning.deciding(*asked, ahead)) as policies:
        early = early_warning.early_warning(*asked, question.basis, target, ahead)
        if form == "json":
            output.emit_figures_with(records.named(early), "policies", policies)
        elif form == "csv":
            shape = early_warning.Deciding if listed else early_warning.Outlook
            output.emit_csv(policies if listed else early.rows, shape)
        else:
            figures.show_early_warning(early, space.locale)
            shown = policies if listed else itertools.islice(policies, SHOWN_DECIDING)
            figures.show_deciding(shown, early, space.locale)


@click.command("losses")
@by_option("cohort", "branch", "team", "agent", "product")
@click.option("--rolling", "is_rolling", is_flag=True, help="The last twelve complete cohorts.")
@format_option
@in_workspace
@asking
def losses_command(space: Workspace, question: Question, form: Format) -> None:
    """Set service and loss side by side.

    Policies kept and lost are counted by whether they were served in their first year.

    \b
    Example:
      servicing losses --by branch --definition in-force
    """
    found = losses.losses(question, coverage.first_year(space.plan), space.zone)
    if form == "json":
        output.emit_figures(losses.document(question, found))
    elif form == "csv":
        output.emit_csv(found, Losses)
    else:
        figures.show_losses(found, space.locale)


@dataclass(frozen=True)
class ScorecardOptions:
    """The units whose scorecards are asked for, the period, and the day that they are seen from."""

    by: UnitKind
    period: Period | None
    as_of: datetime.date | None
    branch: str | None
    team: str | None
    agent_no: str | None
    currency: str | None
    basis: Basis | None

    def selection(self) -> Selection:
        """The part of the book that is asked for."""
        return Selection(
            branch=self.branch, team=self.team, agent_no=self.agent_no, currency=self.currency
        )


@dataclass(frozen=True)
class TrendOptions(ScorecardOptions):
    """The same, perhaps over twelve periods."""

    trend: bool


SCORED = (
    click.option(
        "--period", type=PERIOD, help="2026-05, 2026-Q2 or 2026; default: the last month."
    ),
    click.option("--as-of", type=DAY, help="The book as known on that day; default: today."),
    click.option("--branch", help="Only of this branch."),
    click.option("--team", help="Only of this team."),
    click.option("--agent", "agent_no", help="Only of this agent (agent number)."),
    click.option("--currency", help="Persistency: only premiums in this currency."),
    click.option(
        "--basis",
        type=click.Choice(["premium", "count"]),
        help="Of persistency; default: servicing.toml's.",
    ),
)


def scorecard_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Those that scorecard and assessment share."""
    return functools.reduce(lambda made, option: option(made), reversed(SCORED), command)


@click.command("scorecard")
@by_option("branch", "team", "agent")
@scorecard_options
@click.option("--trend", is_flag=True, help="Twelve periods of each, instead of the one.")
@format_option
@in_workspace
@gathered(TrendOptions)
def scorecard_command(space: Workspace, asked: TrendOptions, form: Format) -> None:
    """Show what each unit kept, how it grew and how it served.

    Each figure stands against its target, and over twelve periods with --trend.

    \b
    Example:
      servicing scorecard --by team
    """
    today = asked.as_of or space.today(now())
    period = asked.period or periods.last_full_month(today)
    question = questions.question(space.settings, today, asked.selection(), basis=asked.basis)
    targets, keys = space.settings.targets, coverage.first_year(space.plan)
    found = scorecard.scorecard(question, asked.by, period, targets, keys, space.zone)
    lines = scorecard.lines(found, asked.trend)
    if form == "json":
        head = scorecard.head(question, asked.by, period, targets, found.total)
        output.emit_figures_with(head, "rows", found.cards())
    elif form == "csv":
        output.emit_csv(lines, scorecard.ScorecardLine)
    else:
        figures.show_scorecard(lines, period, targets, space.locale)
