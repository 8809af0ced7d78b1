"""servicing messages: what became of them, and what a person settles."""

import datetime
from dataclasses import dataclass
from typing import Any, get_args

import click

from policies import records
from servicing.commands.index import Group
from servicing.commands.options import (
    SERVICE_DAY,
    format_option,
    gathered,
    in_workspace,
    known_option,
    now,
)
from servicing.commands.refusal import Misused
from servicing.core import output, states
from servicing.core.output import Format
from servicing.messages import history
from servicing.messages.history import Decision, LifeLine
from servicing.messages.queries import MessageLine
from servicing.operations.workspace import Workspace
from servicing.terminal.messages import message_rows, show_account, show_message

_message = click.argument("message_id", type=int, metavar="ID")


@click.group("messages", cls=Group, invoke_without_command=True)
@click.option("--on", type=SERVICE_DAY, help="Of touchpoints that were due on this day.")
@click.option(
    "--state",
    type=click.Choice(sorted(states.MOVES)),
    metavar="STATE",
    help="In this state: queued, sending, accepted, delivered, undelivered, suppressed, skipped,"
    " cancelled, failed or unknown.",
)
@click.option("--touchpoint", help="Of this touchpoint of the plan.")
@click.option("--reason", help="For this reason: a code, as the list shows it in JSON.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@format_option
@click.pass_context
def messages_group(ctx: click.Context, /, **asked: Any) -> None:
    """List the messages, show the life of one, settle an unknown one.

    \b
    Example:
      servicing messages --state unknown
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(messages_list, **asked)


@dataclass(frozen=True)
class MessagesOptions:
    """Which messages are listed."""

    on: datetime.date | None
    state: str | None
    touchpoint: str | None
    reason: str | None
    limit: int | None


@in_workspace
@gathered(MessagesOptions)
def messages_list(space: Workspace, asked: MessagesOptions, form: Format) -> None:
    """Print the list; the group does so where no other command is named."""
    lines = history.listed(asked.on, asked.state, asked.touchpoint, asked.reason, asked.limit)
    if form != "table":
        output.emit(lines, MessageLine, [], form, space.locale)
        return
    rows = message_rows(lines, space.plan, space.locale)
    columns = ["id", "due_on", "title", "client_no", "state", "reason"]
    output.emit_table(rows, columns, space.locale)


@messages_group.command("show")
@_message
@format_option
@in_workspace
def messages_show(space: Workspace, message_id: int, form: Format) -> None:
    """Show the whole life of a message: its text, its states, and what the provider said.

    \b
    Example:
      servicing messages show 1
    """
    life = history.life(message_id, space.writer)
    if form == "json":
        output.emit_json(life)
    elif form == "csv":
        output.emit_csv(life.life, LifeLine)
    else:
        show_message(life, space.plan, space.locale, space.zone)


@messages_group.command("account")
@click.option("--on", type=SERVICE_DAY, help="The day; default: today in the book's time zone.")
@format_option
@in_workspace
def messages_account(space: Workspace, on: datetime.date | None, form: Format) -> None:
    """Show the account of a day: due = sent + suppressed + skipped + failed + waiting.

    \b
    Example:
      servicing messages account --on 2026-05-04
    """
    account = history.account(on or space.today(now()))
    if form == "table":
        show_account(account, space.locale)
    else:
        output.emit_counts(records.named(account), form, space.locale)


@messages_group.command("settle")
@_message
@click.option("--sent", "decision", flag_value="sent", help="The client has it.")
@click.option("--resend", "decision", flag_value="resend", help="The client has it not: send it.")
@click.option("--leave", "decision", flag_value="left", help="The client has it not: leave it.")
@known_option
@in_workspace
def messages_settle(space: Workspace, message_id: int, decision: str | None, note: str) -> None:
    """Decide whether an unknown message was sent, where no provider can tell.

    \b
    Example:
      servicing messages settle 1 --sent --note "the client has answered"
    """
    known = next((each for each in get_args(Decision) if each == decision), None)
    if known is None:
        raise Misused("sent_or_resend")
    history.settle(message_id, known, now(), note)
