"""servicing assessment: service in points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from policies import database
from policies.assessment import Assessment
from policies.persistency import periods, units
from policies.persistency.periods import Period
from policies.persistency.policy_lines import PolicyLine
from policies.persistency.selection import agents_of
from servicing.case_reports import assessed, figures
from servicing.case_reports.assessed import FACTORS, Asked, AssessmentLine, Factor, UnitAssessed
from servicing.case_reports.figures import COMPLAINT, CaseRow
from servicing.commands.figures import ScorecardOptions, by_option, scorecard_options
from servicing.commands.options import format_option, gathered, in_workspace, now
from servicing.core import output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.reports import behind, coverage, questions, scorecard
from servicing.reports.behind import AddOn, ReferredClient, ServedLine
from servicing.terminal import assessment as shown

STANDARD = "standard"


@dataclass(frozen=True)
class AssessmentOptions(ScorecardOptions):
    """Whose assessment, or what a factor of it rests on."""

    listed: Factor | None


@click.command("assessment")
@by_option("branch", "team", "agent")
@scorecard_options
@click.option("--list", "listed", type=click.Choice(FACTORS), help="What a factor rests on.")
@format_option
@in_workspace
@gathered(AssessmentOptions)
def assessment_command(space: Workspace, asked: AssessmentOptions, form: Format) -> None:
    """Show each unit's service in points, by the company's weights and gates.

    What the scorecard has, and the complaints, each against its target. The weights are those of
    assessments/standard.toml. --list has what a factor rests on: as many lines as it counts.

    \b
    Example:
      servicing assessment --by agent --period 2026
      servicing assessment --list referrals
    """
    today = asked.as_of or space.today(now())
    period = asked.period or periods.last_full_month(today)
    kind = space.ground.kind(COMPLAINT)
    by = assessed.load(STANDARD, space.home, kind)
    question = questions.question(space.settings, today, asked.selection(), basis=asked.basis)
    rules = (space.settings.targets, coverage.first_year(space.plan), space.zone)
    with database.snapshot():
        whose = Asked(asked.by, period, today, agents_of(question.selection, units.force()))
        if asked.listed:
            lines = _lines(space, asked.listed, behind.Asked(question, period), whose)
            _list(space, lines, asked.listed, period, form)
            return
        found = scorecard.scorecard(question, asked.by, period, *rules)
        complaints = assessed.complaints(by, whose, kind)
        rows, total = assessed.assessed(by, found.cards(), found.total, asked.by, complaints)
    if form == "json":
        head = scorecard.head(question, asked.by, period, space.settings.targets, found.total)
        output.emit_figures_with(_head(head, by, total), "rows", rows)
    elif form == "csv":
        output.emit_csv(assessed.lines([*rows, total]), AssessmentLine)
    else:
        shown.show(by, [*rows, total], str(period), space.locale)


def _lines(space: Workspace, factor: Factor, of: behind.Asked, whose: Asked) -> Iterable[Any]:
    """What a factor rests on."""
    match factor:
        case "persistency":
            return behind.persistency(of)
        case "referrals":
            return behind.referrals(of)
        case "add_on":
            return behind.add_ons(of)
        case "coverage":
            first_year = coverage.first_year(space.plan)
            return behind.served(of, first_year, space.zone, space.settings.targets)
        case "complaints":
            of_whom = assessed.complaints_of(whose, space.ground.kind(COMPLAINT))
            return (each._asdict() for each in figures.rows(of_whom))


SHAPES: Mapping[Factor, type | Sequence[str]] = {
    "persistency": PolicyLine,
    "referrals": ReferredClient,
    "add_on": AddOn,
    "coverage": ServedLine,
    "complaints": CaseRow._fields,
}
"""What the lines of a factor have."""


def _list(
    space: Workspace, found: Iterable[Any], factor: Factor, period: Period, form: Format
) -> None:
    if form == "json":
        output.emit_figures_with({"period": f"{period}", "factor": factor}, "lines", found)
    elif form == "csv":
        output.emit_csv(found, SHAPES[factor])
    else:
        rows = shown.listed(found, space.plan, space.ground.kind(COMPLAINT), space.locale)
        output.emit_table(rows, shown.LISTED[factor], space.locale)


def _head(asked: dict[str, Any], by: Assessment, total: UnitAssessed) -> dict[str, Any]:
    """The question, the weights, and everybody's points."""
    said = {name: value for name, value in asked.items() if name not in ("targets", "total")}
    return {**said, "factors": by.factors, "gates": [each.id for each in by.gates], "total": total}
