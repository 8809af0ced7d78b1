"""servicing influence: who brought whom, one client's tree or the largest of the book."""

import datetime

import click

from policies import referrals
from servicing.commands.options import DAY, format_option, in_workspace, now, warn
from servicing.commands.refusal import Misused
from servicing.core import output
from servicing.core.output import Format
from servicing.messages import placeholders
from servicing.operations.workspace import Workspace
from servicing.terminal import influence

MOST = 1_000_000


@click.command("influence")
@click.argument("client_no", required=False)
@click.option("--top", type=click.IntRange(1, MOST), help="The so many largest trees of the book.")
@click.option("--on", type=DAY, help="The day; default: today in the book's time zone.")
@format_option
@in_workspace
def influence_command(
    space: Workspace,
    client_no: str | None,
    top: int | None,
    on: datetime.date | None,
    form: Format,
) -> None:
    """Show centres of influence: a tree of referrals, or the largest.

    Name a client, or say --top. Trees are ranked by annual premium. The root of a tree has referred
    somebody, and nobody in this book has referred the root. A policy counts if it was issued on or
    before the day and has not ended by then. Amounts in different currencies are not added: trees
    are compared in the currency of most policies. Where referrals go round in a circle, a warning
    names it, and everyone counts once.

    \b
    Example:
      servicing influence C000001
      servicing influence --top 20
    """
    day, currency = on or space.today(now()), placeholders.currency_of(space.country)
    if client_no is not None and top is None:
        _tree(referrals.tree(client_no, day, currency), form, space.locale)
    elif client_no is None and top is not None:
        _centres(referrals.centres(day, top, currency), form, space.locale)
    else:
        raise Misused("client_or_top")


def _tree(tree: referrals.Tree, form: Format, locale: str) -> None:
    if form == "json":
        output.emit_json(influence.tree_document(tree))
    elif form == "csv":
        output.emit_csv(map(influence.person_row, tree.persons), influence.PERSON)
    else:
        influence.show_tree(tree, locale)
    warn(influence.warnings([tree.circle] if tree.circle else []), locale)


def _centres(found: referrals.Centres, form: Format, locale: str) -> None:
    rows = map(influence.centre_row, found.centres)
    if form == "json":
        output.emit_json({"centres": list(rows), "circles": found.circles})
    elif form == "csv":
        output.emit_csv(rows, influence.CENTRE)
    else:
        influence.show_centres(found.centres, locale)
    warn(influence.warnings(found.circles), locale)
