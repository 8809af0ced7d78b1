"""What every command is made with: moments and days as words, --format, an opened workspace."""

import contextlib
import datetime
import functools
import getpass
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from policies import database, errors
from policies.persistency import cohorts, periods
from servicing.core.output import Format
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.terminal import pages


def now() -> datetime.datetime:
    """What the clock on the wall says."""
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
    """A value on the command line that is read by a function; its ValueError is a usage error."""

    def __init__(self, name: str, parse: Callable[[str], T]) -> None:
        self.name, self._parse = name, parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """What the text says; what is no text was read before."""
        if not isinstance(value, str):
            return cast(T, value)
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date as YYYY-MM-DD") from None


def _moment(text: str) -> datetime.datetime:
    """Without an offset it is meant in the book's time zone."""
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a moment as 2026-05-04T10:00") from None


DAY, MOMENT = Parsed("date", _day), Parsed("datetime", _moment)
MONTH, PERIOD = Parsed("month", cohorts.parse), Parsed("period", periods.parse)
FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


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


@contextlib.contextmanager
def progress(label: str, form: Format) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error, for a person who waits there."""
    if form != "table" or not sys.stderr.isatty():
        yield lambda fraction: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


def warn(warnings: list[str]) -> None:
    """Say on standard error what went well but should be known."""
    for each in warnings:
        click.echo(f"Warning: {each}", err=True)


def _me() -> str:
    """Who is logged in to this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without accounts
        raise click.UsageError("say who has decided it: --by") from None


by_option = click.option("--by", default=_me, help="Who decides it; default: who is logged in.")
"""The --by of every command that writes down a person's decision."""


def agreed(changes: int, space: Workspace, yes: bool) -> bool:
    """Whether a change of so many touchpoints may be made: a few at once, more if a person says so.

    Raises `NotAgreed` where nobody is there to be asked, or says no.
    """
    most = space.settings.ahead.ask_above
    if yes or changes <= most:
        return True
    question = pages.word("agree", space.locale, count=f"{changes:,}", most=most)
    if not sys.stdin.isatty() or not click.confirm(question):
        raise errors.NotAgreed(changes, most)
    return True
