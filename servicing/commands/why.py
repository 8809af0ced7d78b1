"""servicing why: the whole chain from the plan to the receipt."""

import datetime

import click

from servicing.commands.options import SERVICE_DAY, format_option, in_workspace, now
from servicing.core import output
from servicing.core.output import Format
from servicing.explain import why
from servicing.operations.workspace import Workspace
from servicing.terminal.why import show_why


@click.command("why")
@click.argument("policy_no")
@click.argument("touchpoint")
@click.option("--on", type=SERVICE_DAY, help="The day; default: when it was last, or will be next.")
@format_option
@in_workspace
def why_command(
    space: Workspace, policy_no: str, touchpoint: str, on: datetime.date | None, form: Format
) -> None:
    """Tell why a touchpoint was done or not, or will be.

    The answer goes step by step, each with what it rests on.

    \b
    Example:
      servicing why P0000000001 month_1
    """
    found = why.why(space.walker(), policy_no, touchpoint, on, space.today(now()))
    if form == "table":
        show_why(found, space.plan, space.locale, space.zone)
    elif form == "json":
        output.emit_json(found.document(space.locale))
    else:
        rows = [
            {"code": each.code, "holds": each.holds, "sentence": each.sentence(space.locale)}
            for each in found.chain
        ]
        output.emit(rows, ["code", "holds", "sentence"], [], form, space.locale)
