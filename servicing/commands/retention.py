"""servicing retention: policies that may be lost, and what became of them."""

import datetime
from typing import get_args

import click

from policies import database, records
from policies.plan import text
from servicing.case_reports import retained
from servicing.case_reports.figures import Span
from servicing.case_reports.retained import KIND, Retained
from servicing.cases import stepping
from servicing.cases.queries import Wanted
from servicing.cases.signals import looking
from servicing.commands.cases import (
    OpeningOptions,
    StepOptions,
    list_some,
    login,
    open_one,
    opening_options,
    step_options,
    take,
)
from servicing.commands.index import Group
from servicing.commands.options import (
    SERVICE_DAY,
    by_option,
    format_option,
    gathered,
    in_workspace,
    now,
    span_options,
)
from servicing.core import errors, i18n, output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.terminal import retention as shown


@click.group("retention", cls=Group)
def retention_group() -> None:
    """Open cases of policies that may be lost, take their steps, count what became of them.

    \b
    Example:
      servicing retention list
    """


@retention_group.command("open")
@opening_options
@click.option("--received", type=SERVICE_DAY, help="The day of the signal; default: today.")
@by_option
@format_option
@in_workspace
@gathered(OpeningOptions)
def retention_open(space: Workspace, asked: OpeningOptions, form: Format) -> None:
    """Open a retention case of a policy; its source is the signal, such as arrears.

    Where no client is named, it is the policy's.

    \b
    Example:
      servicing retention open --policy P0000000001 --text "wants to leave"
    """
    open_one(space, asked, KIND, form)


@retention_group.command("step")
@step_options
@by_option
@format_option
@in_workspace
@gathered(StepOptions)
def retention_step(space: Workspace, asked: StepOptions, form: Format) -> None:
    """Take a step of a retention case: contact, offer, save, lose, give_up, record.

    A loss says of which type it is, and what shows it.

    \b
    Example:
      servicing retention step 1 record --text "pays on Friday"
    """
    case = stepping.of_number(asked.case_id)
    if case.kind != KIND:
        title = text(space.ground.kind(case.kind).title, space.locale)
        raise errors.CaseRefused("case_is_another", case_id=case.id, kind=title)
    take(space, asked, form)


@retention_group.command("list")
@click.option("--state", help="In this state; default: all that are open.")
@click.option("--owner", help="Of this login, agent number or desk.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@format_option
@in_workspace
def retention_list(
    space: Workspace, state: str | None, owner: str | None, limit: int | None, form: Format
) -> None:
    """List the retention cases, by default those that are open.

    \b
    Example:
      servicing retention list --state lost
    """
    list_some(space, Wanted(KIND, state, login(owner), None, None), limit, form)


@retention_group.command("signals")
@format_option
@in_workspace
def retention_signals(space: Workspace, form: Format) -> None:
    """Open the cases that signals of the book ask for, such as a premium in arrears.

    `servicing run` and the workers do this every hour. Each cause opens one case, or is noted on the
    one that is open; what was missed for two weeks is caught up.

    \b
    Example:
      servicing retention signals
    """
    moment = now()
    done = looking.look(space.ground, space.locale, space.today(moment), moment)
    told = {each: done[each] for each in get_args(looking.Done)}
    if form == "json":
        output.emit_json(told)
    elif form == "csv":
        output.emit_csv([told], list(told))
    else:
        click.echo(i18n.say("retention", "signals", space.locale, **told))


@retention_group.command("report")
@span_options("Opened", "As it stood on that day; default: today.")
@format_option
@in_workspace
def retention_report(
    space: Workspace,
    first: datetime.date,
    last: datetime.date,
    as_of: datetime.date | None,
    form: Format,
) -> None:
    """Count the retention cases of some days: saved, lost, not reached, and the losses by type.

    \b
    Example:
      servicing retention report --from 2026-01-01 --to 2026-06-30
    """
    with database.snapshot():
        found = retained.retained(Span(first, last), as_of or space.today(now()))
    if form == "json":
        output.emit_json(found)
    elif form == "csv":
        counts = {"lost_by_type": found.lost_by_type, "otherwise": found.otherwise}
        told = {
            name: " ".join(f"{each}:{count}" for each, count in some.items())
            for name, some in counts.items()
        }
        output.emit_csv([{**records.named(found), **told}], Retained)
    else:
        shown.show(found, space.ground.kind(KIND), space.locale)
