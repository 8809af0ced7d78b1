"""servicing callbacks: new contracts are called back; calls and answers are recorded, and counted."""

import datetime
from collections.abc import Sequence
from pathlib import Path

import click

from policies import database, records
from policies.notices import notice
from policies.persistency.units import UnitKind
from servicing.callbacks import answer_file, calling, escalation, opening, rate
from servicing.callbacks.calling import Call, Outcome, Recorded
from servicing.callbacks.queries import KIND
from servicing.case_reports import tables
from servicing.case_reports.figures import Span
from servicing.commands.case_reports import write_table
from servicing.commands.index import Group
from servicing.commands.options import (
    DAY,
    FILE,
    MOMENT,
    SERVICE_DAY,
    by_option,
    clock,
    format_option,
    in_workspace,
    now,
    warn,
)
from servicing.commands.refusal import Misused
from servicing.core import i18n, output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.terminal import callbacks as shown
from servicing.terminal.case_reports import show_table


@click.group("callbacks", cls=Group)
def callbacks_group() -> None:
    """Open call-backs of new contracts, record calls and answers, count them.

    \b
    Example:
      servicing callbacks rate --from 2026-04-01 --to 2026-04-30
    """


@callbacks_group.command("open")
@click.option("--on", type=SERVICE_DAY, help="As of this day; default: today.")
@format_option
@in_workspace
def callbacks_open(space: Workspace, on: datetime.date | None, form: Format) -> None:
    """Open the call-backs that new contracts owe, and let those that are open follow the book.

    `servicing run` and the workers do this every hour. Nothing is opened twice.

    \b
    Example:
      servicing callbacks open
    """
    moment = now()
    rules = space.settings.callbacks
    day = on or space.today(moment)
    done = opening.bring_up_to_date(space.ground, rules, day, moment)
    told = {"opened": done.opened, "receipts": done.receipts, "not_owed": done.not_owed}
    if form == "json":
        output.emit_json(told)
    elif form == "csv":
        output.emit_csv([told], list(told))
    else:
        click.echo(i18n.say("callback", "followed", space.locale, **told))


@callbacks_group.command("answer")
@click.argument("case_id", type=int, metavar="CASE")
@click.option("--file", type=FILE, help="What the client has answered, as TOML.")
@click.option(
    "--attempt",
    "outcome",
    type=click.Choice(calling.OUTCOMES),
    help="What came of a call that nobody answered to.",
)
@click.option("--at", type=MOMENT, help="When the client was called; default: now.")
@by_option
@format_option
@in_workspace
def callbacks_answer(
    space: Workspace,
    case_id: int,
    file: Path | None,
    outcome: Outcome | None,
    at: datetime.datetime | None,
    by: str,
    form: Format,
) -> None:
    """Record what a client has answered in a call, or that nobody answered.

    An attempt is recorded with all contracts of the client that wait for a call; answers with the
    contract of the case, and with those that the file names. No, or unclear, on what matters opens a
    problem item.

    \b
    Example:
      servicing callbacks answer 1 --attempt busy --at 2026-05-04T10:00
      servicing callbacks answer 1 --file answers.toml --at 2026-05-04T15:00
    """
    if (file is None) == (outcome is None):
        raise Misused("file_or_attempt")
    moment = now()
    house = space.house
    call = Call(case_id, clock(at, space)(), by)
    if file is not None:
        done = calling.answer(house, call, answer_file.read(file, house.interview), moment)
    else:
        assert outcome is not None  # one of the two is given
        done = calling.attempt(house, call, outcome, moment)
    _warn(done, space.locale)
    if form == "json":
        first = done[0]
        head = {"case": first.case, "state": first.state, "due": first.due}
        more = {"in_time": first.in_time, "problem": first.problem, "cases": done}
        output.emit_json({**head, **more})
    elif form == "csv":
        output.emit_csv(done, Recorded)
    else:
        shown.show_calls(done, space.ground.kind(KIND), space.locale)


