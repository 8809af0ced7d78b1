"""Every command is made with these: moments and days as words, --format, an opened workspace."""

import contextlib
import dataclasses
import datetime
import functools
import getpass
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from policies import controls, database, dates, errors
from policies.notices import Invalid, Notice, notice
from policies.persistency import cohorts, periods
from servicing.commands import deeds, refusal
from servicing.commands.refusal import BadValue, Misused
from servicing.core import audit_log, settings_file
from servicing.core.output import Format
from servicing.operations import edited_files, modes, workspace
from servicing.operations.kept_open import KeptOpen
from servicing.operations.workspace import Workspace
from servicing.terminal.words import word


def now() -> datetime.datetime:
    """The moment by the clock on the wall."""
    return datetime.datetime.now(datetime.UTC)


def wall() -> float:
    """The seconds since 1970 by the clock on the wall, whatever moment is rehearsed."""
    return time.time()


def clock(at: datetime.datetime | None, space: Workspace) -> Callable[[], datetime.datetime]:
    """The clock on the wall, or one that stands still at the moment a person has named."""
    if at is None:
        return now
    named = at if at.tzinfo else at.replace(tzinfo=space.zone)
    return lambda: named


T = TypeVar("T")


class Parsed(click.ParamType[T]):
    """A value on the command line that is read by a function; what is `Invalid` is a usage error."""

    def __init__(self, name: str, parse: Callable[[str], T]) -> None:
        self.name, self._parse = name, parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """The value of a text; a value that is no text was read before."""
        if not isinstance(value, str):
            return cast(T, value)
        try:
            return self._parse(value)
        except Invalid as error:
            raise BadValue(error.notice, ctx, param) from None


def _moment(text: str) -> datetime.datetime:
    """Without an offset it is meant in the book's time zone."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("not_a_moment", value=text) from None
    dates.within_reach(moment.date())
    return moment


DAY, MOMENT = Parsed("date", dates.parse), Parsed("datetime", _moment)
SERVICE_DAY = Parsed("date", dates.parse_within_reach)
MONTH, PERIOD = Parsed("month", cohorts.parse), Parsed("period", periods.parse)
FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The --format that every listing command takes."""
    choice = click.Choice(["table", "json", "csv"])
    return click.option("--format", "form", type=choice, default="table", help="How to print it.")(
        command
    )


def span_options(what: str, as_of: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The days of what is counted, and the day as of which: `--from`, `--to`, `--as-of`."""

    def declared(command: Callable[..., Any]) -> Callable[..., Any]:
        first = f"{what} on this day or later."
        last = f"{what} on this day or earlier."
        options = (
            click.option("--as-of", type=DAY, help=as_of),
            click.option("--to", "last", type=SERVICE_DAY, required=True, help=last),
            click.option("--from", "first", type=SERVICE_DAY, required=True, help=first),
        )
        return functools.reduce(lambda made, option: option(made), options, command)

    return declared


def in_workspace(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hands the command its workspace, opened."""
    return _opened(command, is_restoring=False)


def to_be_restored(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same, also where a restore was interrupted."""
    return _opened(command, is_restoring=True)


def _opened(command: Callable[..., Any], is_restoring: bool) -> Callable[..., Any]:
    @click.pass_context
    @functools.wraps(command)
    def wrapped(ctx: click.Context, *args: Any, **kwargs: Any) -> Any:
        space = workspace.at(ctx.obj, os.environ)
        space.open(is_restoring)
        try:
            with audit_log.acting(deeds.actor()):
                return _recorded(ctx, space.home, lambda: command(space, *args, **kwargs))
        finally:
            database.database.close()

    return wrapped


def of_the_owner(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hands the command its workspace, whose book it opens by itself, as its owner."""

    @click.pass_context
    @functools.wraps(command)
    def wrapped(ctx: click.Context, *args: Any, **kwargs: Any) -> Any:
        try:
            with audit_log.acting(deeds.actor()):
                return command(workspace.at(ctx.obj, os.environ), *args, **kwargs)
        finally:
            if database.is_connected():
                database.database.close()

    return wrapped


def _recorded(ctx: click.Context, home: Path, work: Callable[[], T]) -> T:
    """What the work answers with; the audit log is told of it, also where it ends by a code or a pipe.

    And of edited files: one that a command is refused for decides nothing yet. Whoever interrupts it
    may have read what it shows.
    """

    def tell_the_log() -> None:
        edited_files.notice(home, now())
        deeds.record(ctx, now())

    try:
        done = work()
    except (SystemExit, BrokenPipeError):
        tell_the_log()
        raise
    except KeyboardInterrupt:
        deeds.record_reading(ctx, now())
        raise
    tell_the_log()
    return done


def begun(space: Workspace, *, is_signing: bool = False) -> None:
    """Begin a command that never ends: it logs, and reads the files of the workspace when they change.

    What is wrong with the plan is said before anything is begun. Raises `OpenToOthers`, and
    `BadKeys` where it signs (`is_signing`) with keys that are not the book's.
    """
    from servicing.core import logs  # with a library that other commands do without

    modes.refuse_open_book(space.home, space.settings.servicing)
    logs.begin(space.settings.logs, space.zone)
    if is_signing:
        _ = space.keys  # made now, if there are none: what is made later counts as an edit
    space.keeper = KeptOpen(space, lambda: settings_file.load(space.home, os.environ))


def gathered(record: type[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Hands the command one record of the options and arguments that are named like its fields."""
    names = [field.name for field in dataclasses.fields(record)]

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def wrapped(*args: Any, **given: Any) -> Any:
            asked = record(**{name: given.pop(name) for name in names})
            return command(*args, asked, **given)

        return wrapped

    return decorated


@contextlib.contextmanager
def progress(label: str, form: Format) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error, for a person who waits there."""
    if form != "table" or not sys.stderr.isatty():
        yield lambda fraction: None
        return
    from rich.progress import Progress

    from servicing.core.consoles import console

    with Progress(console=console(is_error=True), transient=True) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


def tell(locale: str, key: str, *, err: bool = False, **facts: Any) -> None:
    """Print a line of the terminal's words."""
    click.echo(controls.inert(word(key, locale, **facts)), err=err)


def warn(warnings: Iterable[Notice | str], locale: str) -> None:
    """Say on standard error what went well but should be known."""
    for each in warnings:
        told = each if isinstance(each, str) else refusal.sentence(each, locale)
        click.echo(refusal.labelled("warning", told, locale), err=True)


def warn_of_words(note: str, home: Path, locale: str) -> None:
    """Say on standard error what of a note is not said to clients; it was kept all the same."""
    if not note:
        return
    from policies import not_said  # with its lists, which most commands do without

    try:
        found = list(not_said.said(note, not_said.read(home)))
    except errors.ServicingError as error:  # a list that cannot be read stops nothing either
        warn([error.notice], locale)
        return
    facts = ({"phrase": each.phrase, "manners": each.kind} for each in found)
    warn((notice("not_said_in_note", **each) for each in facts), locale)


def complain(told: str, locale: str) -> None:
    """Say on standard error what a command has found wrong."""
    click.echo(refusal.labelled("error", told, locale), err=True)


def _me() -> str:
    """The login of the person at this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without accounts
        raise Misused("by_whom") from None


by_option = click.option("--by", default=_me, help="Who decides it; default: who is logged in.")
"""The --by of every command that writes down a person's decision."""

known_option = click.option("--note", default="", help="How you know.")
"""The --note of every command that writes down what a person has found out."""
