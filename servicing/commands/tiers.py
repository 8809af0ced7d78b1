"""servicing tiers: scorecards of clients are checked, and score a client's facts."""

import os
from pathlib import Path

import click

from policies import controls, tier
from servicing.commands.index import Group
from servicing.commands.options import FILE, format_option
from servicing.commands.refusal import language
from servicing.core import i18n, output
from servicing.core.output import Format


@click.group("tiers", cls=Group)
def tiers_group() -> None:
    """Check a scorecard of tiers, and score a client's facts by it.

    \b
    Example:
      servicing tiers check basic
    """


@tiers_group.command("check")
@click.argument("file", type=FILE)
@click.pass_obj
def tiers_check(home: Path, file: Path) -> None:
    """Check a scorecard; the first mistake is named with its line.

    FILE is a file, or the name of the shipped scorecard, basic.

    \b
    Example:
      servicing tiers check basic
    """
    path = tier.find(file)
    card = tier.load(path)
    facts = {"file": path, "count": len(card.factors), "tiers": len(card.tiers)}
    told = i18n.say("tiers", "checked", language(home, os.environ), **facts)
    click.echo(controls.inert(told))


@tiers_group.command("score")
@click.argument("file", type=FILE)
@click.option(
    "--facts", type=FILE, required=True, help="The client's facts, as TOML: name = value."
)
@format_option
@click.pass_obj
def tiers_score(home: Path, file: Path, facts: Path, form: Format) -> None:
    """Score a client's facts by a scorecard, factor by factor.

    \b
    Example:
      servicing tiers score basic --facts facts.toml
    """
    card = tier.load(tier.find(file))
    found = tier.score(card, tier.read_facts(facts, card))
    if form == "table":
        from servicing.terminal.tiers import show_score

        show_score(found, card, language(home, os.environ))
        return
    rows = [each._asdict() for each in found.factors]
    if form == "json":
        output.emit_figures({"points": found.points, "tier": found.tier or None, "factors": rows})
    else:
        output.emit_csv(rows, tier.FactorPoints._fields)
