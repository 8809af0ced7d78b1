"""servicing consent: who may not be written to, and how that changes."""

import datetime

import click

from servicing.commands.index import Group
from servicing.commands.options import (
    SERVICE_DAY,
    format_option,
    in_workspace,
    known_option,
    now,
    tell,
)
from servicing.core import output
from servicing.core.output import Format
from servicing.messages import allowing, suppressions
from servicing.messages.allowing import Word
from servicing.messages.suppressions import SuppressionLine
from servicing.operations.workspace import Workspace
from servicing.terminal.messages import suppression_rows

_whom = click.argument("whom")

OPERATOR = "operator"
"""The source of a change whose note is empty."""


@click.group("consent", cls=Group)
def consent_group() -> None:
    """List who may not be written to, and change that.

    \b
    Example:
      servicing consent list
    """


@consent_group.command("list")
@format_option
@in_workspace
def consent_list(space: Workspace, form: Format) -> None:
    """List everyone who may not be written to, the latest first.

    \b
    Example:
      servicing consent list
    """
    lines = suppressions.listed()
    if form == "table":
        rows = suppression_rows(lines, space.locale, space.zone)
        output.emit_table(rows, ["subject", "of", "why", "since", "source"], space.locale)
    else:
        output.emit(lines, SuppressionLine, [], form, space.locale)


@consent_group.command("stop")
@_whom
@known_option
@in_workspace
def consent_stop(space: Workspace, whom: str, note: str) -> None:
    """Stop writing to a phone number or an email address, or stop marketing to a client.

    WHOM is the number, the address, or the client's number. A number or address that nobody has is
    kept for whoever gets it.

    \b
    Example:
      servicing consent stop C000001 --note "said so on the phone"
    """
    kind, subject = suppressions.whom(whom, space.country)
    suppressions.suppress(kind, subject, "opted_out", note or OPERATOR, now())
    if not suppressions.concerned(kind, subject):
        tell(space.locale, "nobody_has_it", subject=subject)


@consent_group.command("allow")
@_whom
@click.option("--evidence", type=click.Choice(allowing.EVIDENCE), help="What shows it.")
@click.option("--reference", default="", help="Where it is found, such as its number.")
@click.option("--dated", type=SERVICE_DAY, help="Its day; default: today.")
@known_option
@in_workspace
def consent_allow(
    space: Workspace,
    whom: str,
    evidence: str | None,
    reference: str,
    dated: datetime.date | None,
    note: str,
) -> None:
    """Allow writing to a phone number, an email address or a client again.

    WHOM is the number, the address, or the client's number. What a client has refused is lifted with
    --evidence and --reference: what shows that the client wants it again. An address that was only
    wrong needs none.

    \b
    Example:
      servicing consent allow C000001 --evidence letter --reference 2026/118
    """
    kind, subject = suppressions.whom(whom, space.country)
    moment = now().astimezone(space.zone)
    shown = allowing.evidence_of(evidence or "", reference, dated or moment.date())
    allowing.allow(kind, subject, Word(OPERATOR, moment, shown, note or OPERATOR))