@callbacks_group.command("link")
@click.argument("case_id", type=int, metavar="CASE")
@by_option
@format_option
@in_workspace
def callbacks_link(space: Workspace, case_id: int, by: str, form: Format) -> None:
    """Send the client a link by which they answer to the questions alone.

    It goes by the client's channel, in their language, works once, and ends with the free look. It
    needs the address of the pages, public_url in [web]. At most one goes a day.

    \b
    Example:
      servicing callbacks link 1
    """
    from servicing.callbacks.links import sending  # with the providers: not for every call

    sent = sending.send(space.post(), case_id, by, now())
    if form == "json":
        output.emit_json(sent)
    elif form == "csv":
        output.emit_csv([sent], sending.Sent)
    else:
        click.echo(i18n.say("callback_page", f"link_{sent.state}", space.locale))
    if sent.state == "failed":
        warn([notice("link_failed", case_id=sent.case)], space.locale)
    if sent.state == "unknown":
        warn([notice("link_unknown", case_id=sent.case)], space.locale)


@callbacks_group.command("letters")
@by_option
@format_option
@in_workspace
def callbacks_letters(space: Workspace, by: str, form: Format) -> None:
    """Write a letter to each client whom no call has reached: files to be printed, in outbox/.

    Written to are those who were called in vain as often as letter_after in [callbacks] says, each
    once. The questions stand in the letter, to be signed and sent back.

    \b
    Example:
      servicing callbacks letters
    """
    from servicing.callbacks import letters  # with the pages: not for every call

    done = letters.write_all(space.printer(), by, now())
    if form == "json":
        output.emit_json(done)
    elif form == "csv":
        rows = [{**records.named(each), "policies": " ".join(each.policies)} for each in done]
        output.emit_csv(rows, ["case", "policies", "file"])
    else:
        for each in done:
            click.echo(f"outbox/{each.file}")
        click.echo(i18n.say("callback_page", "letters_written", space.locale, count=len(done)))


def _warn(done: Sequence[Recorded], locale: str) -> None:
    """What is late, and what has to be seen to."""
    late = [each for each in done if each.in_time is False]
    warn([notice("callback_late", case_id=each.case, due=each.due) for each in late], locale)
    found = [each for each in done if each.problem]
    warn([notice("callback_problem", case_id=each.problem) for each in found], locale)


@callbacks_group.command("due")
@click.option("--on", type=SERVICE_DAY, help="As of this day; default: today.")
@format_option
@in_workspace
def callbacks_due(space: Workspace, on: datetime.date | None, form: Format) -> None:
    """List the open call-backs whose free look is about to end, or is over.

    Listed are those with 5 or 2 days left, with no more than one working day left, and after them those
    that are over; of either, what ends first before the others.

    \b
    Example:
      servicing callbacks due
    """
    rows = escalation.pressing(space.calendar, on or space.today(now()))
    if form == "table":
        shown.show_due(rows, space.locale)
    else:
        output.emit(rows, escalation.Pressing, [], form, space.locale)


@callbacks_group.command("sheet")
@in_workspace
def callbacks_sheet(space: Workspace) -> None:
    """Print the questions as a file whose answers are to be filled in.

    \b
    Example:
      servicing callbacks sheet
    """
    for each in answer_file.sheet(space.house.interview, space.locale):
        click.echo(each)


@callbacks_group.command("rate")
@click.option("--from", "first", type=DAY, required=True, help="Issued on this day or later.")
@click.option("--to", "last", type=DAY, required=True, help="Issued on this day or earlier.")
@click.option(
    "--by",
    "unit",
    type=click.Choice(["branch", "team", "agent"]),
    default="branch",
    help="By which units; default: branch.",
)
@click.option("--out", type=FILE, help="Write it to FILE.csv or FILE.xlsx instead.")
@format_option
@in_workspace
def callbacks_rate(
    space: Workspace,
    first: datetime.date,
    last: datetime.date,
    unit: UnitKind,
    out: Path | None,
    form: Format,
) -> None:
    """Count how the call-backs of the contracts issued within some days were done.

    \b
    Example:
      servicing callbacks rate --from 2026-04-01 --to 2026-04-30
      servicing callbacks rate --from 2026-04-01 --to 2026-04-30 --by agent
    """
    today = space.today(now())
    terms = opening.terms_of(space.ground, space.settings.callbacks, today)
    with database.snapshot():
        found = rate.rate(unit, terms, first, last)
    table = tables.callbacks(found, Span(first, last), today, space.locale)
    if out is not None:
        write_table(out, table)
    elif form == "json":
        output.emit_json({"rows": found.rows, "total": shown.figures(found.total)})
    elif form == "csv":
        output.emit_csv([*found.rows, found.total], rate.RateLine)
    else:
        show_table(table)
        shown.show_total(found, space.locale)
