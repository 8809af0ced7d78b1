"""servicing halts, halt and resume: what is stopped, and a person's word on it."""

import dataclasses
from functools import partial

import click

from policies.notices import notice
from servicing.breaker import breaker, halts
from servicing.breaker.halts import HaltLine
from servicing.commands.options import by_option, format_option, in_workspace, now
from servicing.commands.refusal import BadValue
from servicing.core import output
from servicing.core.output import Format
from servicing.messages import waiting
from servicing.operations.workspace import Workspace
from servicing.terminal.status import halt_rows


def _said(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A reason is more than blanks."""
    if not value.strip():
        raise BadValue(notice("why_missing"), ctx, param)
    return value.strip()


_why = click.option("--why", required=True, callback=_said, help="The reason, which is kept.")


@click.command("halts")
@click.option("--all", "is_all", is_flag=True, help="Those that were resumed, too.")
@format_option
@in_workspace
def halts_command(space: Workspace, is_all: bool, form: Format) -> None:
    """List what is halted, why, and how many messages wait.

    \b
    Example:
      servicing halts
    """
    lines = halts.listed(is_all=is_all)
    if form == "table":
        columns = ["what", "why", "since", "resumed" if is_all else "waiting"]
        rows = halt_rows(lines, space.locale, space.zone)
        output.emit_table(rows, columns, space.locale)
        return
    shape = [*(field.name for field in dataclasses.fields(HaltLine)), "sentence"]
    output.emit([each.document(space.locale) for each in lines], shape, [], form, space.locale)


@click.command("halt")
@click.argument("what")
@_why
@by_option
@in_workspace
def halt_command(space: Workspace, what: str, why: str, by: str) -> None:
    """Stop sending a touchpoint, all SMS or all email.

    WHAT is a touchpoint of the plan, sms or email. Its messages wait.

    \b
    Example:
      servicing halt news --why "the text names last month's event"
    """
    breaker.halt(what, space.plan, why, by, now())


@click.command("resume")
@click.argument("what")
@_why
@by_option
@click.option("--drop-repeated", is_flag=True, help="Cancel what repeats a text to its address.")
@in_workspace
def resume_command(space: Workspace, what: str, why: str, by: str, drop_repeated: bool) -> None:
    """Let something that is halted go on.

    What waits leaves with the next dispatch, and what fell due is accepted as usual.

    \b
    Example:
      servicing resume news --why "the branch of Shanghai has joined"
    """
    rules = space.settings.breaker
    would_say = partial(waiting.would_say, space.writer) if drop_repeated else None
    breaker.resume(what, why, by, now(), rules=rules, drops_repeated=would_say)
