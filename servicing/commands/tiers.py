"""servicing tiers: scorecards are checked, clients are scored by them, and a tier is granted."""

import datetime
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policies import controls, tier, tier_facts
from servicing.commands.index import Group
from servicing.commands.options import (
    FILE,
    SERVICE_DAY,
    by_option,
    format_option,
    in_workspace,
    now,
    warn,
)
from servicing.commands.refusal import language
from servicing.core import i18n, output
from servicing.core.output import Format
from servicing.core.runtime import never
from servicing.operations.workspace import Workspace

if TYPE_CHECKING:
    from servicing.tiers.queries import Line, Standing

_client = click.argument("client_no", metavar="NO")


@click.group("tiers", cls=Group)
def tiers_group() -> None:
    """Check a scorecard of tiers, score clients by it, show or grant a client's tier.

    \b
    Example:
      servicing tiers check basic
    """


@tiers_group.command("check")
@click.argument("file", type=FILE)
@click.pass_obj
def tiers_check(home: Path, file: Path) -> None:
    """Check a scorecard; the first mistake is named with its line.

    FILE is a file, or the name of the shipped scorecard, basic. Factors that no book knows are named:
    in the night they earn nothing.

    \b
    Example:
      servicing tiers check basic
    """
    path, locale = tier.find(file), language(home, os.environ)
    card = tier.load(path)
    facts = {"file": path, "count": len(card.factors), "tiers": len(card.tiers)}
    _tell("checked", locale, **facts)
    if unknown := tier_facts.unknown(card):
        told = i18n.say("tiers", "not_known", locale, factors=i18n.listed(unknown, locale))
        warn([told], locale)


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


@tiers_group.command("run")
@format_option
@in_workspace
def tiers_run(space: Workspace, form: Format) -> None:
    """Score the clients for whom something has changed, or whose day has come.

    `servicing run` and the workers do this every night, before the day is walked. The first time, and
    after the scorecard was edited, it goes through all clients; interrupted, it goes on from there.

    \b
    Example:
      servicing tiers run
    """
    from servicing.tiers import night  # with the book, which a scorecard is checked without

    moment = now()
    done = night.run(space.tiering(), space.today(moment), moment, never)
    told = {"scored": done.scored, "changed": done.changed, "up": done.up, "down": done.down}
    if form == "table":
        _tell("ran", space.locale, **told)
    else:
        output.emit_counts(told, form, space.locale)


@tiers_group.command("show")
@_client
@format_option
@in_workspace
def tiers_show(space: Workspace, client_no: str, form: Format) -> None:
    """Show a client's tier: the points of each factor, what is granted, and how it came to be so.

    \b
    Example:
      servicing tiers show C000002
    """
    from servicing.card import card as cards
    from servicing.tiers import queries

    client = cards.client_of(client_no)
    standing = queries.standings([client.id]).get(client.id)
    history = queries.lines(client.id)
    if form == "json":
        output.emit_figures(_document(client_no, standing, history))
    elif form == "csv":
        output.emit_csv([_of_history(each) for each in history], _HISTORY)
    else:
        from servicing.terminal.tiers import show_standing

        show_standing(client_no, standing, history, space.scorecard, space.locale)


_HISTORY = ("on_day", "kind", "tier", "points", "until", "by", "reason")
"""What a line of the history says to scripts."""


def _of_history(line: "Line") -> dict[str, Any]:
    return {name: getattr(line, name) for name in _HISTORY}


def _document(client_no: str, standing: "Standing | None", history: list["Line"]) -> dict[str, Any]:
    if standing is None:
        return {"client_no": client_no, "tier": None, "points": None, "factors": [], "history": []}
    from servicing.tiers import scoring

    return {
        "client_no": client_no,
        "tier": standing.tier or None,
        "by_points": standing.by_points or None,
        "points": Decimal(standing.points),
        "below_since": standing.below_since,
        "granted": standing.granted,
        "granted_until": standing.granted_until,
        "factors": [each._asdict() for each in scoring.factors_of(standing.scored)],
        "history": [_of_history(each) for each in history],
    }


@tiers_group.command("override")
@_client
@click.argument("name", metavar="TIER")
@click.option("--until", type=SERVICE_DAY, required=True, help="The last day; at most a year away.")
@click.option("--reason", required=True, help="Why; it stands on the card.")
@by_option
@in_workspace
def tiers_override(
    space: Workspace, client_no: str, name: str, until: datetime.date, reason: str, by: str
) -> None:
    """Grant a client a tier for a time, whatever the points say.

    A reason that insults the client cannot be stored.

    \b
    Example:
      servicing tiers override C000002 personal --until 2026-12-31 --reason baby
    """
    from servicing.card import card as cards
    from servicing.tiers import granting

    moment = now()
    what = granting.Grant(name, until, reason, by)
    granting.grant(cards.client_of(client_no), what, space.tiering(), space.today(moment), moment)
    _tell("granted_now", space.locale, client_no=client_no, tier=name, until=until)


@tiers_group.command("lift")
@_client
@by_option
@in_workspace
def tiers_lift(space: Workspace, client_no: str, by: str) -> None:
    """Take back a tier that was granted: the points decide again.

    \b
    Example:
      servicing tiers lift C000002
    """
    from servicing.card import card as cards
    from servicing.tiers import granting

    moment = now()
    granting.lift(cards.client_of(client_no), by, space.tiering(), space.today(moment), moment)
    _tell("lifted_now", space.locale, client_no=client_no)


def _tell(key: str, locale: str, **facts: object) -> None:
    click.echo(controls.inert(i18n.say("tiers", key, locale, **facts)))
