"""The front door: every command is a thin call into `servicing` and `policies`.

Only here (and in the engines and the web) is the clock read, and only here do errors become
sentences on standard error and exit codes: 0 done, 1 refused or found wanting, 2 usage.
"""

import contextlib
import datetime
import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from policies import book, database, errors
from servicing import card as cards
from servicing import dispatch as dispatching
from servicing import (
    intake,
    manual,
    messages,
    present,
    states,
    sweep,
    tasks,
    terminal,
    walk,
    workspace,
)
from servicing.card import TimelineLine, TrailLine
from servicing.manual import ManualEntry
from servicing.messages import LifeLine, MessageLine
from servicing.present import Format
from servicing.tasks import TaskLine
from servicing.workspace import Workspace


def main() -> None:
    """Run a command; what a person can put right is one sentence and exit code 1."""
    try:
        cli()
    except errors.ServicingError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(
            f"{error.filename or 'output'} cannot be written or read: {error.strerror or error}"
        )


def _refuse(sentence: str) -> None:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(1)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _clock(at: datetime.datetime | None, space: Workspace) -> Callable[[], datetime.datetime]:
    """The clock on the wall, or one that stands still at the moment a person has named."""
    if at is None:
        return _now
    named = at if at.tzinfo else at.replace(tzinfo=space.zone)
    return lambda: named


class Day(click.ParamType[datetime.date]):
    """A date on the command line."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.date:
        """An ISO date, or a usage error."""
        if isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date as YYYY-MM-DD", param, ctx)


class Moment(click.ParamType[datetime.datetime]):
    """A date and time on the command line."""

    name = "datetime"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.datetime:
        """An ISO 8601 moment; without an offset it is meant in the book's time zone."""
        if isinstance(value, datetime.datetime):
            return value
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a moment as 2026-05-04T10:00", param, ctx)


DAY, MOMENT, FILE = Day(), Moment(), click.Path(path_type=Path)


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The --format that every listing command takes."""
    choice = click.Choice(["table", "json", "csv"])
    return click.option("--format", "form", type=choice, default="table", help="How to print it.")(
        command
    )


def in_workspace(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hands the command its workspace, opened."""

    @click.pass_context
    @functools.wraps(command)
    def wrapped(ctx: click.Context, *args: Any, **kwargs: Any) -> Any:
        space = workspace.at(ctx.obj, os.environ)
        space.open()
        try:
            return command(space, *args, **kwargs)
        finally:
            database.database.close()

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home",
    type=FILE,
    envvar="SERVICING_HOME",
    default=Path(),
    help="The workspace; default: SERVICING_HOME, else this folder.",
)
@click.version_option(package_name="servicing")
@click.pass_context
def cli(ctx: click.Context, home: Path) -> None:
    """Walks every policy through its service timeline: messages, tasks, cards.

    \b
    Example:
      servicing --home office init
    """
    ctx.obj = home


@cli.command()
@click.option(
    "--database", "url", default="sqlite:///servicing.db", help="sqlite:///FILE or postgresql://..."
)
@click.pass_obj
def init(home: Path, url: str) -> None:
    """Make a workspace: servicing.toml and a database.

    \b
    Example:
      servicing --home office init
    """
    path = workspace.create(home, url)
    click.echo(f"{path} is written: look through it, then import a book")


@cli.command()
@click.option("--policies", default=2_000, show_default=True, help="How many policies to make up.")
@click.option("--locale", default="zh_CN", show_default=True, help="zh_CN or en.")
@click.pass_obj
def demo(home: Path, policies: int, locale: str) -> None:
    """The main job once, on a made-up book: import, today's walk, messages to files, tasks, a card.

    \b
    Example:
      servicing demo
    """
    from servicing import demo as demonstration

    demonstration.run(home, policies, locale, _now())


# -------------------------------------------------------------------------------------------- book


@cli.group("book")
def book_group() -> None:
    """The book of business: its policies, clients, agents and premiums."""


