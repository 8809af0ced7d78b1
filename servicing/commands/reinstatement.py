"""servicing reinstatement: how many suspended policies came back."""

import datetime

import click

from policies import database
from policies.persistency import reinstatement
from policies.persistency.reinstatement import Reinstatements
from servicing.commands.index import Group
from servicing.commands.options import format_option, in_workspace, now, span_options
from servicing.core import i18n, output
from servicing.core.output import Format, percent
from servicing.operations.workspace import Workspace


@click.group("reinstatement", cls=Group)
def reinstatement_group() -> None:
    """Count how many suspended policies came back.

    An application is a case: `servicing cases open reinstatement`.

    \b
    Example:
      servicing reinstatement report --from 2026-01-01 --to 2026-01-31
    """


@reinstatement_group.command("report")
@span_options("Suspended", "What was reinstated by that day; default: today.")
@format_option
@in_workspace
def reinstatement_report(
    space: Workspace,
    first: datetime.date,
    last: datetime.date,
    as_of: datetime.date | None,
    form: Format,
) -> None:
    """Count the suspensions of some days, and those that ended in a reinstatement.

    \b
    Example:
      servicing reinstatement report --from 2026-01-01 --to 2026-01-31
    """
    with database.snapshot():
        found = reinstatement.reinstatements(first, last, as_of or space.today(now()))
    if form == "json":
        output.emit_json(found)
    elif form == "csv":
        output.emit_csv([found], Reinstatements)
    else:
        told = {"suspended": found.suspended, "reinstated": found.reinstated}
        share = percent(found.ratio)
        click.echo(i18n.say("retention", "reinstated", space.locale, **told, ratio=share))
