"""servicing assessment: service in points."""

from typing import Any

import click

from policies import database
from policies.assessment import Assessment
from policies.persistency import periods, units
from policies.persistency.selection import agents_of
from servicing.case_reports import assessed
from servicing.case_reports.assessed import Asked, AssessmentLine, UnitAssessed
from servicing.case_reports.figures import COMPLAINT
from servicing.commands.figures import ScorecardOptions, by_option, scorecard_options
from servicing.commands.options import format_option, gathered, in_workspace, now
from servicing.core import output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.reports import coverage, questions, scorecard
from servicing.terminal import assessment as shown

STANDARD = "standard"


@click.command("assessment")
@by_option("branch", "team", "agent")
@scorecard_options
@format_option
@in_workspace
@gathered(ScorecardOptions)
def assessment_command(space: Workspace, asked: ScorecardOptions, form: Format) -> None:
    """Show each unit's service in points, by the company's weights and gates.

    What the scorecard has, and the complaints, each against its target. The weights are those of
    assessments/standard.toml.

    \b
    Example:
      servicing assessment --by agent --period 2026
    """
    today = asked.as_of or space.today(now())
    period = asked.period or periods.last_full_month(today)
    kind = space.ground.kind(COMPLAINT)
    by = assessed.load(STANDARD, space.home, kind)
    question = questions.question(space.settings, today, asked.selection(), basis=asked.basis)
    rules = (space.settings.targets, coverage.first_year(space.plan), space.zone)
    with database.snapshot():
        found = scorecard.scorecard(question, asked.by, period, *rules)
        whose = Asked(asked.by, period, today, agents_of(question.selection, units.force()))
        complaints = assessed.complaints(by, whose, kind)
        rows, total = assessed.assessed(by, found.cards(), found.total, asked.by, complaints)
    if form == "json":
        head = scorecard.head(question, asked.by, period, space.settings.targets, found.total)
        output.emit_figures_with(_head(head, by, total), "rows", rows)
    elif form == "csv":
        output.emit_csv(assessed.lines([*rows, total]), AssessmentLine)
    else:
        shown.show(by, [*rows, total], str(period), space.locale)


def _head(asked: dict[str, Any], by: Assessment, total: UnitAssessed) -> dict[str, Any]:
    """The question, the weights, and everybody's points."""
    said = {name: value for name, value in asked.items() if name not in ("targets", "total")}
    return {**said, "factors": by.factors, "gates": [each.id for each in by.gates], "total": total}