@book_group.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--map", "map_file", type=FILE, help="A mapping file: another system's headers and codes."
)
@click.option("--premiums", is_flag=True, help="FILE is a premium ledger.")
@click.option(
    "--joined", type=DAY, help="The day from which these policies are served; default: today."
)
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option(
    "--rejects", type=FILE, help="Write refused rows here, to be mended and imported again."
)
@format_option
@in_workspace
def book_import(
    space: Workspace,
    file: Path,
    map_file: Path | None,
    premiums: bool,
    joined: datetime.date | None,
    dry_run: bool,
    rejects: Path | None,
    form: Format,
) -> None:
    """Take a book (CSV or XLSX) in: new policies are added, changed ones changed, with a trail.

    A row that cannot be meant is refused alone; then the exit code is 1 and the others are in.

    \b
    Example:
      servicing book import book.csv --dry-run
    """
    with _progress(file.name, form) as on_progress:
        taken = intake.take_in(
            space,
            file,
            now=_now(),
            kind="premiums" if premiums else "book",
            mapping=workspace.mapping_of(map_file),
            joined=joined,
            dry_run=dry_run,
            rejects=rejects,
            on_progress=on_progress,
        )
    outcome = taken.outcome
    for reject in taken.refused:
        click.echo(f"refused: {reject}", err=True)
    if outcome.rejected > len(taken.refused):
        click.echo(f"refused: {outcome.rejected - len(taken.refused)} more", err=True)
    _warn(outcome.warnings)
    if dry_run and form == "table":
        click.echo(terminal.word("dry_run", space.locale))
    present.emit_counts(book.counts(outcome, dry_run), form, space.locale)
    if outcome.rejected:
        sys.exit(1)


@contextlib.contextmanager
def _progress(label: str, form: Format) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error, for a person who waits there."""
    if form != "table" or not sys.stderr.isatty():
        yield lambda fraction: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


def _warn(warnings: list[str]) -> None:
    for each in warnings:
        click.echo(f"Warning: {each}", err=True)


@book_group.command("sample")
@click.option("--policies", type=click.IntRange(1), required=True, help="How many.")
@click.option("--out", type=FILE, required=True, help="The book file to write.")
@click.option("--premiums", type=FILE, help="The premium ledger to write beside it.")
@click.option("--as-of", type=DAY, help="The day the book is seen from; default: today.")
@click.option("--seed", default=1, show_default=True, help="Another seed, another book.")
def book_sample(
    policies: int, out: Path, premiums: Path | None, as_of: datetime.date | None, seed: int
) -> None:
    """Make a book up: Chinese names, families, lapses, phone numbers reserved for fiction.

    \b
    Example:
      servicing book sample --policies 500 --out book.csv --premiums premiums.csv
    """
    from policies import sample

    as_of = as_of or datetime.datetime.now(datetime.UTC).astimezone().date()
    with _progress(out.name, "table") as on_progress:
        counts = sample.write(
            policies,
            out,
            premiums=premiums,
            as_of=as_of,
            seed=seed,
            progress=lambda done: on_progress(done / policies),
        )
    click.echo(
        f"{out}: {counts.policies} policies of {counts.clients} clients, {counts.agents} agents"
    )


@book_group.command("timeline")
@click.argument("policy_no")
@click.option("--from", "start", type=DAY, help="The first day.")
@click.option("--to", "end", type=DAY, help="The last day; default: a year from today.")
@format_option
@in_workspace
def book_timeline(
    space: Workspace,
    policy_no: str,
    start: datetime.date | None,
    end: datetime.date | None,
    form: Format,
) -> None:
    """A policy's touchpoints: what became of those that were, and those to come.

    \b
    Example:
      servicing book timeline P0000000001
    """
    today = space.today(_now())
    lines = cards.policy_timeline(space.plan, space.calendar, policy_no, start, end, today)
    if form == "table":
        rows = terminal.timeline_rows(lines, space.plan, space.locale)
        present.emit_table(rows, ["due_on", "title", "state", "reason", "carried_by"], space.locale)
    else:
        present.emit(lines, TimelineLine, [], form, space.locale)


# --------------------------------------------------------------------------------------------- day


@cli.command("walk")
@click.option("--on", type=DAY, help="The day; default: today in the book's time zone.")
@format_option
@in_workspace
def walk_command(space: Workspace, on: datetime.date | None, form: Format) -> None:
    """Make what falls due: first the days not yet walked, then this one. Twice does nothing twice.

    \b
    Example:
      servicing walk
    """
    now = _now()
    walker, day = space.walker(), on or space.today(now)
    sweep.sweep(space.plan, day, now)
    walked = walk.walk(walker, day, now)
    _warn(walked.warnings)
    if day > space.today(now):
        _warn([f"{day} has not come yet: what falls due until then is made, and is then made"])
    if form == "table":
        terminal.show_walk(walked, space.plan, space.locale)
    else:
        present.emit_counts(walk.summary(walked), form, space.locale)


@cli.command("dispatch")
@click.option("--now", "at", type=MOMENT, help="Dispatch as at this moment; default: the clock's.")
@click.option("--limit", type=click.IntRange(0), help="At most so many messages.")
@format_option
@in_workspace
def dispatch_command(
    space: Workspace, at: datetime.datetime | None, limit: int | None, form: Format
) -> None:
    """Hand queued messages to their channels; by default they become files in outbox/.

    \b
    Example:
      servicing dispatch --limit 100
    """
    clock = _clock(at, space)
    now = clock()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sweep.sweep(space.plan, space.today(now), now)
    counts = dispatching.dispatch(space.dispatcher(time.time), clock, limit)
    present.emit_counts({"accepted": 0, **dict(sorted(counts.items()))}, form, space.locale)


# ---------------------------------------------------------------------------------------- messages


@cli.group("messages", invoke_without_command=True)
@click.option("--on", type=DAY, help="Of touchpoints that were due on this day.")
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
def messages_group(
    ctx: click.Context,
    on: datetime.date | None,
    state: str | None,
    touchpoint: str | None,
    reason: str | None,
    limit: int | None,
    form: Format,
) -> None:
    """The messages, and what became of them.

    \b
    Example:
      servicing messages --state unknown
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(
            messages_list,
            on=on,
            state=state,
            touchpoint=touchpoint,
            reason=reason,
            limit=limit,
            form=form,
        )


