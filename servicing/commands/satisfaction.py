"""servicing satisfaction: figures of answers, how many make one, and what clients have answered."""

import datetime
import os
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import click

from policies import database, sampling, satisfaction
from policies.notices import Invalid
from policies.satisfaction import Dimension, Figure, Name
from servicing.commands.index import Group
from servicing.commands.options import SERVICE_DAY, Parsed, format_option, in_workspace
from servicing.commands.refusal import BadValue, language
from servicing.core import output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.surveys import figures
from servicing.surveys.figures import Satisfaction
from servicing.surveys.queries import Part

MOST_CLIENTS = 1_000_000_000

Dimensions = dict[Dimension, Decimal]

FIELDS = ("value", "low", "high", "margin", "mean")
"""What of a figure is a number, or nothing."""


@click.group("satisfaction", cls=Group)
def satisfaction_group() -> None:
    """Count satisfaction with its interval, and what clients have answered.

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
    _emit({"figure": found.figure, **_figure(found)}, form)


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


@satisfaction_group.command("report")
@click.option(
    "--from", "first", type=SERVICE_DAY, required=True, help="Asked on this day or later."
)
@click.option("--to", "last", type=SERVICE_DAY, required=True, help="Asked on this day or earlier.")
@click.option(
    "--by", type=click.Choice(("branch", "team", "agent")), help="Also each of these units."
)
@format_option
@in_workspace
def satisfaction_report(
    space: Workspace, first: datetime.date, last: datetime.date, by: str | None, form: Format
) -> None:
    """Tell how satisfied clients were, with the five measures of a service.

    Praise, known by name, return, complaint and closing beside CSAT, NPS and
    CES with their intervals, and what became of the invitations.

    \b
    Example:
      servicing satisfaction report --from 2026-01-01 --to 2026-06-30 --by team
    """
    with database.snapshot():
        whole = figures.total(None, first, last)
        rows = figures.report(Part(by=by, agents=None), first, last) if by else []
    if form == "json":
        span = {"from": first.isoformat(), "to": last.isoformat()}
        lines = [{"key": each.key, **_told(each)} for each in rows]
        output.emit_json({**span, **_told(whole), "rows": lines})
    elif form == "csv":
        lines = [{"key": each.key, **_flat(each)} for each in [*rows, whole]]
        output.emit_csv(lines, list(lines[0]))
    else:
        from servicing.terminal.satisfaction import show_report

        show_report(whole, rows, (first, last), space.locale)


def _told(of: Satisfaction) -> dict[str, object]:
    """The figures as a document has them: unrounded, null where there are none."""
    return {
        **{key: _exact(value) for key, value in of.measures.items()},
        **{name: _figure(each) for name, each in of.figures.items()},
        **{name: getattr(of, name) for name in _COUNTED},
        "response": _exact(of.response),
        "again": {name: _figure(each) for name, each in of.again.items()},
    }


_COUNTED = ("sent", "undelivered", "answered", "late", "second")


def _flat(of: Satisfaction) -> dict[str, object]:
    """The same as a row of a table."""
    told = {key: _exact(value) for key, value in of.measures.items()}
    shown: dict[str, object] = {}
    for name, each in of.figures.items():
        shown[name] = _exact(each.value)
        shown |= {f"{name}_low": _exact(each.low), f"{name}_high": _exact(each.high)}
        shown |= {f"{name}_n": each.n, f"{name}_enough": each.enough}
    counted = {name: getattr(of, name) for name in _COUNTED}
    return {**told, **shown, **counted, "response": _exact(of.response)}


def _figure(found: Figure) -> dict[str, object]:
    exact = {each: _exact(getattr(found, each)) for each in FIELDS}
    return {**exact, "n": found.n, "enough": found.enough}


def _exact(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _bad(option: str, error: Invalid) -> BadValue:
    refused = BadValue(error.notice, None, None)
    refused.param_hint = f"'{option}'"
    return refused


def _emit(document: dict[str, object], form: Format) -> None:
    if form == "json":
        output.emit_json(document)
    else:
        output.emit_csv([document], list(document))
