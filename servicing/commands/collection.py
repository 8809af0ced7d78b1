"""servicing collection: what has come in of the premiums of the second year."""

import contextlib
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import click

from policies import database, records
from policies.grace import Grace
from policies.persistency import collection, units
from policies.persistency.collection import CollectionRow, OpenInstalment, Span
from policies.persistency.selection import Selection, limits_of
from policies.persistency.units import UnitKind
from servicing.commands.figures import by_option
from servicing.commands.options import format_option, gathered, in_workspace, now, span_options
from servicing.core import output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.terminal import collection as shown


@dataclass(frozen=True)
class CollectionOptions:
    """Whose premiums are asked for, and when they fell due."""

    by: UnitKind
    first: datetime.date
    last: datetime.date
    as_of: datetime.date | None
    branch: str | None
    team: str | None
    agent_no: str | None
    product: str | None
    currency: str | None
    listed: bool

    def selection(self) -> Selection:
        """The part of the book that is asked for."""
        return Selection(
            branch=self.branch,
            team=self.team,
            agent_no=self.agent_no,
            product=self.product,
            currency=self.currency,
        )


@click.command("collection")
@by_option("branch", "team", "agent")
@span_options("Due", "What was paid by that day; default: today.")
@click.option("--branch", help="Only of this branch.")
@click.option("--team", help="Only of this team.")
@click.option("--agent", "agent_no", help="Only of this agent (agent number).")
@click.option("--product", help="Only of this product.")
@click.option("--currency", help="Only premiums in this currency.")
@click.option("--list", "listed", is_flag=True, help="Each premium that may still be paid.")
@format_option
@in_workspace
@gathered(CollectionOptions)
def collection_command(space: Workspace, asked: CollectionOptions, form: Format) -> None:
    """Count what has come in of the premiums of the second year.

    Counted are the instalments of the premium ledger that fall due from the first anniversary of a
    policy until the second, by the agents who serve today. --list has those that may still be paid,
    what ends first before the others. Where the company has a table of commissions, the income is told
    that hangs on what may still be collected.

    \b
    Example:
      servicing collection --from 2026-04-01 --to 2026-06-30 --by agent
      servicing collection --from 2026-04-01 --to 2026-06-30 --list
    """
    known = space.settings.servicing
    span = Span(asked.first, asked.last, asked.as_of or space.today(now()))
    grace = Grace(known.grace_days, known.product_grace_days)
    with database.snapshot():
        force = units.force()
        asked_of = (span, grace, limits_of(asked.selection(), force), force, space.commissions)
        if asked.listed:
            with contextlib.closing(collection.still_open(*asked_of)) as found:
                _list(found, span, form, space.locale)
            return
        counted = collection.collection(asked.by, *asked_of)
    if form == "json":
        head = {"by": asked.by, **_asked(span)}
        output.emit_figures({**head, **records.named(counted)})
    elif form == "csv":
        output.emit_csv([*counted.rows, counted.total], CollectionRow)
    else:
        shown.show(counted, span, space.locale)


def _list(found: Iterable[OpenInstalment], span: Span, form: Format, locale: str) -> None:
    if form == "json":
        output.emit_figures_with(_asked(span), "instalments", found)
    else:
        output.emit(found, OpenInstalment, shown.LISTED, form, locale)


def _asked(span: Span) -> dict[str, Any]:
    """The question, before its answer."""
    return {"from": span.first, "to": span.last, "as_of": span.as_of}