@in_workspace
def messages_list(
    space: Workspace,
    on: datetime.date | None,
    state: str | None,
    touchpoint: str | None,
    reason: str | None,
    limit: int | None,
    form: Format,
) -> None:
    """The list that the group prints where no other command is named."""
    lines = messages.listed(on, state, touchpoint, reason, limit)
    if form != "table":
        present.emit(lines, MessageLine, [], form, space.locale)
        return
    rows = terminal.message_rows(lines, space.plan, space.locale)
    columns = ["id", "due_on", "title", "client_no", "state", "reason"]
    present.emit_table(rows, columns, space.locale)


@messages_group.command("show")
@click.argument("message_id", type=int, metavar="ID")
@format_option
@in_workspace
def messages_show(space: Workspace, message_id: int, form: Format) -> None:
    """The whole life of a message: its text, its states, and what the provider said.

    \b
    Example:
      servicing messages show 1
    """
    life = messages.life(message_id)
    if form == "json":
        present.emit_json(life)
    elif form == "csv":
        present.emit_csv(life.life, LifeLine)
    else:
        terminal.show_message(life, space.plan, space.locale, space.zone)


@messages_group.command("account")
@click.option("--on", type=DAY, help="The day; default: today in the book's time zone.")
@format_option
@in_workspace
def messages_account(space: Workspace, on: datetime.date | None, form: Format) -> None:
    """The account of a day: due = sent + suppressed + skipped + failed + waiting.

    \b
    Example:
      servicing messages account --on 2026-05-04
    """
    account = messages.account(on or space.today(_now()))
    if form == "table":
        terminal.show_account(account, space.locale)
    else:
        present.emit_counts(vars(account), form, space.locale)


@messages_group.command("settle")
@click.argument("message_id", type=int, metavar="ID")
@click.option("--sent", "decision", flag_value="sent", help="The client has it.")
@click.option("--resend", "decision", flag_value="resend", help="The client has it not: send it.")
@click.option("--note", default="", help="How you know.")
@in_workspace
def messages_settle(space: Workspace, message_id: int, decision: str | None, note: str) -> None:
    """Decide what no provider can tell: whether an unknown message was sent.

    \b
    Example:
      servicing messages settle 1 --sent --note "the client has answered"
    """
    if decision not in ("sent", "resend"):
        raise click.UsageError("say --sent or --resend")
    messages.settle(message_id, "sent" if decision == "sent" else "resend", _now(), note)


@cli.command("web")
@click.option("--host", help="The address to listen at; default: as in servicing.toml.")
@click.option("--port", type=int, help="The port; default: as in servicing.toml.")
@in_workspace
def web_command(space: Workspace, host: str | None, port: int | None) -> None:
    """Serve the providers' webhooks and the unsubscribe links, until it is stopped.

    \b
    Example:
      servicing web --port 8080
    """
    import waitress

    from servicing.web import app

    host, port = host or space.settings.web.host, port or space.settings.web.port
    click.echo(f"listening at http://{host}:{port}", err=True)
    waitress.serve(app.create(space, _now), host=host, port=port, ident=None)


# -------------------------------------------------------------------------------------------- plan


@cli.group("plan")
def plan_group() -> None:
    """The service plan, which is the service manual, too."""


