"""servicing satisfaction: figures of answers, and how many answers make one."""

import os
from decimal import Decimal
from pathlib import Path

import click

from policies import sampling, satisfaction
from policies.notices import Invalid
from policies.satisfaction import Dimension, Name
from servicing.commands.index import Group
from servicing.commands.options import Parsed, format_option
from servicing.commands.refusal import BadValue, language
from servicing.core import output
from servicing.core.output import Format

MOST_CLIENTS = 1_000_000_000

Dimensions = dict[Dimension, Decimal]

FIELDS = ("value", "low", "high", "margin", "mean")
"""What of a figure is a number, or nothing."""


@click.group("satisfaction", cls=Group)
def satisfaction_group() -> None:
    """Count satisfaction with its interval, and how many answers it needs.

    \b
    Example:
      servicing satisfaction figure csat --counts 96,68,20,10,6
    """


@satisfaction_group.command("figure")
@click.argument("name", type=click.Choice(satisfaction.NAMES), metavar="FIGURE")
@click.option(
    "--counts",
    type=Parsed("counts", satisfaction.read_counts),
    required=True,
    help="How often each answer was given, the best first: csat 5 to 1; nps promoters, passives, "
    "detractors; ces 7 to 1.",
)
@format_option
@click.pass_obj
def satisfaction_figure(home: Path, name: Name, counts: tuple[int, ...], form: Format) -> None:
    """Make a figure of counted answers, with its interval of 95 %.

    FIGURE is csat, nps or ces. Fewer than 30 answers are too few, and the figure says so.

    \b
    Example:
      servicing satisfaction figure nps --counts 52,28,20
    """
    try:
        found = satisfaction.figure(name, counts)
    except Invalid as error:
        raise _bad("--counts", error) from None
    if form == "table":
        from servicing.terminal.satisfaction import show_figure

        show_figure(found, language(home, os.environ))
        return
    numbers = {each: getattr(found, each) for each in FIELDS}
    exact = {key: None if value is None else float(value) for key, value in numbers.items()}
    _emit({"figure": found.figure, **exact, "n": found.n, "enough": found.enough}, form)


@satisfaction_group.command("need")
@click.option(
    "--margin",
    type=Parsed("share", sampling.read_share),
    required=True,
    help="How exact a share is to be: 0.10 is ± 10 points.",
)
@click.option("--of", "clients", type=click.IntRange(1, MOST_CLIENTS), help="Of so many clients.")
@format_option
@click.pass_obj
def satisfaction_need(home: Path, margin: Decimal, clients: int | None, form: Format) -> None:
    """Tell how many answers make a share so exact, whatever it turns out to be.

    \b
    Example:
      servicing satisfaction need --margin 0.10 --of 2000
    """
    answers = satisfaction.needed(margin, clients)
    if form == "table":
        from servicing.terminal.satisfaction import show_need

        show_need(answers, margin, clients, language(home, os.environ))
    else:
        _emit({"answers": answers}, form)


@satisfaction_group.command("gap")
@click.option(
    "--gaps",
    type=Parsed("gaps", satisfaction.read_dimensions),
    required=True,
    help="Perceived less expected service: reliability, responsiveness, assurance, empathy, tangibles.",
)
@click.option(
    "--weights",
    type=Parsed("weights", satisfaction.read_dimensions),
    default="0.2,0.2,0.2,0.2,0.2",
    show_default=True,
    help="How much each of them weighs, 1 together.",
)
@format_option
@click.pass_obj
def satisfaction_gap(home: Path, gaps: Dimensions, weights: Dimensions, form: Format) -> None:
    """Weigh the gaps of SERVQUAL between perceived and expected service.

    \b
    Example:
      servicing satisfaction gap --gaps -0.4,-0.6,0.1,-0.2,0.3
    """
    try:
        found = satisfaction.gap(weights, gaps)
    except Invalid as error:
        raise _bad("--weights", error) from None
    if form == "table":
        from servicing.terminal.satisfaction import show_gap

        show_gap(found, language(home, os.environ))
    else:
        _emit({"gap": float(found)}, form)


def _bad(option: str, error: Invalid) -> BadValue:
    refused = BadValue(error.notice, None, None)
    refused.param_hint = f"'{option}'"
    return refused


def _emit(document: dict[str, object], form: Format) -> None:
    if form == "json":
        output.emit_json(document)
    else:
        output.emit_csv([document], list(document))
