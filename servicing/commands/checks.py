"""servicing checks: clients are drawn, what a check has found is recorded, and counted by unit."""

import datetime
from decimal import Decimal
from pathlib import Path

import click

from policies import database, question_set, sampling
from policies.notices import notice
from policies.persistency.units import UnitKind
from servicing.checks import checking, choosing, drawing, queries, report, result_file
from servicing.checks.queries import Wanted
from servicing.commands import deeds
from servicing.commands.index import Group
from servicing.commands.options import (
    DAY,
    FILE,
    SERVICE_DAY,
    Parsed,
    by_option,
    format_option,
    in_workspace,
    now,
    warn,
    warn_of_words,
)
from servicing.core import i18n, output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.terminal import checks as shown

QUESTIONS = "basic"
"""The question set of a draw."""

MOST_EACH = 1_000_000

_check = click.argument("check_id", type=int, metavar="CHECK")
_unit = click.option(
    "--by",
    "unit",
    type=click.Choice(["branch", "team", "agent"]),
    default="branch",
    help="By which units; default: branch.",
)
_first = click.option("--from", "first", type=DAY, help="Of draws of this day and later.")
_last = click.option("--to", "last", type=DAY, help="Of draws of this day and earlier.")
_draw = click.option("--draw", "draw_id", type=click.IntRange(min=1), help="Of this draw only.")


@click.group("checks", cls=Group)
def checks_group() -> None:
    """Draw clients for spot checks, record what was found, and count it.

    \b
    Example:
      servicing checks report
    """


@checks_group.command("draw")
@click.option(
    "--share",
    type=Parsed("share", sampling.read_share),
    required=True,
    help="Which share of each unit's clients, as 0.1.",
)
@click.option(
    "--min",
    "min_each",
    type=click.IntRange(0, MOST_EACH),
    default=0,
    help="At least so many of each unit; default: 0.",
)
@_unit
@click.option("--seed", required=True, help="A word; the same word draws the same clients.")
@click.option("--on", type=SERVICE_DAY, help="The day on which they are served; default: today.")
@format_option
@in_workspace
def checks_draw(
    space: Workspace,
    share: Decimal,
    min_each: int,
    unit: UnitKind,
    seed: str,
    on: datetime.date | None,
    form: Format,
) -> None:
    """Draw clients whose basic service is to be checked.

    Drawn are living clients with a policy that is in force and served on the day, each once, by the
    oldest entry of the book. Who was drawn is kept and cannot be edited. The same draw once more
    answers with the one that stands.

    \b
    Example:
      servicing checks draw --share 0.1 --min 10 --by branch --seed 2026-05
    """
    moment = now()
    today = space.today(moment)
    order = drawing.Order(seed, share, min_each, unit, on or today, deeds.actor().who)
    questions = question_set.load(question_set.find(QUESTIONS, space.home), space.plan_alone)
    shown.show_draw(drawing.draw(order, questions, today, moment), form, space.locale)


@checks_group.command("draws")
@format_option
@in_workspace
def checks_draws(space: Workspace, form: Format) -> None:
    """List all draws: by which seed, of whom, and how many of them were checked.

    \b
    Example:
      servicing checks draws
    """
    lines = queries.draws()
    if form == "table":
        shown.show_draws(lines, space.locale)
    else:
        output.emit(lines, queries.DrawLine, [], form, space.locale)


@checks_group.command("list")
@_draw
@_first
@_last
@click.option("--agent", help="Of this agent's service only (agent number).")
@click.option("--open", "is_open", is_flag=True, help="Only those without a result.")
@click.option("--red-lines", "is_red", is_flag=True, help="Only those where a red line failed.")
@format_option
@in_workspace
def checks_list(
    space: Workspace,
    draw_id: int | None,
    first: datetime.date | None,
    last: datetime.date | None,
    agent: str | None,
    is_open: bool,
    is_red: bool,
    form: Format,
) -> None:
    """List the clients who were drawn, with what was found.

    \b
    Example:
      servicing checks list --open
    """
    wanted = Wanted(draw_id, first, last, agent, is_open, is_red)
    with database.snapshot():
        lines = queries.checks(choosing.known(wanted))
        if form == "table":
            shown.show_list(lines, space.locale)
        else:
            output.emit(map(shown.list_row, lines), shown.LISTED, [], form, space.locale)


@checks_group.command("show")
@_check
@click.option("--sheet", is_flag=True, help="As a result file whose answers are to be filled in.")
@format_option
@in_workspace
def checks_show(space: Workspace, check_id: int, sheet: bool, form: Format) -> None:
    """Show a check: whom to ask, what, and what was found.

    \b
    Example:
      servicing checks show 1
      servicing checks show 1 --sheet
    """
    found = checking.check(check_id)
    if sheet:
        for each in shown.sheet(found, space.locale):
            click.echo(each)
    elif form == "json":
        output.emit_json(shown.document(found, space.locale))
    elif form == "csv":
        rows = shown.items(found, space.locale)
        output.emit_csv(rows, list(rows[0]))
    else:
        shown.show_check(found, space.locale)


@checks_group.command("result")
@_check
@click.option("--file", type=FILE, required=True, help="The answers, as TOML.")
@by_option
@format_option
@in_workspace
def checks_result(space: Workspace, check_id: int, file: Path, by: str, form: Format) -> None:
    """Record what a check has found: once, and by somebody who has not served the client.

    A note in the file goes on the client's card; the score does not.

    \b
    Example:
      servicing checks result 1 --file result.toml --by quality
    """
    moment = now()
    found = checking.check(check_id)
    result = result_file.read(file, found.items)
    house = checking.House(space.ground, space.locale)
    judged, problem = checking.record(house, found, result, by, space.today(moment), moment)
    told = {"check": check_id, **shown.worth(judged), "problem": problem}
    if form == "json":
        output.emit_json(told)
    elif form == "csv":
        output.emit_csv([told], list(told))
    else:
        ratio = output.percent(told["ratio"])
        click.echo(i18n.say("checks", "recorded", space.locale, **{**told, "ratio": ratio}))
    warn_of_words(result.note, space.home, space.locale)
    if judged.red_lines:
        lines = list(judged.red_lines)
        warn([notice("red_line_failed", check=check_id, items=lines, case=problem)], space.locale)


@checks_group.command("report")
@_unit
@_draw
@_first
@_last
@format_option
@in_workspace
def checks_report(
    space: Workspace,
    unit: UnitKind,
    draw_id: int | None,
    first: datetime.date | None,
    last: datetime.date | None,
    form: Format,
) -> None:
    """Count what spot checks have found, by branch, team or agent.

    \b
    Example:
      servicing checks report
      servicing checks report --by agent --from 2026-05-01 --to 2026-05-31
    """
    with database.snapshot():
        found = report.report(unit, choosing.known(Wanted(draw_id, first, last)))
    if form == "json":
        head = {"by": unit, "draw": draw_id, "from": first, "to": last}
        output.emit_json({**head, "rows": found.rows, "total": found.total})
    elif form == "csv":
        output.emit_csv([*found.rows, found.total], report.ReportLine)
    else:
        shown.show_report(found, space.locale)