@plan_group.command("show")
@click.option("--locale", help="zh_CN or en; default: the workspace's.")
@format_option
@click.pass_obj
def plan_show(home: Path, locale: str | None, form: Format) -> None:
    """Print the service manual: every touchpoint, its standard action, tool and script.

    \b
    Example:
      servicing plan show --locale en
    """
    space = workspace.or_default(home, os.environ)
    locale = locale or space.locale
    entries = list(manual.entries(space.plan, locale))
    if form == "table":
        terminal.show_manual(entries, locale)
    else:
        present.emit(entries, ManualEntry, [], form, locale)


@plan_group.command("copy")
@click.argument("name", default="standard")
@click.option("--as", "copy_name", help="What to call the copy; default: the same.")
@click.pass_obj
def plan_copy(home: Path, name: str, copy_name: str | None) -> None:
    """Copy a shipped plan into the workspace's plans/, to be edited.

    \b
    Example:
      servicing plan copy standard --as ours
    """
    path = workspace.copy_plan(home, name, copy_name or name)
    click.echo(f"{path} is written: edit it, check it, and name it in servicing.toml")


@plan_group.command("check")
@click.argument("file", type=FILE)
@click.pass_obj
def plan_check(home: Path, file: Path) -> None:
    """Check a plan file and the templates it sends; the first mistake is named.

    \b
    Example:
      servicing plan check plans/ours.toml
    """
    space = workspace.or_default(home, os.environ)
    checked = space.checked(file)
    click.echo(f"{file}: {len(checked.touchpoints)} touchpoints, no mistakes")


# ------------------------------------------------------------------------------------ tasks, cards


@cli.group("tasks")
def tasks_group() -> None:
    """The agents' tasks."""


@tasks_group.command("list")
@click.option("--agent", help="Of this agent only (agent number).")
@click.option("--on", type=DAY, help="The day; default: today.")
@format_option
@in_workspace
def tasks_list(space: Workspace, agent: str | None, on: datetime.date | None, form: Format) -> None:
    """What is to be done on a day, overdue first.

    \b
    Example:
      servicing tasks list --on 2026-05-04
    """
    day = on or space.today(_now())
    lines = list(tasks.open_tasks(day, agent))
    if not lines and form == "table":
        later = tasks.next_day_with_tasks(day, agent)
        key = "next_tasks" if later else "no_tasks"
        click.echo(terminal.word(key, space.locale, on=day, next=later))
        return
    columns = ["id", "show_on", "title", "client_name", "phone", "policy_no"]
    titled = (
        {**vars(line), "title": tasks.title(space.plan, line.touchpoint, space.locale)}
        for line in lines
    )
    present.emit(titled, [*present.names_of(TaskLine), "title"], columns, form, space.locale)


@tasks_group.command("done")
@click.argument("task_id", type=int, metavar="ID")
@click.option("--note", default="", help="What happened.")
@in_workspace
def tasks_done(space: Workspace, task_id: int, note: str) -> None:
    """The task is done; it goes on the client's card.

    \b
    Example:
      servicing tasks done 1 --note "contract handed over"
    """
    tasks.done(task_id, _now(), note)
    click.echo(f"task {task_id}: done")


@tasks_group.command("postpone")
@click.argument("task_id", type=int, metavar="ID")
@click.option("--to", "to", type=DAY, required=True, help="The day to show it again.")
@click.option("--note", default="", help="Why.")
@in_workspace
def tasks_postpone(space: Workspace, task_id: int, to: datetime.date, note: str) -> None:
    """Show the task again on a later day.

    \b
    Example:
      servicing tasks postpone 2 --to 2030-01-07
    """
    now = _now()
    tasks.postpone(task_id, to, space.today(now), now, note)
    click.echo(f"task {task_id}: postponed to {to}")


@tasks_group.command("skip")
@click.argument("task_id", type=int, metavar="ID")
@click.option("--note", default="", help="Why.")
@in_workspace
def tasks_skip(space: Workspace, task_id: int, note: str) -> None:
    """The task will not be done; the reason goes on the card.

    \b
    Example:
      servicing tasks skip 3 --note "client is abroad"
    """
    tasks.skip(task_id, _now(), note)
    click.echo(f"task {task_id}: skipped")


@cli.command("card")
@click.argument("client_no")
@format_option
@in_workspace
def card_command(space: Workspace, client_no: str, form: Format) -> None:
    """The client's 360° service card: profile, policies, timeline, reminders, trail of service.

    \b
    Example:
      servicing card C000001
    """
    found = cards.card(space.plan, space.calendar, client_no, space.today(_now()))
    if form == "json":
        present.emit_json(found)
    elif form == "csv":
        present.emit_csv(found.trail, TrailLine)
    else:
        terminal.show_card(found, space.plan, space.locale, space.zone)


if __name__ == "__main__":
    main()
